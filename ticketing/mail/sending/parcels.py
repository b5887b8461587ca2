"""Make mails of the notices that are due: alone, several of one ticket together, or a person's digest of the day.

What its recipient does not want now is put off, or left to the page « Avis ».
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select

from charters.database import reading
from ticketing.mail import preferences
from ticketing.mail.kinds import PLAIN, Wish, kind_of
from ticketing.mail.sending import leases
from ticketing.mail.sending.leases import NOTICE
from ticketing.mail.timing import BURST, Plan, plan
from ticketing.tables import Ticket

#: The most events that one mail tells of.
MOST = 100
#: How many mails about a ticket may go to a person within `timing.BURST` before the next ones are gathered.
BURST_MAILS = 2

#: The notices of a person about a ticket: (ticket's number, account).
Line = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A mail to one person: the claimed notices that it carries, in the order of the events."""

    notices: tuple[Row[Any], ...]
    digest: bool = False

    @property
    def first(self) -> Row[Any]:
        """Return the oldest notice, which stands for the mail in rows and logs."""
        return self.notices[0]

    @property
    def message_id(self) -> str:
        """Return the Message-ID, the same at each try: that of the newest notice, or the digest's own."""
        last = self.notices[-1]
        if last.sent_as or not self.digest:
            return str(last.sent_as or last.message_id)
        own = last.message_id.rpartition("-")[2]  # the account, what nobody guesses, and the host
        return f"<avis-{self.first.id}-{last.id}-{own}"

    @property
    def lines(self) -> frozenset[Line]:
        """Return the lines of notices that this mail is part of; a digest holds back no other mail."""
        return frozenset() if self.digest else frozenset((one.ticket_id, one.recipient_id) for one in self.notices)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the plans of a batch need: wishes, requesters of tickets, the mails of the last minutes."""

    wishes: dict[int, Wish]
    requesters: dict[int, int]
    recent: dict[Line, list[datetime]]

    def wish(self, notice: Row[Any]) -> Wish:
        return self.wishes.get(notice.recipient_id, PLAIN)

    def kind(self, notice: Row[Any]) -> Any:
        return kind_of(notice.kind, own=self.requesters.get(notice.ticket_id) == notice.recipient_id)

    def plan(self, notice: Row[Any], now: datetime) -> Plan:
        """Return what becomes of a notice now; what was tried once goes on as it began."""
        if notice.sent_as:
            return Plan("digest" if notice.way == "digest" else "send", now)
        recent = self.recent.get((notice.ticket_id, notice.recipient_id), [])
        last = min(recent) if len(recent) >= BURST_MAILS else None
        return plan(self.kind(notice), self.wish(notice), notice.created_at, now, last)


def made(claimed: Sequence[Row[Any]], now: datetime) -> list[Parcel]:
    """Return the mails that these claimed notices make, with the others that belong in them; the rest is put off."""
    known = _known(claimed, now)
    ready, digests = _sorted(claimed, known, now)
    found = _in_lines(ready, known, now)
    for recipient, rows in digests.items():
        found += _digest(recipient, rows, known, now)
    return found


def _sorted(
    claimed: Iterable[Row[Any]], known: _Known, now: datetime
) -> tuple[list[Row[Any]], dict[int, list[Row[Any]]]]:
    """Return the notices to send now, and by recipient those of digests that are due; the rest is put off."""
    ready, digests = [], defaultdict(list)
    for notice in claimed:
        wanted = known.plan(notice, now)
        if wanted.way == "send":
            ready.append(notice)
        elif wanted.way == "digest" and wanted.at <= now:
            digests[notice.recipient_id].append(notice)
        else:
            put_off(notice, wanted)
    return ready, digests


def put_off(notice: Row[Any], wanted: Plan) -> None:
    """Keep a notice for the digest or for later, or leave it to the page « Avis »."""
    if wanted.way == "page":
        leases.mark(notice, state="page")
    else:
        leases.mark(notice, way=wanted.way, next_at=wanted.at)


def _in_lines(ready: Sequence[Row[Any]], known: _Known, now: datetime) -> list[Parcel]:
    """Return the mails of the lines that these notices begin: in order, events that need no answer together."""
    lines: dict[Line, list[Row[Any]]] = defaultdict(list)
    for notice in ready:
        lines[notice.ticket_id, notice.recipient_id].append(notice)
    for notice in leases.join(_beside(lines, known), now):
        wanted = known.plan(notice, now)
        if wanted.way in ("page", "digest"):
            put_off(notice, wanted)
        else:
            lines[notice.ticket_id, notice.recipient_id].append(notice)
    return [parcel for rows in lines.values() for parcel in _runs(sorted(rows, key=lambda row: row.id), known)]


def _beside(lines: Mapping[Line, Sequence[Row[Any]]], known: _Known) -> list[int]:
    """Return the ids of the notices that leave with the claimed ones of these lines, those of digests apart.

    They are those that waited before them, and those that follow in the same mail; what follows in mails of its own is
    claimed in its turn, so that a line that fails costs one notice, whatever its length.
    """
    if not lines:
        return []
    with reading() as session:
        rows = session.execute(
            select(*NOTICE.c)
            .where(
                NOTICE.c.ticket_id.in_({ticket for ticket, _ in lines}),
                NOTICE.c.recipient_id.in_({recipient for _, recipient in lines}),
                NOTICE.c.state == "pending",
                NOTICE.c.way != "digest",
                NOTICE.c.id.not_in([row.id for claimed in lines.values() for row in claimed]),
            )
            .order_by(NOTICE.c.id)
        ).all()
    waiting: dict[Line, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        waiting[row.ticket_id, row.recipient_id].append(row)
    found = []
    for line, claimed in lines.items():
        last = max(claimed, key=lambda row: row.id)
        found += [row.id for row in waiting[line] if row.id < last.id]
        for row in waiting[line]:
            if row.id > last.id:
                if not _together(last, row, known):
                    break
                found.append(row.id)
                last = row
    return found


def _runs(rows: Sequence[Row[Any]], known: _Known) -> list[Parcel]:
    """Return a line's notices cut into mails; what a mail carried when it was first tried stays together."""
    runs: list[list[Row[Any]]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        if last is not None and len(runs[-1]) < MOST and _together(last, row, known):
            runs[-1].append(row)
        else:
            runs.append([row])
    return [Parcel(tuple(run)) for run in runs]


def _together(last: Row[Any], row: Row[Any], known: _Known) -> bool:
    if last.sent_as or row.sent_as:
        return bool(last.sent_as == row.sent_as)
    return known.wish(row).grouped and not known.kind(last).alone and not known.kind(row).alone


def _digest(recipient: int, claimed: list[Row[Any]], known: _Known, now: datetime) -> list[Parcel]:
    """Return the digests of a person: the claimed notices and the others that wait for the same one."""
    with reading() as session:
        others = session.scalars(
            select(NOTICE.c.id).where(
                NOTICE.c.recipient_id == recipient,
                NOTICE.c.state == "pending",
                NOTICE.c.way == "digest",
                NOTICE.c.next_at <= now,
                NOTICE.c.id.not_in([row.id for row in claimed]),
            )
        ).all()
    begun: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in sorted([*claimed, *leases.join(others, now)], key=lambda row: row.id):
        begun[row.sent_as].append(row)
    return [
        Parcel(tuple(rows[start : start + MOST]), digest=True)
        for rows in begun.values()
        for start in range(0, len(rows), MOST)
    ]


def _known(claimed: Sequence[Row[Any]], now: datetime) -> _Known:
    people, tickets = {row.recipient_id for row in claimed}, {row.ticket_id for row in claimed}
    with reading() as session:
        wishes = preferences.wishes(people)
        requesters = session.execute(select(Ticket.number, Ticket.opened_by).where(Ticket.number.in_(tickets))).all()
        sent = session.execute(
            select(NOTICE.c.ticket_id, NOTICE.c.recipient_id, NOTICE.c.sent_at, NOTICE.c.sent_as).where(
                and_(NOTICE.c.ticket_id.in_(tickets), NOTICE.c.recipient_id.in_(people)),
                or_(NOTICE.c.state == "sent", NOTICE.c.state == "bounced"),
                NOTICE.c.sent_at > now - BURST,
                NOTICE.c.kind.not_in(_ALONE),
            )
        ).all()
    recent: dict[Line, dict[str, datetime]] = defaultdict(dict)
    for row in sent:
        recent[row.ticket_id, row.recipient_id][row.sent_as] = row.sent_at
    return _Known(
        wishes,
        {row.number: row.opened_by for row in requesters},
        {line: list(mails.values()) for line, mails in recent.items()},
    )


#: Notices that begin no burst, since they are never joined to others.
_ALONE = ("opened", "question", "resolved")
