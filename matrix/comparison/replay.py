"""Replay past requests under a changed agreement: who gains or loses tickets, what changes, by which clauses. Pure.

Requests come in groups of identical facts. The two routers of a trial route each group once, and the results are sums
over the groups. The same groups give the same result, in the same order, whatever order they come in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Literal

from matrix.comparison.substitution import CellKey, Trial
from matrix.model import FACTS, Decision, Request
from matrix.owners import OWN, own_party
from matrix.places import concerns
from matrix.router import PARIS, Router, UnknownEtablissement
from matrix.table import rows
from matrix.terms import in_force

#: What changed for a ticket, the most important first: its party; its status; its clauses or other details.
Change = Literal["party", "status", "words", ""]
#: The working time known for each cell: (total seconds, number of tickets that they cover).
Times = Mapping[CellKey, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Group:
    """A number of tickets with the same facts; `request.opened_at` is a moment of the stretch in which they opened."""

    request: Request
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A group with its two decisions. `seconds` is the working time of its tickets, computed from `Times`."""

    request: Request
    count: int
    before: Decision
    after: Decision
    change: Change
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """Tickets by the party that holds them before and after; `seconds` is the work that moves, 0 where none does."""

    before: str
    after: str
    tickets: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Status:
    """A number of tickets whose status changes from one value to another."""

    before: str
    after: str
    tickets: int


@dataclass(frozen=True, slots=True)
class Shift:
    """The effect of the change on one cell: the decision before, the one after, and the tickets concerned."""

    service: str
    activity: str
    before: Decision
    after: Decision
    change: Change
    tickets: int
    places: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Place:
    """An établissement, with its tickets of the period, those that change and those that pass to another party."""

    etablissement: str
    tickets: int
    changed: int
    moved: int
    seconds: int


@dataclass(frozen=True, slots=True)
class CellUse:
    """A cell of the table with its tickets in the period; `changes` is None where more than cells change."""

    service: str
    activity: str
    tickets: int
    changes: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The result of a replay. `unmeasured` counts the tickets that move and whose cell has no known working time."""

    convention: str
    tickets: int
    groups: int
    changed: int
    moved: int
    seconds: int
    unmeasured: int
    flows: tuple[Flow, ...]
    statuses: tuple[Status, ...]
    shifts: tuple[Shift, ...]
    places: tuple[Place, ...]
    outcomes: tuple[Outcome, ...]
    cells: tuple[CellUse, ...]

    @property
    def unexercised(self) -> tuple[CellUse, ...]:
        """The cells that no ticket of the period touched."""
        return tuple(cell for cell in self.cells if not cell.tickets)


_COMPARED = tuple(one.name for one in fields(Decision) if one.name not in ("status", "party", "version", "convention"))


def decided(router: Router, request: Request) -> Decision:
    """The decision on a request; it is out of scope, without clause, where no agreement names the établissement."""
    try:
        return router.route(request)
    except UnknownEtablissement:
        return Decision(status="out_of_scope", party="academie", convention=None, version=None, citations=())


def change_of(before: Decision, after: Decision) -> Change:
    """What changed between two decisions; a difference of version alone does not count."""
    if before.party != after.party:
        return "party"
    if before.status != after.status:
        return "status"
    return "words" if any(getattr(before, name) != getattr(after, name) for name in _COMPARED) else ""


class Pairs:
    """The two decisions on a request and what changed, computed once for requests that neither router tells apart."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._kinds: dict[tuple[object, ...], str] = {}
        self._kind_of: dict[str, str] = {}
        self._known: dict[tuple[object, ...], tuple[Decision, Decision, Change]] = {}

    def __call__(self, request: Request) -> tuple[Decision, Decision, Change]:
        place = self._kind_of.get(request.etablissement) or self._kind(request.etablissement)
        key = (place, request.service, request.activity, request.opened_at, *_stated(request))
        found = self._known.get(key)
        if found is None:
            alike = replace(request, etablissement=place)
            before, after = decided(self._trial.before, alike), decided(self._trial.after, alike)
            found = self._known[key] = before, after, change_of(before, after)
        return found

    def _kind(self, place: str) -> str:
        """The first établissement met for which both routers answer as they do for this one."""
        told: list[object] = []
        for router in (self._trial.before, self._trial.after):
            for one in router.conventions.of(place):
                known = one.etablissements[place]
                own = tuple(own_party(role, known, one.parties) for role in OWN)
                moves = tuple(concerns(move, one, known) for move in one.transfers)
                told.append((one.id, known.kind, known.cite_scolaire, known.sector, *own, known.bodies, moves))
            told.extend(
                (fact.kind, fact.convention, fact.on, fact.subject.partition(":")[2])
                for fact in router.recorded
                if fact.subject.partition(":")[0] == place
            )
            told.append(None)
        found = self._kind_of[place] = self._kinds.setdefault(tuple(told), place)
        return found


def outcomes(trial: Trial, groups: Iterable[Group]) -> list[Outcome]:
    """Each group with its two decisions, sorted by the facts of the groups."""
    pair = Pairs(trial)
    found = [Outcome(group.request, group.count, *pair(group.request)) for group in groups]
    found.sort(key=lambda one: _order(one.request))
    return found


def moving_cells(found: Iterable[Outcome]) -> frozenset[CellKey]:
    """The cells with tickets that pass to another party, whose working time the caller must look up."""
    return frozenset((one.request.service, one.request.activity) for one in found if one.change == "party")


def summed(trial: Trial, found: Iterable[Outcome], times: Times) -> Replay:
    """The result of a replay: flows, statuses, établissements, cells, and the groups that change."""
    found = list(found)
    changing = [_timed(one, times) for one in found if one.change]
    moving = [one for one in changing if one.change == "party"]
    return Replay(
        convention=trial.convention,
        tickets=sum(one.count for one in found),
        groups=len(found),
        changed=sum(one.count for one in changing),
        moved=sum(one.count for one in moving),
        seconds=sum(one.seconds for one in moving),
        unmeasured=sum(one.count for one in moving if (one.request.service, one.request.activity) not in times),
        flows=_flows(found, moving),
        statuses=_statuses(changing),
        shifts=_shifts(changing),
        places=_places(found, changing),
        outcomes=tuple(changing),
        cells=_cells(trial, found),
    )


def _timed(one: Outcome, times: Times) -> Outcome:
    total, tickets = times.get((one.request.service, one.request.activity), (0, 0))
    seconds = total * one.count // tickets if tickets and one.change == "party" else 0
    return Outcome(one.request, one.count, one.before, one.after, one.change, seconds)


def _flows(found: Iterable[Outcome], moving: Iterable[Outcome]) -> tuple[Flow, ...]:
    tickets: Counter[tuple[str, str]] = Counter()
    seconds: Counter[tuple[str, str]] = Counter()
    for one in found:
        tickets[one.before.party, one.after.party] += one.count
    for one in moving:
        seconds[one.before.party, one.after.party] += one.seconds
    return tuple(Flow(*pair, count, seconds[pair]) for pair, count in sorted(tickets.items()))


def _statuses(changing: Iterable[Outcome]) -> tuple[Status, ...]:
    tickets: Counter[tuple[str, str]] = Counter()
    for one in changing:
        if one.before.status != one.after.status:
            tickets[one.before.status, one.after.status] += one.count
    return tuple(Status(*pair, count) for pair, count in sorted(tickets.items(), key=lambda item: (-item[1], item[0])))


def _shifts(changing: Iterable[Outcome]) -> tuple[Shift, ...]:
    """The changes grouped by cell and equal decisions, over all établissements; those with most tickets come first."""
    alike: dict[tuple[str, str, Decision, Decision], list[Outcome]] = defaultdict(list)
    for one in changing:
        alike[one.request.service, one.request.activity, one.before, one.after].append(one)
    shifts = [
        Shift(
            service,
            activity,
            before,
            after,
            some[0].change,
            sum(one.count for one in some),
            len({one.request.etablissement for one in some}),
            sum(one.seconds for one in some),
        )
        for (service, activity, before, after), some in alike.items()
    ]
    weight = {"party": 0, "status": 1, "words": 2, "": 3}
    return tuple(sorted(shifts, key=lambda one: (weight[one.change], -one.tickets)))  # stable: keeps the order of facts


def _places(found: Iterable[Outcome], changing: Iterable[Outcome]) -> tuple[Place, ...]:
    """The établissements that the change touches, the most touched first."""
    tickets: Counter[str] = Counter()
    for one in found:
        tickets[one.request.etablissement] += one.count
    touched: dict[str, list[Outcome]] = defaultdict(list)
    for one in changing:
        touched[one.request.etablissement].append(one)
    places = [
        Place(
            name,
            tickets[name],
            sum(one.count for one in some),
            sum(one.count for one in some if one.change == "party"),
            sum(one.seconds for one in some),
        )
        for name, some in touched.items()
    ]
    return tuple(sorted(places, key=lambda one: (-one.moved, -one.changed, one.etablissement)))


def _cells(trial: Trial, found: Iterable[Outcome]) -> tuple[CellUse, ...]:
    """Every cell of the agreement's table, with its tickets while the agreement was in force."""
    convention = trial.after.conventions[trial.convention]
    binds: dict[date, bool] = {}
    tickets: Counter[CellKey] = Counter()
    for one in found:
        if one.request.etablissement in convention.etablissements:
            day = paris_day(one.request.opened_at)
            if day not in binds:
                binds[day] = in_force(convention, day, trial.after.recorded)
            if binds[day]:
                tickets[one.request.service, one.request.activity] += one.count
    changed = trial.changed
    return tuple(
        CellUse(
            row.service,
            row.activity,
            tickets[row.service, row.activity],
            None if changed is None else (row.service, row.activity) in changed,
        )
        for row in rows(trial.after.conventions, trial.convention)
    )


def paris_day(moment: datetime) -> date:
    """The day of a moment in Europe/Paris; a moment without a zone is taken to be there already."""
    return (moment if moment.tzinfo is None else moment.astimezone(PARIS)).date()


_stated = attrgetter(*FACTS)


def _order(request: Request) -> tuple[str, ...]:
    """The sort key of a group: the facts that it states, unknown ones first."""
    stated = ("" if one is None else str(one) for one in _stated(request))
    return (request.service, request.activity, request.etablissement, *stated, request.opened_at.isoformat())
