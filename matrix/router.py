"""`Router.route(request) -> Decision`: the one way from facts to a party.

What can be worked out before a request comes is worked out once: for each établissement, stretch of days, service and
activity there is either a decision, or a cell that hangs on facts and remembers what it answered to each combination of
their classes. Answering is then a few look-ups.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from matrix.conventions import Conventions
from matrix.days import SchoolCalendar
from matrix.facts import holds
from matrix.model import (
    FACTS,
    Case,
    Cell,
    Citation,
    Convention,
    Decision,
    Etablissement,
    Recorded,
    Request,
    Status,
    Test,
    Vocabulary,
    Warning,
)
from matrix.terms import in_force
from matrix.wording import references

PARIS = ZoneInfo("Europe/Paris")

_CITE = "Cité scolaire : la maintenance peut passer à la Région (I.2)."
_PRIVATE = "Établissement privé : la clause citée ne parle que des établissements publics ({ref})."
_SCHOOL_TIME = (
    "Hors du temps scolaire : cet engagement ne vaut que « {quote} » ({ref}). Le texte n’en donne pas les heures ; "
    "un jour sans classe, un week-end, un jour férié ou la nuit n’en sont pas."
)

_Value = str | bool | date | None
_T = TypeVar("_T")


class UnknownEtablissement(LookupError):
    """No agreement names this établissement."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The days `[first, until)` (ordinals) over which the same agreements, versions and recorded facts hold."""

    first: int
    until: int
    table: dict[tuple[str, str], _Found]


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
        """The facts that the answer to this request can hang on, in the order in which they are asked."""
        found = self._found(request)
        return () if isinstance(found, Decision) else found.asked

    def _found(self, request: Request) -> _Found:
        opened = request.opened_at
        day = (opened if opened.tzinfo is None else opened.astimezone(PARIS)).toordinal()
        for stretch in self._sites.get(request.etablissement) or self._site(request.etablissement):
            if stretch.first <= day < stretch.until:
                break
        found = stretch.table.get((request.service, request.activity))
        if found is None:
            found = self._work_out(request.etablissement, stretch, request.service, request.activity)
        return found

    # --- worked out once ---

    def _site(self, etablissement: str) -> list[_Stretch]:
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

    def _work_out(self, etablissement: str, stretch: _Stretch, service: str, activity: str) -> _Found:
        day = date.fromordinal(max(stretch.first, 1))
        found = self._outcome(etablissement, day, service, activity)
        stretch.table[(service, activity)] = found
        return found

    def _outcome(self, etablissement: str, day: date, service: str, activity: str) -> _Found:
        conventions = self.conventions.of(etablissement)
        in_force = [convention for convention in conventions if self._in_force(convention, day)]
        vocabulary = self.conventions.vocabulary
        naming = [convention for convention in in_force if _names(convention, service, day, vocabulary)]
        if len(naming) == 1:
            return self._cell(naming[0], etablissement, day, service, activity)
        if naming:
            parts = tuple(self._cell(one, etablissement, day, service, activity) for one in naming)
            return _Several(parts, naming[0].desk)
        silent = in_force[0] if in_force else conventions[0]
        citation = silent.object_clause if in_force else silent.duration_clause
        version = silent.version_on(day) if in_force else None
        return Decision(
            status="out_of_scope",
            party=silent.desk,
            convention=silent.id,
            version=version.on.isoformat() if version else None,
            citations=(citation,),
        )

    def _in_force(self, convention: Convention, day: date) -> bool:
        return in_force(convention, day, self.recorded)

    def _recorded(self, kind: str, convention: Convention, subject: str, day: date) -> bool:
        return any(
            fact.kind == kind and fact.convention == convention.id and fact.subject == subject and fact.on <= day
            for fact in self.recorded
        )

    def _cell(self, convention: Convention, etablissement: str, day: date, service: str, activity: str) -> _Found:
        version = convention.version_on(day)
        assert version is not None
        place = convention.etablissements[etablissement]
        excluded = convention.exclusions.get(service)
        if excluded is not None:
            return Decision(
                status="out_of_scope",
                party=convention.desk,
                convention=convention.id,
                version=version.on.isoformat(),
                citations=excluded,
            )
        cell = version.cells.get((service, activity))
        if cell is None:
            cell = Cell(service, activity, "", "default", (Case((), "to_qualify", None, ()),), ())
        for product in convention.replaceables:
            if (
                service in product.services
                and activity == product.activity
                and self._recorded("replaced", convention, product.product, day)
            ):
                cell = replace(cell, cases=(Case((), "to_qualify", None, product.citations),), assume=())
        moves: dict[str, tuple[str, tuple[Citation, ...]]] = {}
        warnings: list[Warning] = []
        for transfer in convention.transfers:
            if service in transfer.services and place.cite_scolaire:
                if self._recorded("transferred", convention, etablissement, day):
                    if activity == transfer.activity:
                        moves[transfer.source] = (transfer.target, transfer.citations)
                else:
                    warnings.append(Warning("cite-scolaire", _CITE))

        def answering(*more: Warning) -> Decision | _Hanging:
            context = _Context(convention, version.on.isoformat(), place, moves, (*warnings, *more))
            hanging = _Hanging(context, cell, self.conventions.vocabulary)
            return hanging.work_out({}) if hanging.constant else hanging

        school = convention.school_time
        if school is None or service not in school.services or activity not in school.activities:
            return answering()
        told = _SCHOOL_TIME.format(quote=school.citation.quote, ref=references((school.citation,)))
        return _Timed(answering(), answering(Warning("school-time", told)), school.zone, self.conventions.calendar)


def _names(convention: Convention, service: str, day: date, vocabulary: Vocabulary) -> bool:
    """Whether an agreement speaks of a service at all: a row of its table, a cell, or an exclusion."""
    version = convention.version_on(day)
    if version is None:
        return False
    return (
        service in convention.exclusions
        or any(service in vocabulary.sections[section] for section in convention.sections)
        or any(key[0] == service for key in version.cells)
    )


@dataclass(frozen=True, slots=True)
class _Context:
    convention: Convention
    version: str
    place: Etablissement
    moves: Mapping[str, tuple[str, tuple[Citation, ...]]]  # party -> the one its maintenance passed to
    warnings: tuple[Warning, ...]


class _Hanging:
    """A cell whose answer hangs on facts. It answers each combination of their classes once, then remembers."""

    __slots__ = ("_boundaries", "_memo", "_uses", "asked", "assumed", "cell", "context", "vocabulary")

    def __init__(self, context: _Context, cell: Cell, vocabulary: Vocabulary) -> None:
        self.context, self.cell, self.vocabulary = context, cell, vocabulary
        deciding = [test for case in cell.cases for test in case.tests]
        adding = [test for case in cell.cases for part in case.contributors for test in part.when]
        # Exceptions must be shown: an unknown experimentation is false.
        self.assumed: dict[str, _Value] = {"experimentation": False, **dict(cell.assume)}
        self.asked = tuple(fact for fact in FACTS if any(test.fact == fact for test in deciding))
        self._uses = tuple(any(test.fact == fact for test in deciding + adding) for fact in FACTS)
        self._boundaries = sorted({test.wanted for test in deciding + adding if isinstance(test.wanted, date)})
        self._memo: dict[tuple[object, ...], Decision] = {}

    @property
    def constant(self) -> bool:
        """Whether no fact changes anything."""
        return not any(self._uses)

    def decide(self, request: Request) -> Decision:
        category, payer, day, inventoried, referentiel, experimentation, warranty = self._uses
        bought = request.acquired_on if day else None
        key = (
            request.user_category if category else None,
            request.acquired_by if payer else None,
            None if bought is None else bisect_left(self._boundaries, bought),
            request.inventoried if inventoried else None,
            request.in_referentiel if referentiel else None,
            request.experimentation if experimentation else None,
            request.under_warranty if warranty else None,
        )
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self.work_out({fact: getattr(request, fact) for fact in FACTS})
        return found

    def work_out(self, known: Mapping[str, _Value]) -> Decision:
        """The decision for these facts: each completion of the unknown ones is tried."""
        facts = {fact: self.assumed.get(fact) if known.get(fact) is None else known[fact] for fact in FACTS}
        unknown = [fact for fact in self.asked if facts[fact] is None]
        completions = [
            dict(zip(unknown, values, strict=True))
            for values in itertools.product(*(self._representatives(fact) for fact in unknown))
        ]
        cases = [self._first_case({**facts, **completion}) for completion in completions]
        answers = {(case.status, self._party(case)) for case in cases}
        if len(answers) == 1:
            return self._answer(list(dict.fromkeys(cases)), facts)
        missing = tuple(fact for fact in unknown if self._can_change(fact, unknown, completions, cases))
        context = self.context
        citations = self._citations(list(dict.fromkeys(cases)), facts)
        return Decision(
            status="needs_info",
            party=context.convention.desk,
            convention=context.convention.id,
            version=context.version,
            citations=citations,
            missing=missing,
            candidates=tuple(dict.fromkeys(self._party(case) for case in cases)),
            warnings=self._warnings(citations),
        )

    def _warnings(self, citations: Iterable[Citation]) -> tuple[Warning, ...]:
        """Those of the établissement and the service, and one where a private one stands on a clause on public ones."""
        context = self.context
        if context.place.sector == "public":
            return context.warnings
        apart = context.convention.public_only
        found = next((one for one in citations if (one.ref, one.quote) in apart), None)
        if found is None:
            return context.warnings
        return (*context.warnings, Warning("private", _PRIVATE.format(ref=references((found,)))))

    def _can_change(
        self, fact: str, unknown: list[str], completions: list[dict[str, _Value]], cases: list[Case]
    ) -> bool:
        """Whether two completions that differ by this fact alone give different parties or statuses."""
        others = [name for name in unknown if name != fact]
        seen: dict[tuple[_Value, ...], tuple[str, str]] = {}
        for completion, case in zip(completions, cases, strict=True):
            rest = tuple(completion[name] for name in others)
            answer = (case.status, self._party(case))
            if seen.setdefault(rest, answer) != answer:
                return True
        return False

    def _representatives(self, fact: str) -> list[_Value]:
        """One value of each class of a fact that the cell's tests can tell apart."""
        if fact == "acquired_on":
            return [*self._boundaries, self._boundaries[-1] + timedelta(days=1)]
        if fact == "acquired_by":
            # Who may have paid, in this agreement: the collectivité or the établissement (note 4).
            likely = [name for role in ("Etab", "CL") for name in self._payers(role)]
            return list(dict.fromkeys((*likely, *self._named(fact))))
        if fact == "user_category":
            named, listed = self._named(fact), self.context.convention.categories
            lines = [line for line in listed.values() if line.id not in named]
            found = [next((line.id for line in lines if line.administrative is side), None) for side in (True, False)]
            # One that the agreement does not list is of neither side.
            strangers = (name for name in self.vocabulary.user_categories if name not in listed and name not in named)
            found.append(next(strangers, None))
            return [*(name for name in found if name is not None), *named]
        return [True, False]

    def _named(self, fact: str) -> list[_Value]:
        """The values of a fact that some case asks for by name, each a class of its own."""
        tests = (test for case in self.cell.cases for test in case.tests)
        return list(dict.fromkeys(test.wanted for test in tests if test.fact == fact and test.kind == "is"))

    def _payers(self, role: str) -> list[str]:
        named = [name for name, body in self.context.convention.parties.items() if body.role == role]
        return named[:1]

    def _first_case(self, facts: Mapping[str, _Value]) -> Case:
        for case in self.cell.cases:
            if all(self._holds(test, facts[test.fact]) for test in case.tests):
                return case
        return Case((), "to_qualify", None, self.cell.citations)

    def _holds(self, test: Test, value: _Value) -> bool:
        return holds(test, value, self.vocabulary.parties, self.context.convention.categories)

    def _party(self, case: Case) -> str:
        party = case.party or self.context.convention.desk
        moved = self.context.moves.get(party)
        return moved[0] if moved and case.status == "routed" else party

    def _answer(self, cases: list[Case], facts: Mapping[str, _Value]) -> Decision:
        """The one answer on which these cases agree; a contributor is named where every case wants it."""
        context, first = self.context, cases[0]
        party = self._party(first)
        helpers = [
            {
                part.party: part.citations
                for part in case.contributors
                if part.party != party and all(self._holds(test, facts[test.fact]) for test in part.when)
            }
            for case in cases
        ]
        common = [name for name in helpers[0] if all(name in others for others in helpers)]
        more = [citation for name in common for citation in helpers[0][name]]
        citations = tuple(dict.fromkeys((*self._citations(cases, facts), *more)))
        return Decision(
            status=first.status,
            party=party,
            convention=context.convention.id,
            version=context.version,
            citations=citations,
            contributors=tuple(common),
            candidates=tuple(dict.fromkeys(name for case in cases for name in case.candidates)),
            via=first.via,
            warnings=self._warnings(citations),
        )

    def _citations(self, cases: list[Case], facts: Mapping[str, _Value]) -> tuple[Citation, ...]:
        """What the cases cite: the user's own line where the category is known, the desk's clause if nobody answers."""
        convention = self.context.convention
        found: dict[Citation, None] = {}
        for case in cases:
            if case.party is None and case.status != "not_applicable":
                found[convention.desk_clause] = None
            moved = self.context.moves.get(case.party or "")
            for citation in (*(moved[1] if moved else ()), *case.citations):
                found[self._of_category(citation, facts.get("user_category"))] = None
        return tuple(found)

    def _of_category(self, citation: Citation, category: _Value) -> Citation:
        line = self.context.convention.categories.get(str(category)) if self._uses[0] else None
        return line.citation if line is not None and citation.ref == line.citation.ref else citation


class _Timed:
    """A cell that holds in school time only: its answer, and the same with a warning outside it."""

    __slots__ = ("asked", "calendar", "inside", "outside", "zone")

    def __init__(
        self, inside: Decision | _Hanging, outside: Decision | _Hanging, zone: str, calendar: SchoolCalendar
    ) -> None:
        self.inside, self.outside, self.zone, self.calendar = inside, outside, zone, calendar
        self.asked: tuple[str, ...] = () if isinstance(inside, Decision) else inside.asked

    def decide(self, request: Request) -> Decision:
        opened = request.opened_at
        paris = opened if opened.tzinfo is None else opened.astimezone(PARIS)
        found = self.inside if self.calendar.in_session(self.zone, paris) else self.outside
        return found if isinstance(found, Decision) else found.decide(request)


class _Several:
    """A service that several agreements in force name for one établissement: they agree, or there is a conflict."""

    __slots__ = ("_memo", "asked", "desk", "parts")

    def __init__(self, parts: tuple[_Found, ...], desk: str) -> None:
        self.parts, self.desk = parts, desk
        self._memo: dict[tuple[int, ...], Decision] = {}
        named: set[str] = {fact for part in parts if not isinstance(part, Decision) for fact in part.asked}
        self.asked: tuple[str, ...] = tuple(fact for fact in FACTS if fact in named)

    def decide(self, request: Request) -> Decision:
        decisions = [part if isinstance(part, Decision) else part.decide(request) for part in self.parts]
        key = tuple(map(id, decisions))  # the parts' decisions live as long as the parts: their identities are theirs
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = _together(decisions, self.desk)
        return found


#: From what names parties to what names none: where agreements meet, the strongest word stands.
_STRENGTH: Mapping[Status, int] = {
    "routed": 4,
    "needs_info": 4,
    "conflict": 4,
    "arbitration": 3,
    "not_applicable": 2,
    "to_qualify": 1,
    "out_of_scope": 0,
}


def _together(decisions: list[Decision], desk: str) -> Decision:
    """One decision of several agreements': those that name parties stand; different parties are a conflict.

    What hangs on a fact in one of them is asked before anything is called a conflict.
    """
    strongest = max(_STRENGTH[decision.status] for decision in decisions)
    settled = [decision for decision in decisions if _STRENGTH[decision.status] == strongest]
    first = settled[0]
    if len(settled) == 1 or strongest < _STRENGTH["routed"]:
        return first
    status: Status = first.status
    parties = _every(decision.candidates or (decision.party,) for decision in settled)
    if any(decision.status == "needs_info" for decision in settled):
        status = "needs_info"
    elif any(decision.status != "routed" or decision.party != first.party for decision in settled):
        status = "conflict"
    missing = _every(decision.missing for decision in settled)
    return Decision(
        status=status,
        party=first.party if status == "routed" else desk,
        convention=first.convention,
        version=first.version,
        citations=_every(decision.citations for decision in settled),
        contributors=_every(decision.contributors for decision in settled) if status == "routed" else (),
        missing=tuple(fact for fact in FACTS if fact in missing),
        candidates=() if status == "routed" else parties,
        warnings=_every(decision.warnings for decision in settled),
    )


def _every(groups: Iterable[tuple[_T, ...]]) -> tuple[_T, ...]:
    """All of them, each once, in order."""
    return tuple(dict.fromkeys(item for group in groups for item in group))


#: What is kept for a cell: its one decision, or what decides from a request's facts and its time.
_Found = Decision | _Hanging | _Timed | _Several
