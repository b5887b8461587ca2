"""The hours and promises of each organisation as they are known: those of the text with its clause, those that it set.

They are read once for each state of the agreements (`routing.router()` sees a change within seconds), and cost no query
of a page's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from charters.database import db
from charters.days import today
from matrix import Citation, Conventions, Router
from matrix.model import Opening
from matrix.wording import with_article
from matrix.working_time import Hours, WorkingCalendar
from ticketing.hours import rules as rules_of
from ticketing.hours import shapes
from ticketing.hours.promises import (
    KEYS,
    NOTHING_PROMISED,
    Engagement,
    Engagements,
    Promise,
    Subject,
    chosen,
    engaged,
    unpacked,
)
from ticketing.hours.rules import Rule
from ticketing.in_force import routing
from ticketing.model import Holder
from ticketing.tables import PartyHours, PartyPromise, PartyRule


@dataclass(frozen=True, slots=True)
class TextHours:
    """The hours that an agreement gives a party, as a version that holds from its first day, with its clauses."""

    hours: Hours
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class SetHours:
    """Hours that an organisation set: the id of their row, so that what was known on a day can be told again."""

    id: int
    hours: Hours


_set: WeakKeyDictionary[Router, Mapping[str, tuple[SetHours, ...]]] = WeakKeyDictionary()
_SAID = ("convention", "service", "activity", "urgency", "answer", "resolve")
_promised: WeakKeyDictionary[Router, Mapping[str, tuple[Promise, ...]]] = WeakKeyDictionary()
_ruled: WeakKeyDictionary[Router, Mapping[str, tuple[Rule, ...]]] = WeakKeyDictionary()
_made: WeakKeyDictionary[Router, dict[tuple[str, int | None], WorkingCalendar | None]] = WeakKeyDictionary()


def set_hours(organisation: str) -> tuple[SetHours, ...]:
    """Return the hours that an organisation set, by day; of those of one day, the last holds."""
    rules = routing.router()
    known = _set.get(rules)
    if known is None:
        found: dict[str, list[SetHours]] = {}
        for row in db.session.execute(select(PartyHours).order_by(PartyHours.since, PartyHours.id)).scalars():
            found.setdefault(row.organisation, []).append(SetHours(row.id, shapes.unpacked(row)))
        known = _set[rules] = {name: tuple(rows) for name, rows in found.items()}
    return known.get(organisation, ())


def promises(organisation: str) -> tuple[Promise, ...]:
    """Return all that an organisation promised, in the order in which it was set."""
    rules = routing.router()
    known = _promised.get(rules)
    if known is None:
        found: dict[str, list[Promise]] = {}
        for row in db.session.execute(select(PartyPromise).order_by(PartyPromise.id)).scalars():
            about = {name: getattr(row, name) for name in _SAID}
            found.setdefault(row.organisation, []).append(Promise(row.id, row.organisation, row.since, **about))
        known = _promised[rules] = {name: tuple(rows) for name, rows in found.items()}
    return known.get(organisation, ())


def rules(organisation: str) -> tuple[Rule, ...]:
    """Return all the rules that an organisation set for what the program does by itself, in their order."""
    router = routing.router()
    known = _ruled.get(router)
    if known is None:
        found: dict[str, list[Rule]] = {}
        for row in db.session.execute(select(PartyRule).order_by(PartyRule.id)).scalars():
            given = (row.id, row.organisation, row.since, row.remind, row.close, row.silent, row.late)
            found.setdefault(row.organisation, []).append(Rule(*given))
        known = _ruled[router] = {name: tuple(rows) for name, rows in found.items()}
    return known.get(organisation, ())


def rule(organisation: str, at: datetime) -> Rule | None:
    """Return the rule of an organisation that holds at an instant; None: it has the program do nothing."""
    return rules_of.in_force(rules(organisation), today(at))


def engagement(holder: Holder, about: Subject, start: datetime) -> Engagement | None:
    """Return what a holder promises for a ticket that it has from `start` on; None where it promises nothing."""
    promise = chosen(promises(holder.organisation), about, today(start))
    hours = calendar(holder.organisation) if promise is not None else None
    return engaged(promise, holder.name, hours, last_row(), start) if promise is not None and hours else None


def of_row(kept: Mapping[str, Any] | None) -> Engagements:
    """Return the engagements that a ticket's row keeps, each with the calendar of its day."""
    return Engagements(*(_with_calendar(unpacked(kept, key)) for key in KEYS)) if kept else NOTHING_PROMISED


def _with_calendar(one: Engagement | None) -> Engagement | None:
    return replace(one, calendar=calendar(one.organisation, one.hours)) if one is not None else None


def text_hours(organisation: str) -> TextHours | None:
    """Return the hours that an agreement gives an organisation, or None."""
    return _of_texts(routing.router().conventions).get(organisation)


def calendar(organisation: str, upto: int | None = None) -> WorkingCalendar | None:
    """Return the calendar of an organisation; None where nobody said when it opens.

    With `upto`, the calendar as it was known when the row of this id was the last: 0 for that of the text alone.
    """
    cache = _made.setdefault(routing.router(), {})
    key = (organisation, upto)
    if key not in cache:
        cache[key] = _calendar(organisation, upto)
    return cache[key]


def sides(organisation: str, name: str, etablissement: str) -> tuple[tuple[str, WorkingCalendar], ...]:
    """Return the names and calendars, where they are known, of a ticket's holder and of its établissement."""
    college = routing.side_name(routing.router().conventions, etablissement)
    named = {organisation: with_article(name), etablissement: with_article(college)}
    return tuple((words, found) for one, words in named.items() if (found := calendar(one)) is not None)


def last_row() -> int:
    """Return the id of the last row of hours that is known, 0 for none: what `calendar` takes to tell it again."""
    set_hours("")
    return max((row.id for rows in _set[routing.router()].values() for row in rows), default=0)


def _calendar(organisation: str, upto: int | None) -> WorkingCalendar | None:
    given = text_hours(organisation)
    versions = {given.hours.since: given.hours} if given else {}
    for one in set_hours(organisation):
        if upto is None or one.id <= upto:
            versions[one.hours.since] = one.hours
    return WorkingCalendar(list(versions.values()), routing.router().conventions.calendar) if versions else None


@lru_cache(maxsize=8)
def _of_texts(conventions: Conventions) -> Mapping[str, TextHours]:
    """Return the hours that the agreements give, by organisation; the first agreement that gives some counts."""
    found: dict[str, TextHours] = {}
    for convention in conventions:
        for contact in convention.contacts:
            place = next(iter(convention.etablissements), None)
            if not contact.hours or contact.services or place is None:
                continue
            organisation = contact.organisation or conventions.organisation(convention.id, contact.party, place)[0]
            hours = Hours(convention.starts, _week(contact.hours))
            found.setdefault(organisation, TextHours(hours, contact.citations))
    return found


def _week(openings: tuple[Opening, ...]) -> tuple[tuple[tuple[int, int], ...], ...]:
    spans = (
        sorted((_minute(start), _minute(end)) for one in openings if day in one.days for start, end in one.spans)
        for day in range(7)
    )
    return tuple(tuple(of_day) for of_day in spans)


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
