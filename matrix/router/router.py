"""The router: `Router.route(request) -> Decision` is the only way from facts to a party.

For each établissement, stretch of days, service and activity, the router computes once either a decision or a cell
whose answer depends on facts; such a cell caches its answer to each combination of classes of facts. A request is then
answered by a few look-ups.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from matrix.conventions import Conventions
from matrix.model import (
    Case,
    Cell,
    Convention,
    Decision,
    Etablissement,
    Recorded,
    Request,
    Test,
    Vocabulary,
    Warning,
)
from matrix.places import Passing, holds_at, passing
from matrix.places import excluded as excluded_by
from matrix.router.fact_cell import CellContext, FactCell
from matrix.router.school_time_cell import PARIS, SchoolTimeCell
from matrix.router.several import SeveralAgreements
from matrix.terms import in_force
from matrix.wording import DOING, body, capital, references, to

_MAY_COME = "{doing} peut passer {to} ({ref})."
_SCHOOL_TIME = (
    "Hors du temps scolaire : cet engagement ne vaut que « {quote} » ({ref}). Le texte n’en donne pas les heures ; "
    "un jour sans classe, un week-end, un jour férié ou la nuit n’en sont pas."
)

#: An agreement's answer for a cell: a decision, or an object that decides from a request's facts and time.
_OneAnswer = Decision | FactCell | SchoolTimeCell
_Answer = _OneAnswer | SeveralAgreements


class UnknownEtablissement(LookupError):
    """Raised when no agreement names an établissement."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The days `[first, until)` (ordinals) over which the same agreements, versions and recorded facts hold."""

    first: int
    until: int
    table: dict[tuple[str, str], _Answer]


class Router:
    """Routes requests by the agreements given, and by the facts that an administrator has recorded."""

    def __init__(self, conventions: Conventions, recorded: Iterable[Recorded] = ()) -> None:
        self.conventions = conventions
        self.recorded = tuple(recorded)
        self._sites: dict[str, list[_Stretch]] = {}

    def route(self, request: Request) -> Decision:
        """The decision for a request: there is always one. Raises `UnknownEtablissement`."""
        found = self._found(request)
        return found if isinstance(found, Decision) else found.decide(request)

    def asked(self, request: Request) -> tuple[str, ...]:
        """The facts that can change the answer to this request, in the order in which they are asked."""
        found = self._found(request)
        return () if isinstance(found, Decision) else found.asked

    def turned_on(self, request: Request) -> dict[Test, tuple[bool, str | bool | date | None]]:
        """The tests on which the answer turns, with whether each passes and what is presumed (`FactCell`)."""
        turned: dict[Test, tuple[bool, str | bool | date | None]] = {}
        for cell in self._fact_cells(request):
            turned |= cell.turned_on(request)
        return turned

    def days(self, request: Request) -> tuple[date, ...]:
        """The days of purchase on which the answer may turn."""
        return tuple(sorted({day for cell in self._fact_cells(request) for day in cell.days}))

    def _fact_cells(self, request: Request) -> list[FactCell]:
        found = self._found(request)
        parts = found.parts if isinstance(found, SeveralAgreements) else (found,)
        cells = [part.inside if isinstance(part, SchoolTimeCell) else part for part in parts]
        return [cell for cell in cells if isinstance(cell, FactCell)]

    def _found(self, request: Request) -> _Answer:
        opened = request.opened_at
        day = (opened if opened.tzinfo is None else opened.astimezone(PARIS)).toordinal()
        for stretch in self._sites.get(request.etablissement) or self._site(request.etablissement):
            if stretch.first <= day < stretch.until:
                break
        found = stretch.table.get((request.service, request.activity))
        if found is None:
            found = self._work_out(request.etablissement, stretch, request.service, request.activity)
        return found

    # --- computed once ---

    def _site(self, etablissement: str) -> list[_Stretch]:
        """The stretches of days of an établissement, with no answer computed yet."""
        conventions = self.conventions.of(etablissement)
        if not conventions:
            raise UnknownEtablissement(etablissement)
        turns = {fact.on for fact in self.recorded}
        for convention in conventions:
            turns.add(convention.starts)
            turns.update(version.on for version in convention.versions)
            if convention.ends is not None:
                turns.add(convention.ends + timedelta(days=1))
        days = [date.min.toordinal(), *sorted(day.toordinal() for day in turns), date.max.toordinal() + 1]
        stretches = [_Stretch(first, until, {}) for first, until in itertools.pairwise(days)]
        stretches.reverse()  # the latest first: most tickets are of today
        self._sites[etablissement] = stretches
        return stretches

    def _work_out(self, etablissement: str, stretch: _Stretch, service: str, activity: str) -> _Answer:
        day = date.fromordinal(max(stretch.first, 1))
        found = self._outcome(etablissement, day, service, activity)
        stretch.table[(service, activity)] = found
        return found

    def _outcome(self, etablissement: str, day: date, service: str, activity: str) -> _Answer:
        """What the agreements in force that name the service answer; out of scope where none names it."""
        conventions = self.conventions.of(etablissement)
        binding = [convention for convention in conventions if in_force(convention, day, self.recorded)]
        vocabulary = self.conventions.vocabulary
        naming = [convention for convention in binding if _names(convention, service, day, vocabulary)]
        if len(naming) == 1:
            return self._cell(naming[0], etablissement, day, service, activity)
        if naming:
            parts = tuple(self._cell(one, etablissement, day, service, activity) for one in naming)
            return SeveralAgreements(parts, naming[0].desk)
        silent = binding[0] if binding else conventions[0]
        citation = silent.object_clause if binding else silent.duration_clause
        version = silent.version_on(day) if binding else None
        return Decision(
            status="out_of_scope",
            party=silent.desk,
            convention=silent.id,
            version=version.on.isoformat() if version else None,
            citations=(citation,),
        )

    def _recorded(self, kind: str, convention: Convention, subject: str, day: date) -> bool:
        return any(
            fact.kind == kind and fact.convention == convention.id and fact.subject == subject and fact.on <= day
            for fact in self.recorded
        )

    def _cell(self, convention: Convention, etablissement: str, day: date, service: str, activity: str) -> _OneAnswer:
        """What one agreement in force answers for a service that it names."""
        version = convention.version_on(day)
        assert version is not None
        place = convention.etablissements[etablissement]
        excluded = excluded_by(convention, service, place)
        if excluded is not None:
            return Decision(
                status="out_of_scope",
                party=convention.desk,
                convention=convention.id,
                version=version.on.isoformat(),
                citations=excluded,
            )
        cell = convention.cell(version, service, activity)
        cell = self._without_replaced(convention, place, cell, day)
        passes = passing(convention, place, lambda about: self._recorded("transferred", convention, about, day))
        cell, warnings = passes.at(cell), self._may_pass(passes, cell.service)

        def answering(*more: Warning) -> Decision | FactCell:
            context = CellContext(convention, version.on.isoformat(), place, (*warnings, *more))
            found = FactCell(context, cell, self.conventions.vocabulary)
            return found.work_out({}) if found.constant else found

        school = convention.school_time
        if school is None or service not in school.services or activity not in school.activities:
            return answering()
        if not all(holds_at(test, place, convention.parties) for test in school.when):
            return answering()
        told = _SCHOOL_TIME.format(quote=school.citation.quote, ref=references((school.citation,)))
        outside = answering(Warning("school-time", told))
        return SchoolTimeCell(answering(), outside, school.zone, self.conventions.calendar)

    def _without_replaced(self, convention: Convention, place: Etablissement, cell: Cell, day: date) -> Cell:
        """The cell, or one that nobody answers for where the product it rests on is recorded as replaced (II.2)."""
        for product in convention.replaceables:
            if (
                cell.service in product.services
                and cell.activity == product.activity
                and all(holds_at(test, place, convention.parties) for test in product.when)
                and self._recorded("replaced", convention, product.product, day)
            ):
                cell = replace(cell, cases=(Case((), "to_qualify", None, product.citations),), assume=())
        return cell

    def _may_pass(self, passes: Passing, service: str) -> list[Warning]:
        """The warnings of the transfers that nobody has recorded yet (I.2): to whom its own clause lets it pass."""
        found = []
        for one in passes.waits(service):
            name = body(self.conventions, passes.convention.id, one.target, passes.place.id)
            told = _MAY_COME.format(doing=DOING[one.activity], to=to(name), ref=references(one.citations))
            words = f"Cité scolaire : {told}" if one.warning == "cite-scolaire" else capital(told)
            found.append(Warning(one.warning, words))
        return list(dict.fromkeys(found))


def _names(convention: Convention, service: str, day: date, vocabulary: Vocabulary) -> bool:
    """Whether an agreement names a service at all: by a row of its table, a cell, an exclusion, or a clause near it."""
    version = convention.version_on(day)
    if version is None:
        return False
    return (
        service in convention.exclusions
        or service in convention.near
        or any(service in vocabulary.sections[section] for section in convention.sections)
        or any(key[0] == service for key in version.cells)
    )
