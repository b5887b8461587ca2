"""Compare routing when one agreement is replaced by another version of it, everything else being equal. Pure.

Also gives the classes of facts that the two routers can tell apart, so that a comparison tries each class once.

A version that takes effect tomorrow routed none of yesterday's tickets. So that its effect shows, and its effect alone,
the version that it follows and the version that is tried are each taken as if they had held all along; what else
depends on a ticket's day (the other agreements, the ends, the facts recorded) stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product

from matrix.conventions import Conventions
from matrix.model import FACTS, Cell, Convention, Recorded, Test, Version
from matrix.router import Router

CellKey = tuple[str, str]  # service, activity


@dataclass(frozen=True, slots=True)
class Trial:
    """Two routers that differ by the agreement `convention` alone. `places`: the établissements that it covers.

    `changed`: the cells that the two do not say alike; None where more than cells differs, and any answer may change.
    """

    convention: str
    before: Router
    after: Router
    places: tuple[str, ...]
    changed: frozenset[CellKey] | None


@dataclass(frozen=True, slots=True)
class Cuts:
    """The classes that the two routers of a trial can tell apart; what lies in one class gets one answer from each.

    `days` begin the stretches of opening days after the first one; `bought` are the last days of the classes of days
    of purchase, but for the last class; `facts` are those that anything asks for; `timed` the cells whose answer
    depends on school time, and so on the hour, in the zones `zones`.
    """

    days: tuple[date, ...]
    bought: tuple[date, ...]
    facts: tuple[str, ...]
    timed: frozenset[CellKey]
    zones: tuple[str, ...]


def version_tried(convention: Convention, on: date) -> tuple[Version, Version]:
    """The version that takes effect on a day, and the one that it follows. `KeyError` where there are not both."""
    tried = next((one for one in convention.versions if one.on == on), None)
    followed = convention.version_on(on - timedelta(days=1))
    if tried is None or followed is None:
        raise KeyError(on)
    return followed, tried


def of_version(conventions: Conventions, recorded: Iterable[Recorded], convention_id: str, on: date) -> Trial:
    """A trial of the version that takes effect on a day, in place of the version before it. `KeyError` as above."""
    convention = conventions[convention_id]
    followed, tried = version_tried(convention, on)
    starts = convention.starts
    return _trial(conventions, recorded, _alone(convention, followed, starts), _alone(convention, tried, starts))


def of_agreement(conventions: Conventions, recorded: Iterable[Recorded], tried: Convention, since: date) -> Trial:
    """A trial of a whole agreement, in place of the one that has its id, or beside the others where none has.

    Its last version counts, and the one that was to hold on that day. If it begins later than the one in whose place
    it stands, it is taken to begin with the period, on `since`.
    """
    version = tried.versions[-1]
    if tried.id not in conventions:
        return _trial(conventions, recorded, None, _alone(tried, version, min(tried.starts, since)))
    current = conventions[tried.id]
    starts = min(tried.starts, max(current.starts, since))
    followed = current.version_on(version.on) or current.versions[0]
    return _trial(conventions, recorded, _alone(current, followed, current.starts), _alone(tried, version, starts))


def _alone(convention: Convention, version: Version, starts: date) -> Convention:
    """The agreement with one version, in force from its first day on."""
    return replace(convention, versions=(replace(version, on=starts),), terms=replace(convention.terms, starts=starts))


def _trial(
    conventions: Conventions, recorded: Iterable[Recorded], before: Convention | None, after: Convention
) -> Trial:
    recorded = tuple(recorded)
    vocabulary = conventions.vocabulary.with_services(after.own_services)

    def router(tried: Convention | None) -> Router:
        by_id = {one.id: one for one in conventions} | ({tried.id: tried} if tried else {})
        return Router(Conventions(by_id.values(), vocabulary, conventions.calendar), recorded)

    places = dict.fromkeys(before.etablissements if before else ()) | dict.fromkeys(after.etablissements)
    return Trial(after.id, router(before), router(after), tuple(sorted(places)), _changed(before, after))


def _changed(before: Convention | None, after: Convention) -> frozenset[CellKey] | None:
    if before is None or any(getattr(before, name) != getattr(after, name) for name in _ROUTES):
        return None
    mine, its = before.versions[0].cells, after.versions[0].cells
    return frozenset(key for key in {*mine, *its} if _says(mine.get(key)) != _says(its.get(key)))


#: What an agreement routes by, beside its cells.
_ROUTES = (
    "starts",
    "ends",
    "desk",
    "desk_clause",
    "object_clause",
    "duration_clause",
    "sections",
    "parties",
    "exclusions",
    "transfers",
    "replaceables",
    "etablissements",
    "categories",
    "school_time",
    "public_only",
)


def _says(cell: Cell | None) -> Cell | None:
    """What a cell says, wherever it is written."""
    return replace(cell, file="", line=0, origin="") if cell else None


def cuts(trial: Trial) -> Cuts:
    """The classes that the two routers tell apart, worked out from what they know."""
    conventions = list(_concerned(trial))
    days = {fact.on for router in (trial.before, trial.after) for fact in router.recorded}
    for one in conventions:
        days.add(one.starts)
        days.update(version.on for version in one.versions)
        if one.ends is not None:
            days.add(one.ends + timedelta(days=1))
    tests = [test for one in conventions for test in _tests(one)]
    asked = {test.fact for test in tests}
    school = [one.school_time for one in conventions if one.school_time is not None]
    return Cuts(
        days=tuple(sorted(days)),
        bought=tuple(sorted({test.wanted for test in tests if isinstance(test.wanted, date)})),
        facts=tuple(fact for fact in FACTS if fact in asked),
        timed=frozenset(pair for one in school for pair in product(one.services, one.activities)),
        zones=tuple(sorted({one.zone for one in school})),
    )


def _concerned(trial: Trial) -> Iterator[Convention]:
    """The agreements of the trial's établissements, as each of the routers has them."""
    for router in (trial.before, trial.after):
        for one in router.conventions:
            if any(place in one.etablissements for place in trial.places):
                yield one


def _tests(convention: Convention) -> Iterator[Test]:
    for version in convention.versions:
        for cell in version.cells.values():
            for case in cell.cases:
                yield from case.tests
                for part in case.contributors:
                    yield from part.when
