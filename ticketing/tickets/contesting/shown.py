"""Contests as pages show them: that of a ticket, those that wait for the reader's side, those that nobody settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, exists, select

from charters.database import db
from charters.model import Actor, Perimeter, Role
from charters.permissions import perimeter
from charters.statements import Fixed
from matrix import Citation
from matrix.wording import to, with_article
from ticketing.in_force import routing
from ticketing.tables import Contest, ContestVoice
from ticketing.tickets.contesting import rules, telling
from ticketing.tickets.contesting.asking import clauses
from ticketing.tickets.contesting.rules import Dispute
from ticketing.tickets.store import SCOPE, TICKET

CONTEST: Any = Contest.__table__
VOICE: Any = ContestVoice.__table__
#: The most contests of a list.
MOST = 50


@dataclass(frozen=True, slots=True)
class SideView:
    """One of the two sides of a contest: its name, what its référent said (« au Département… »), by which clause."""

    name: str
    to: str = ""
    cited: Citation | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestView:
    """The last contest of a ticket. `may_say`: the reader speaks for a side; `party`, `clause`: what it said last."""

    state: str
    sides: tuple[SideView, ...]
    cited: Citation | None
    convention: str
    term_at: datetime
    days: int
    settled_at: datetime | None
    may_say: bool
    party: str = ""
    clause: str = ""

    @property
    def waits(self) -> bool:
        """Whether a side may still say to whom the ticket belongs."""
        return self.state in rules.PENDING


_LAST = Fixed(select(CONTEST).where(CONTEST.c.ticket_id == bindparam("number")).order_by(CONTEST.c.id.desc()).limit(1))
_VOICES = Fixed(select(VOICE).where(VOICE.c.contest_id == bindparam("contest")))


def of_ticket(actor: Actor, number: int, etablissement: str) -> ContestView | None:
    """Return the last contest of a ticket that the actor sees, as the caller has checked; None where it has none."""
    row = _LAST.run({"number": number}).one_or_none()
    if row is None:
        return None
    voices = {one.organisation: one for one in _VOICES.run({"contest": row.id})}
    conventions = routing.router().conventions
    known = clauses(conventions, row.convention)
    names = {holder.party: holder.name for holder in routing.parties(conventions, etablissement)}
    own = perimeter(actor).side
    both = ((row.from_organisation, row.from_name), (row.to_organisation, row.to_name))
    mine = voices.get(own or "")
    role = Role(actor.role) if actor.role else None
    speaks = rules.may_say(role, own, (side for side, _ in both))
    return ContestView(
        state=row.state,
        sides=tuple(_side(name, voices.get(side), names, known, mine=side == own) for side, name in both),
        cited=known.get(row.clause),
        convention=row.convention,
        term_at=row.term_at,
        days=row.days,
        settled_at=row.settled_at,
        may_say=speaks and row.state in rules.PENDING,
        party=mine.party if mine else "",
        clause=mine.clause if mine else "",
    )


def _side(name: str, voice: Any, names: Mapping[str, str], known: Mapping[str, Citation], *, mine: bool) -> SideView:
    if voice is None:
        return SideView(name, mine=mine)
    return SideView(name, to(with_article(names.get(voice.party, voice.party))), known.get(voice.clause), mine)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contest that waits for the reader's side: its ticket, and until when."""

    number: int
    title: str
    etablissement_name: str
    service: str | None
    service_label: str
    activity: str | None
    activity_label: str
    state: str
    term_at: datetime


_SIDE = bindparam("side", type_=String)
_WAITING = Fixed(
    select(
        TICKET.c.number,
        TICKET.c.title,
        TICKET.c.etablissement_name,
        TICKET.c.service,
        TICKET.c.service_label,
        TICKET.c.activity,
        TICKET.c.activity_label,
        CONTEST.c.state,
        CONTEST.c.term_at,
    )
    .join(CONTEST, CONTEST.c.ticket_id == TICKET.c.number)
    .join(SCOPE, (SCOPE.c.ticket_id == TICKET.c.number) & (SCOPE.c.key == bindparam("key")))
    .where(
        CONTEST.c.asks_at.is_not(None),
        (CONTEST.c.from_organisation == _SIDE) | (CONTEST.c.to_organisation == _SIDE),
        ~exists().where(VOICE.c.contest_id == CONTEST.c.id, VOICE.c.organisation == _SIDE),
    )
    .order_by(CONTEST.c.term_at, CONTEST.c.id)
    .limit(MOST)
)


def waiting(own: Perimeter) -> tuple[Waiting, ...]:
    """Return the contests of the perimeter on which its side has not said a word yet, the nearest term first."""
    if own.key is None or own.side is None:
        return ()
    return tuple(Waiting(*row) for row in _WAITING.run({"key": own.key, "side": own.side}))


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A contest that nobody settled, without its ticket: what `telling.about` says, and since when."""

    said: Mapping[str, str]
    convention: str
    service: str
    activity: str
    settled_at: datetime | None


def unsettled(academie: str) -> tuple[Unsettled, ...]:
    """Return the contests of an académie that its parties did not settle, the latest first, without their tickets."""
    rows = db.session.execute(
        select(CONTEST)
        .where(CONTEST.c.academie == academie, CONTEST.c.state == Dispute.UNSETTLED.value)
        .order_by(CONTEST.c.settled_at.desc(), CONTEST.c.id.desc())
        .limit(MOST)
    )
    return tuple(
        Unsettled(telling.about(row), row.convention, row.service, row.activity, row.settled_at) for row in rows
    )
