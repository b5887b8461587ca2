"""The input space of the rules, divided into classes that they answer alike; computed from the rules themselves. Pure.

Établissements are told apart by what their agreements ask of them, days by the agreements and versions that hold on
them, and the values of a fact by the tests of the cell. Values that answer all those tests alike form a class, and one
of them represents it; « not known » is a value of every fact.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from matrix.conventions import Conventions
from matrix.facts import holds
from matrix.model import FACTS, Cell, Convention, Etablissement, Recorded, Test
from matrix.owners import OWN, own_party
from matrix.signed_text.uses import cell_citations
from matrix.terms import in_force

Value = str | bool | date | None
#: For each fact, in the order of `FACTS`: « not known » (None), then one value of each class.
Axes = tuple[tuple[Value, ...], ...]
#: A cell and the agreement that holds it.
Part = tuple[Convention, Cell]

_DAY, _CENTURY = timedelta(days=1), timedelta(days=36525)
_CLASS_HOUR, _NIGHT = time(10), time(22)
_BLANK = Cell("", "", "", "default", (), ())


@dataclass(frozen=True, slots=True)
class PlaceClass:
    """Établissements that no rule tells apart, and the agreements that cover them; `example` represents them all."""

    members: tuple[str, ...]
    conventions: tuple[str, ...]

    @property
    def example(self) -> str:
        return self.members[0]


@dataclass(frozen=True, slots=True)
class Moment:
    """The days `[first, until)` on which the same agreements and versions hold, and the facts recorded by then.

    `inside` is a moment of school time and `outside` a moment out of it. `inside` is None where no rule tells the two
    apart.
    """

    first: date
    until: date
    recorded: tuple[Recorded, ...]
    outside: datetime
    inside: datetime | None = None


# --- établissements ---------------------------------------------------------------------------------------------------


def place_classes(conventions: Conventions, among: Iterable[str]) -> list[PlaceClass]:
    """The classes of the établissements that some agreement of `among` covers, in the order of the agreements."""
    found: dict[tuple[object, ...], list[str]] = {}
    for name in dict.fromkeys(place for one in among for place in conventions[one].etablissements):
        found.setdefault(_seen(conventions, name), []).append(name)
    return [
        PlaceClass(tuple(members), tuple(one.id for one in conventions.of(members[0]))) for members in found.values()
    ]


def _seen(conventions: Conventions, name: str) -> tuple[object, ...]:
    """Every property of an établissement that the rules look at, agreement by agreement."""
    return tuple((one.id, *_features(one, one.etablissements[name])) for one in conventions.of(name))


def _features(convention: Convention, place: Etablissement) -> tuple[object, ...]:
    return (
        place.cite_scolaire if convention.transfers else None,
        place.sector if convention.public_only else None,
        *(own_party(role, place, convention.parties) for role in OWN),
    )


# --- days -------------------------------------------------------------------------------------------------------------


def moments(conventions: Conventions, name: str) -> Iterator[Moment]:
    """Every stretch of days of an établissement, with each set of facts that may have been recorded by then."""
    covering = conventions.of(name)
    for first, until in stretches(covering):
        binding = [one for one in covering if in_force(one, first)]
        inside, outside = _times(conventions, binding, first, until)
        for recorded in itertools.product(*(_recordable(one, name, first) for one in binding)):
            yield Moment(first, until, tuple(fact for facts in recorded for fact in facts), outside, inside)


def stretches(covering: Iterable[Convention]) -> list[tuple[date, date]]:
    """The stretches `[first, until)` between the days on which an agreement begins, changes or ends.

    They reach a century before the first such day and a century after the last.
    """
    turns: set[date] = set()
    for one in covering:
        turns.add(one.starts)
        turns.update(version.on for version in one.versions)
        if one.ends is not None:
            turns.add(one.ends + _DAY)
    days = sorted(turns)
    return list(itertools.pairwise([days[0] - _CENTURY, *days, days[-1] + _CENTURY]))


def _recordable(convention: Convention, name: str, on: date) -> list[tuple[Recorded, ...]]:
    """What people may have recorded of an agreement in force: nothing, its end, or each set of the other facts."""
    facts = [
        Recorded("replaced", convention.id, on, product)
        for product in dict.fromkeys(one.product for one in convention.replaceables)
    ]
    if convention.transfers and convention.etablissements[name].cite_scolaire:
        facts.append(Recorded("transferred", convention.id, on, name))
    sets = [some for size in range(len(facts) + 1) for some in itertools.combinations(facts, size)]
    return [*sets, (Recorded("end", convention.id, on),)]


def _times(
    conventions: Conventions, binding: Iterable[Convention], first: date, until: date
) -> tuple[datetime | None, datetime]:
    """A moment in school time (None where no agreement in force depends on school time) and one outside it."""
    outside = datetime.combine(first, _NIGHT)
    zones = {one.school_time.zone for one in binding if one.school_time is not None}
    days = (first + timedelta(days=days) for days in range(min((until - first).days, 400)))
    mornings = (datetime.combine(day, _CLASS_HOUR) for day in days) if zones else iter(())
    inside = next((one for one in mornings if all(conventions.calendar.in_session(zone, one) for zone in zones)), None)
    return inside, outside


# --- facts ------------------------------------------------------------------------------------------------------------


def parts(conventions: Conventions, name: str, moment: Moment, service: str, activity: str) -> list[Part]:
    """The cells that answer for an établissement at a moment: one of each agreement in force that names the service."""
    found = []
    for one in conventions.of(name):
        version = one.version_on(moment.first) if in_force(one, moment.first, moment.recorded) else None
        if version is None or service in one.exclusions:
            continue
        named = any(service in conventions.sections[section] for section in one.sections)
        if named or any(key[0] == service for key in version.cells):
            cell = version.cells.get((service, activity))
            found.append((one, cell or replace(_BLANK, service=service, activity=activity)))
    return found


def timed(found: Iterable[Part]) -> bool:
    """Whether some of these cells apply « pendant le temps scolaire » only."""
    return any(
        one.school_time is not None
        and cell.service in one.school_time.services
        and cell.activity in one.school_time.activities
        for one, cell in found
    )


def tests(cell: Cell) -> list[Test]:
    """All the tests of facts in a cell: those that decide, and those that add a contributor."""
    deciding = [test for case in cell.cases for test in case.tests]
    return deciding + [test for case in cell.cases for part in case.contributors for test in part.when]


def axes(conventions: Conventions, found: Iterable[Part]) -> Axes:
    """The classes of each fact that these cells can tell apart; a fact that no cell tests has one class."""
    found = list(found)
    return tuple((None, *_standing_for(conventions, found, fact)) for fact in FACTS)


def _standing_for(conventions: Conventions, found: list[Part], fact: str) -> tuple[Value, ...]:
    """The first value of each class of a fact."""
    kept: dict[tuple[object, ...], Value] = {}
    for value in _values(conventions, found, fact):
        kept.setdefault(signature(conventions, found, fact, value), value)
    return tuple(kept.values())


def signature(conventions: Conventions, found: Iterable[Part], fact: str, value: Value) -> tuple[object, ...]:
    """What distinguishes a fact's value for these cells: two values with equal signatures are in one class."""
    roles = conventions.vocabulary.parties
    seen: list[object] = []
    for one, cell in found:
        seen += [holds(test, value, roles, one.categories) for test in tests(cell) if test.fact == fact]
        line = one.categories.get(str(value)) if fact == "user_category" else None
        if line is not None and line.citation.ref in {citation.ref for citation in cell_citations(cell)}:
            seen.append(line.citation)  # the answer cites the user's own line of annexe 2 bis
    return tuple(seen)


def tested(conventions: Conventions, found: Iterable[Part], fact: str, value: Value) -> bool:
    """Whether some case of these cells is written for this value of a fact."""
    roles = conventions.vocabulary.parties
    return any(
        holds(test, value, roles, one.categories)
        for one, cell in found
        for case in cell.cases
        for test in case.tests
        if test.fact == fact
    )


def _values(conventions: Conventions, found: Iterable[Part], fact: str) -> list[Value]:
    """Values of a fact, with at least one of each class; the first of a class represents it."""
    if fact == "user_category":
        return list(conventions.vocabulary.user_categories)
    if fact == "acquired_by":
        return list(payers(conventions))
    if fact == "acquired_on":
        asked = [test for _, cell in found for test in tests(cell) if test.fact == fact]
        days = sorted({test.wanted for test in asked if isinstance(test.wanted, date)}) or [date(2020, 1, 15)]
        return [one for day in days for one in (day, day + _DAY)]
    return [True, False]


def payers(conventions: Conventions) -> tuple[str, ...]:
    """The parties that may have paid: all but those that only contribute (Réseau Canopé)."""
    helping = {name for one in conventions for name, body in one.parties.items() if body.contributor_only}
    return tuple(name for name in conventions.vocabulary.parties if name not in helping)


def combinations(facts: Axes, named: bool) -> Iterable[tuple[Value, ...]]:
    """Every combination of the classes; where no cell answers, two of them: all facts unknown, then all known."""
    if named:
        return itertools.product(*facts)
    return tuple(values[0] for values in facts), tuple(values[1] for values in facts)


def as_facts(values: tuple[Value, ...]) -> Mapping[str, Value]:
    """A combination of values as a mapping from fact name to value."""
    return dict(zip(FACTS, values, strict=True))
