"""Watch over the mails: figures of each box and of what waits, an alarm once when something fails, and its end once.

A failure is told when it has lasted (`ALARM`) and been met more than once, its end when all has been well for a while
(`WELL`): a server that comes and goes gives one alarm, not twenty. Boxes and what waits here are told by letter, since
these do not need the box; letters that do not leave are told by the page of administration alone. Both are in the logs
and in `guichet mail-health`.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal_column, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from charters import letters
from charters.database import db, reading, writing
from charters.days import today
from charters.model import Role
from charters.people import presence
from charters.tables.access import Account, MandateRow
from charters.tables.keys import Letter
from ticketing.mail.incoming import store
from ticketing.mail.incoming.boxes import Box
from ticketing.mail.incoming.tables import IncomingMail, Mailbox
from ticketing.tables import Notice

log = logging.getLogger("guichet.mail")

#: How long something fails before it is told, how often at least, and how long all must be well before that is told.
ALARM, FAILURES, WELL = timedelta(minutes=15), 3, timedelta(minutes=10)
#: A box that nobody has read for so long has no scheduler that reads it.
STALE = timedelta(minutes=15)
#: How old a mail that waits here, or a mail that does not leave, may become.
OLD = timedelta(minutes=30)
#: The row that stands for the mails that wait here to be taken in: no box has this name, nor this kind.
QUEUE = "(file)"
_BOX: Any = Mailbox.__table__
_MAIL: Any = IncomingMail.__table__
#: What the partial indexes of mails that leave say: no engine concludes it from values that are bound.
_PENDING: Any = literal_column("'pending'")
_LOST: Any = (literal_column("'failed'"), literal_column("'bounced'"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxHealth:
    """A box: its last fetch that went well, what waited in it then, since when it fails and why, whether it is told."""

    name: str
    kind: str
    fetched_at: datetime | None
    waiting: int
    failing_since: datetime | None
    error: str
    told: bool
    stale: bool

    @property
    def state(self) -> str:
        """Return failing, stale (nobody reads it), new (not read yet) or well."""
        if self.failing_since is not None:
            return "failing"
        if self.stale:
            return "stale"
        return "well" if self.fetched_at is not None else "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All that is known of the mails' health; `alarms` are French sentences, none of which names a person."""

    boxes: tuple[BoxHealth, ...]
    waiting: int
    oldest_waiting: datetime | None
    failing: int
    quarantined: int
    oldest_quarantined: datetime | None
    leaving: int
    oldest_leaving: datetime | None
    failed: int
    alarms: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the figures as JSON values: instants in ISO 8601, UTC."""

        def plain(value: Any) -> Any:
            return value.isoformat() if isinstance(value, datetime) else value

        figures = {name: plain(value) for name, value in asdict(self).items() if name not in ("boxes", "alarms")}
        boxes = [{name: plain(v) for name, v in asdict(box).items()} | {"state": box.state} for box in self.boxes]
        return {"alarm": bool(self.alarms), "alarms": list(self.alarms), "boxes": boxes, **figures}


def health(boxes: tuple[Box, ...], now: datetime) -> Health:
    """Return the health of the configured boxes, of the mails that wait here, and of those that wait to leave."""
    with reading() as session:
        rows = {row.name: row for row in session.execute(select(_BOX)).all()}
        counts = session.execute(
            select(_MAIL.c.state, func.count(), func.min(_MAIL.c.received_at), func.max(_MAIL.c.attempts))
            .where(_MAIL.c.state.in_((*store.WAITING, "quarantined")))
            .group_by(_MAIL.c.state)
        ).all()
        failing = session.scalar(select(func.count()).where(_MAIL.c.state.in_(store.WAITING), _MAIL.c.attempts > 1))
        leaving = union_all(
            *(select(t.next_at).where(t.state == _PENDING, t.next_at < now) for t in (Notice, Letter))
        ).subquery()
        late = session.execute(select(func.count(), func.min(leaving.c.next_at))).one()
        lost = [select(func.count()).where(t.state.in_(_LOST), t.state == "failed") for t in (Notice, Letter)]
        failed = sum(session.scalar(one) or 0 for one in lost)
    by_state = {state: (count, oldest) for state, count, oldest, _ in counts}
    waits = [by_state[state] for state in store.WAITING if state in by_state]
    set_aside = by_state.get("quarantined", (0, None))
    found = Health(
        boxes=tuple(_box(box, rows.get(box.name), now) for box in boxes),
        waiting=sum(count for count, _ in waits),
        oldest_waiting=min((oldest for _, oldest in waits), default=None),
        failing=failing or 0,
        quarantined=set_aside[0],
        oldest_quarantined=set_aside[1],
        leaving=late[0],
        oldest_leaving=late[1],
        failed=failed,
        alarms=(),
    )
    return _with_alarms(found, now)


def _box(box: Box, row: Any, now: datetime) -> BoxHealth:
    if row is None:
        return BoxHealth(
            name=box.name,
            kind=box.kind,
            fetched_at=None,
            waiting=0,
            failing_since=None,
            error="",
            told=False,
            stale=False,
        )
    return BoxHealth(
        name=box.name,
        kind=box.kind,
        fetched_at=row.fetched_at,
        waiting=row.waiting,
        failing_since=row.failing_since,
        error=row.error,
        told=row.told_at is not None,
        stale=row.tried_at is not None and row.tried_at < now - STALE,
    )


def _with_alarms(found: Health, now: datetime) -> Health:
    said = [
        f"La boîte « {box.name} » ne se relève plus : {box.error}."
        for box in found.boxes
        if box.told or (box.failing_since is not None and box.failing_since <= now - ALARM)
    ]
    said += [
        f"Personne ne relève la boîte « {box.name} » : le processus « guichet scheduler » est-il lancé ?"
        for box in found.boxes
        if box.state == "stale"
    ]
    if found.oldest_waiting is not None and found.oldest_waiting <= now - OLD:
        said.append("Des courriels reçus attendent d’être traités depuis plus d’une demi-heure.")
    if found.oldest_leaving is not None and found.oldest_leaving <= now - OLD:
        said.append("Des courriels attendent de partir depuis plus d’une demi-heure.")
    values = {name: getattr(found, name) for name in Health.__slots__}
    return Health(**(values | {"alarms": tuple(said)}))


# --- alarms -----------------------------------------------------------------------------------------------------------


def watch(now: datetime) -> int:
    """Tell the administrators, by letter and in the logs, what began to fail and what is well again; return how many.

    Two processes may watch at once: the first that marks a box tells it.
    """
    _note_queue(now)
    with reading() as session:
        began = session.scalars(
            select(_BOX.c.name).where(
                _BOX.c.told_at.is_(None), _BOX.c.failing_since <= now - ALARM, _BOX.c.failures >= FAILURES
            )
        ).all()
        ended = session.scalars(
            select(_BOX.c.name).where(_BOX.c.told_at.is_not(None), _BOX.c.well_since <= now - WELL)
        ).all()
    told = sum(_tell(name, "mail-alarm", now) for name in began)
    return told + sum(_tell(name, "mail-recovered", now) for name in ended)


def _note_queue(now: datetime) -> None:
    """Write whether the mails that are kept are taken in, as the health of a box of its own."""
    dialect: Any = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    with reading() as session:
        oldest = session.scalar(select(func.min(_MAIL.c.received_at)).where(_MAIL.c.state.in_(store.WAITING)))
        known = session.execute(select(_BOX).where(_BOX.c.name == QUEUE)).one_or_none()
    late = oldest is not None and oldest <= now - OLD
    if not late and (known is None or known.well_since is not None):
        return
    values: dict[str, Any] = (
        {
            "failures": (known.failures if known else 0) + 1,
            "failing_since": (known.failing_since if known else None) or now,
            "well_since": None,
            "error": "des courriels reçus attendent d’être traités depuis plus d’une demi-heure",
        }
        if late
        else {"failures": 0, "failing_since": None, "error": "", "well_since": now}
    )
    with writing() as session:
        session.execute(
            dialect.insert(_BOX)
            .values(name=QUEUE, kind="queue", waiting=0, token="", **values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )


def _tell(name: str, kind: str, now: datetime) -> bool:
    began = kind == "mail-alarm"
    with writing() as session:
        row = session.execute(
            update(_BOX)
            .where(_BOX.c.name == name, _BOX.c.told_at.is_(None) if began else _BOX.c.told_at.is_not(None))
            .values(told_at=now if began else None)
            .returning(_BOX.c.name, _BOX.c.error, _BOX.c.failing_since)
        ).one_or_none()
        if row is None:
            return False
        values = {"box": "" if name == QUEUE else name, "error": row.error, "since": row.failing_since}
        for account in session.scalars(_administrators(now)):
            letters.write(account, kind, now=now, values=values)
    (log.error if began else log.warning)("mail alarm" if began else "mail alarm over", extra={"box": name})
    return True


def _administrators(now: datetime) -> Any:
    """Return the query of the administrators who may act today, of every académie: a box is everybody's."""
    day = today(now)
    return (
        select(Account)
        .where(
            Account.id.in_(
                select(MandateRow.account_id).where(MandateRow.role == Role.ADMINISTRATEUR, presence.acting(day))
            ),
            presence.in_activity(day),
            ~presence.suspended(Account.organisation),
        )
        .order_by(Account.id)
    )
