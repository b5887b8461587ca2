"""Compare routing when one agreement is replaced by another version of it, everything else being equal. Pure.

The module also gives the classes of facts that the two routers can tell apart, so that a comparison tries each once.

A version that takes effect tomorrow routed none of yesterday's tickets. To show its effect alone, the version before it
and the version that is tried are each taken as if they had always been in force. Whatever else depends on a ticket's
day (the other agreements, their ends, the recorded facts) stays as it is.
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
    """Two routers that differ only in the agreement `convention`. `places`: the établissements that it covers.

    `changed`: the cells whose content differs; None where more than cells differs, so that any answer may change.
    """

    convention: str
    before: Router
    after: Router
    places: tuple[str, ...]
    changed: frozenset[CellKey] | None


@dataclass(frozen=True, slots=True)
class Cuts:
    """The classes that the two routers of a trial can tell apart: each router gives one answer to all of a class.

    `days` are the first days of the stretches of opening days, except the first stretch. `bought` are the last days of
    the classes of purchase dates, except the last class. `facts` are the facts that some cell tests. `timed` are the
    cells whose answer depends on school time, so on the hour, in the zones `zones`.
    """

    days: tuple[date, ...]
    bought: tuple[date, ...]
    facts: tuple[str, ...]
    timed: frozenset[CellKey]
    zones: tuple[str, ...]


def version_tried(convention: Convention, on: date) -> tuple[Version, Version]:
    """(the version before, the version that takes effect on a day). Raises `KeyError` unless both exist."""
    tried = next((one for one in convention.versions if one.on == on), None)
    followed = convention.version_on(on - timedelta(days=1))
    if tried is None or followed is None:
        raise KeyError(on)
    return followed, tried


def of_version(conventions: Conventions, recorded: Iterable[Recorded], convention_id: str, on: date) -> Trial:
    """A trial of the version that takes effect on a day, in place of the version before it.

    Raises `KeyError` unless both exist.
    """
    convention = conventions[convention_id]
    followed, tried = version_tried(convention, on)
    starts = convention.starts
    return _trial(conventions, recorded, _alone(convention, followed, starts), _alone(convention, tried, starts))


def of_agreement(conventions: Conventions, recorded: Iterable[Recorded], tried: Convention, since: date) -> Trial:
    """A trial of a whole agreement, in place of the agreement with the same id, or in addition where there is none.

    The last version of each is used. Where the tried agreement begins later than the one that it replaces, it is taken
    to begin with the period, on `since`.
    """
    version = tried.versions[-1]
    if tried.id not in conventions:
        return _trial(conventions, recorded, None, _alone(tried, version, min(tried.starts, since)))
    current = conventions[tried.id]
    starts = min(tried.starts, max(current.starts, since))
    followed = current.version_on(version.on) or current.versions[0]
    return _trial(conventions, recorded, _alone(current, followed, current.starts), _alone(tried, version, starts))


def _alone(convention: Convention, version: Version, starts: date) -> Convention:
    """The agreement with this version only, in force from `starts`."""
    return replace(convention, versions=(replace(version, on=starts),), terms=replace(convention.terms, starts=starts))


def _trial(
    conventions: Conventions, recorded: Iterable[Recorded], before: Convention | None, after: Convention
) -> Trial:
    recorded = tuple(recorded)
    vocabulary = conventions.vocabulary.with_services(after.own_services, after.forms).with_parties(after.own_roles)

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


#: The fields of an agreement that affect routing, besides its cells.
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
    "near",
    "transfers",
    "replaceables",
    "etablissements",
    "categories",
    "school_time",
    "public_only",
    "own_roles",
)


def _says(cell: Cell | None) -> Cell | None:
    """The cell without its file, line and origin, so that contents can be compared."""
    return replace(cell, file="", line=0, origin="") if cell else None


def cuts(trial: Trial) -> Cuts:
    """The classes that the two routers of a trial tell apart, computed from their agreements and recorded facts."""
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
    """The agreements that cover the trial's établissements, in both routers."""
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
