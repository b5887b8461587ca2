"""The calendar of obligations as a side that signs the agreement sees it: what is due, its state, what was stated.

A side sees the obligations of every party of its agreements, and what organisations stated. Of what each établissement
owes for itself, an établissement sees its own alone; the other sides see which établissements stated it.
"""

from __future__ import annotations

import time as clock
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.engine import Engine

from charters.database import db
from charters.days import today
from charters.model import Actor
from matrix import Convention, Conventions, Recorded
from matrix.model import Citation, Obligation
from matrix.obligations import STATES, FeeLine, Occurrence, State, fee_line, in_year, school_year, state
from matrix.terms import Coming, coming
from matrix.wording import enumeration
from ticketing.in_force import routing, signatories
from ticketing.in_force.signatories import Signatory
from ticketing.obligations.tables import ObligationStatement

#: The rules whose occurrences may have a day that their owners set: of a meeting, of an event.
PLANNED_RULES = frozenset({"quarter", "year", "civil_year", "open", "event"})
#: How many seconds a home page may lag behind what another process wrote.
FRESH_FOR = 20.0
#: What stands stated: agreement -> the rows of its statements.
Stated = Mapping[str, Sequence[Any]]
_known: WeakKeyDictionary[Engine, tuple[float, Stated]] = WeakKeyDictionary()
#: States that ask for something on the home page of the owner.
PRESSING: frozenset[State] = frozenset({"past", "soon"})


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement as its readers see it; `by` is the author's name for the author's own side, else empty."""

    id: int
    kind: str
    on: date
    number: int | None
    words: str
    side: str
    by: str
    said_at: datetime
    own: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One occurrence of an obligation for one reader. `own`: the reader's side owes it.

    `members`, where each établissement owes its own: (name, statement or None) of each that the reader sees, with what
    it owes of a fee. `planned` is the day that its owner set for what it names.
    """

    occurrence: Occurrence
    state: State
    owners: str
    citations: tuple[Citation, ...]
    own: bool
    may_plan: bool
    planned: StatementView | None
    done: tuple[StatementView, ...]
    members: tuple[Member, ...] = ()

    @property
    def said(self) -> str:
        """The state in words."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Member:
    """An établissement that owes an obligation for itself: whether it stated it, and its line of the scale."""

    id: str
    name: str
    done: bool
    fee: FeeLine | None


@dataclass(frozen=True, slots=True)
class AgreementCalendar:
    """The obligations of one agreement in a school year, and the ends, renewals and last days of notice in it."""

    id: str
    title: str
    lines: tuple[Line, ...]
    terms: tuple[Coming, ...]


def years(actor: Actor, now: datetime) -> tuple[int, ...]:
    """Return the school years in which an agreement of the actor binds, up to the next one, the newest first."""
    rules = routing.router()
    last = school_year(today(now)) + 1
    starts = [school_year(one.terms.starts) for one in signatories.concerned(actor, rules.conventions)]
    return tuple(range(last, min(starts, default=last) - 1, -1))


def calendars(actor: Actor, year: int, now: datetime) -> tuple[AgreementCalendar, ...]:
    """Return the calendars of the agreements that the actor's side signs, for a school year. One query."""
    return _calendars(actor, year, now, _standing())


def _calendars(actor: Actor, year: int, now: datetime, rows: Stated) -> tuple[AgreementCalendar, ...]:
    rules = routing.router()
    signed = signatories.concerned(actor, rules.conventions)
    found = []
    for one in signed:
        side = signatories.signatory(actor, rules.conventions, one.id)
        assert side is not None
        reader = _Reader(one, rules.conventions, side, rows.get(one.id, ()), today(now))
        lines = tuple(reader.line(each) for each in reader.occurrences(year, rules.recorded))
        first = date(year, 9, 1)
        ends = coming(one, first, (date(year + 1, 8, 31) - first).days, rules.recorded)
        if lines or ends:
            found.append(AgreementCalendar(one.id, one.title, lines, ends))
    return tuple(found)


def pressing(actor: Actor, now: datetime) -> tuple[tuple[str, Line], ...]:
    """Return what the actor's side owes soon, or owed without stating it, this school year: (agreement id, line)."""
    year = school_year(today(now))
    return tuple(
        (one.id, line)
        for one in (_calendars(actor, year, now, _kept()) if _signs(actor) else ())
        for line in one.lines
        if line.own and line.state in PRESSING
    )


def _signs(actor: Actor) -> bool:
    return bool(signatories.concerned(actor, routing.router().conventions))


def occurrence(
    convention: Convention, obligation: str, key: str, conventions: Conventions, planned: Mapping[tuple[str, str], date]
) -> Occurrence | None:
    """Return the occurrence that a statement is about, None where there is none."""
    known = range(convention.terms.starts.year - 1, 2101)
    year = int(key[:4]) if key[:4].isascii() and key[:4].isdigit() else None
    wanted = known if year is None else [one for one in range(year - 2, year + 2) if one in known]
    for one in wanted:
        for found in in_year(convention, one, conventions.calendar, planned):
            if (found.obligation.id, found.key) == (obligation, key):
                return found
    return None


def owed_apart(convention: Convention, one: Obligation) -> bool:
    """Whether each établissement owes an obligation for itself: no organisation is among its owners."""
    return all(convention.parties[party].organisation == "*" for party in one.owners)


def owes(convention: Convention, one: Obligation, side: Signatory) -> bool:
    """Whether a side states an obligation: it is an owner, and no établissement answers in the place of all."""
    if side.party not in one.owners:
        return False
    return owed_apart(convention, one) or convention.parties[side.party].organisation != "*"


def plans(rows: Iterable[Any]) -> dict[tuple[str, str], date]:
    """Return the days that owners set, the last one of each: (obligation, occurrence) -> day."""
    return {(row.obligation, row.occurrence): row.on for row in rows if row.kind == "planned"}


def _standing() -> Stated:
    """Return what stands stated, by agreement, oldest first."""
    query = select(*ObligationStatement.__table__.c).where(ObligationStatement.withdrawn_at.is_(None))
    found: dict[str, list[Any]] = {}
    for row in db.session.execute(query.order_by(ObligationStatement.id)):
        found.setdefault(row.convention, []).append(row)
    return found


def _kept() -> Stated:
    """Return what stands stated, as it was read some seconds ago at most: home pages ask nothing more."""
    known, tick = _known.get(db.engine), clock.monotonic()
    if known is not None and tick - known[0] < FRESH_FOR:
        return known[1]
    found = _standing()
    _known[db.engine] = (tick, found)
    return found


def forget() -> None:
    """Forget what was stated, after a change: the next home page reads it again."""
    _known.pop(db.engine, None)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One side that reads one agreement on a day, with what stands stated of it."""

    convention: Convention
    conventions: Conventions
    side: Signatory
    rows: Sequence[Any]
    day: date

    def occurrences(self, year: int, recorded: Iterable[Recorded]) -> tuple[Occurrence, ...]:
        """The occurrences of a school year, with the days that owners set."""
        return in_year(self.convention, year, self.conventions.calendar, plans(self.rows), recorded)

    def line(self, one: Occurrence) -> Line:
        """One occurrence as this side sees it."""
        of, mine = one.obligation, owes(self.convention, one.obligation, self.side)
        rows = [row for row in self.rows if (row.obligation, row.occurrence) == (of.id, one.key)]
        apart = owed_apart(self.convention, of)
        members = self._members(one, rows) if apart else ()
        if apart:
            rows = [row for row in rows if row.body == self.side.organisation]
        done = tuple(self._view(row) for row in rows if row.kind == "done")
        planned = [self._view(row) for row in rows if row.kind == "planned"]
        stated = all(member.done for member in members) if members else bool(done)
        return Line(
            one,
            state(one, self.day, stated),
            enumeration([self.convention.parties[party].name for party in of.owners]),
            of.citations,
            mine,
            mine and of.rule in PLANNED_RULES and not apart,
            planned[-1] if planned else None,
            done,
            members,
        )

    def _members(self, one: Occurrence, rows: Sequence[Any]) -> tuple[Member, ...]:
        """The établissements that owe it: the reader's own for an établissement, all of them for another side."""
        bound = signatories.bound(self.conventions, self.convention.id)
        sides = [side for side in bound if side.party in one.obligation.owners]
        whole = [pair for side in sides for pair in (side.members or ((side.organisation, side.name),))]
        alone = self.convention.parties[self.side.party].organisation == "*"
        seen = [(name, said) for name, said in whole if not alone or name == self.side.organisation]
        done = {row.body for row in rows if row.kind == "done"}
        users = {row.body: row.number for row in rows if row.kind == "users"}
        return tuple(Member(name, said, name in done, self._fee(one, users.get(name))) for name, said in seen)

    def _fee(self, one: Occurrence, users: int | None) -> FeeLine | None:
        if not one.obligation.fee or users is None or one.first is None:
            return None
        return fee_line(self.convention, one.first.year, users)

    def _view(self, row: Any) -> StatementView:
        own = row.body == self.side.organisation
        name = routing.side_name(self.conventions, row.body)
        by = row.said_by_name if own else ""
        return StatementView(row.id, row.kind, row.on, row.number, row.words, name, by, row.said_at, own)
