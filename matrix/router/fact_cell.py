"""Decisions of a cell whose answer depends on facts, and the facts that it still has to ask for."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from matrix.facts import holds, roles_of
from matrix.model import (
    FACTS,
    Case,
    Cell,
    Citation,
    Convention,
    Decision,
    Etablissement,
    Request,
    Test,
    Vocabulary,
    Warning,
)
from matrix.owners import own_party
from matrix.places import at, holds_at, live, of_place
from matrix.request_facts import USER_GROUPS, members
from matrix.wording import references

_PRIVATE = "Établissement privé : la clause citée ne parle que des établissements publics ({ref})."

_Value = str | bool | date | None


@dataclass(frozen=True, slots=True)
class CellContext:
    """The context in which a cell answers: agreement, version, établissement and warnings."""

    convention: Convention
    version: str  # the day on which the version took effect
    place: Etablissement
    warnings: tuple[Warning, ...]


class FactCell:
    """A cell whose answer depends on facts. Its answer to each combination of their classes is computed once.

    `asked` lists the facts that some case tests, in the order of `FACTS`; `assumed` gives the values assumed for
    unknown facts.
    """

    __slots__ = (
        "_boundaries",
        "_memo",
        "_pairs",
        "_roles",
        "_uses",
        "asked",
        "assumed",
        "cell",
        "context",
        "vocabulary",
    )

    def __init__(self, context: CellContext, cell: Cell, vocabulary: Vocabulary) -> None:
        self.context, self.vocabulary = context, vocabulary
        parties = context.convention.parties
        self._pairs = live(cell.cases, context.place, parties)  # each case, with what is left of it here
        self.cell = cell = at(cell, context.place, parties)
        self._roles = roles_of(context.convention, vocabulary)
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
        """Whether the answer is the same for all facts, and hangs on nothing that a reason should name."""
        asks = any(of_place(test) for whole, _ in self._pairs for test in whole.tests)
        return not any(self._uses) and not asks

    def decide(self, request: Request) -> Decision:
        """The decision for a request: computed for the first request of its class and cached for the others."""
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
        """The decision for these facts (None: unknown), found by trying each completion of the unknown ones.

        Of a group of users, « une classe », each member is tried.
        """
        facts = {fact: self.assumed.get(fact) if known.get(fact) is None else known[fact] for fact in FACTS}
        group = USER_GROUPS.get(str(facts["user_category"]))
        unknown = [fact for fact in self.asked if facts[fact] is None or (group and fact == "user_category")]
        tried = (
            group.members if group and fact == "user_category" else self._representatives(fact) for fact in unknown
        )
        completions = [dict(zip(unknown, values, strict=True)) for values in itertools.product(*tried)]
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
        """The warnings of place and service, with one more where a clause on public places answers a private one."""
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
            # Who may have paid: the collectivité or the établissement (note 4), and every payer that a case tests.
            likely = [name for role in ("Etab", "CL") for name in self._payers(role)]
            played = {self._roles[name] for name in likely}
            tested = [self._playing(role) for role in self._named(fact, "role") if role not in played]
            return list(dict.fromkeys((*likely, *tested, *self._named(fact))))
        if fact == "user_category":
            named, listed = self._named(fact), self.context.convention.categories
            lines = [line for line in listed.values() if line.id not in named]
            found = [next((line.id for line in lines if line.administrative is side), None) for side in (True, False)]
            # A category that the agreement does not list is of neither side.
            strangers = (name for name in self.vocabulary.user_categories if name not in listed and name not in named)
            found.append(next(strangers, None))
            return [*(name for name in found if name is not None), *named]
        return [True, False]

    def _named(self, fact: str, kind: str = "is") -> list[_Value]:
        """The values of a fact that some case names (with « role », the roles); each is a class by itself."""
        tests = (test for case in self.cell.cases for test in case.tests)
        return list(dict.fromkeys(test.wanted for test in tests if test.fact == fact and test.kind == kind))

    def _playing(self, role: _Value) -> str:
        """A payer of a role: a party of the agreement, or where it has none any party of that role."""
        known = (*self.context.convention.parties, *self.vocabulary.parties)
        return next(name for name in known if self._roles[name] == role)

    def _payers(self, role: str) -> list[str]:
        own = own_party(role, self.context.place, self.context.convention.parties)
        return [] if own is None else [own]

    def _first_case(self, facts: Mapping[str, _Value]) -> Case:
        for case in self.cell.cases:
            if all(self._holds(test, facts[test.fact]) for test in case.tests):
                return case
        return Case((), "to_qualify", None, self.cell.citations)

    @property
    def days(self) -> tuple[date, ...]:
        """The days of purchase on which the cell's tests turn."""
        return tuple(self._boundaries)

    def turned_on(self, request: Request) -> dict[Test, tuple[bool, _Value]]:
        """The tests on which the answer to a request turns: test -> (whether it passes, the value that is presumed).

        They are read as a person reads the clauses: of each case before the one that answers, and that would answer
        otherwise, the tests up to the first that fails; then all those of the case that answers. A fact that is not
        known is left out, unless the agreement says what to presume of it; of a known fact nothing is presumed (None).
        """
        stated = {fact: getattr(request, fact) for fact in FACTS}
        facts = {fact: self.assumed.get(fact) if stated[fact] is None else stated[fact] for fact in FACTS}
        if facts["user_category"] is not None:  # the members of a group agree, or the answer would turn on nothing yet
            facts["user_category"] = members(str(facts["user_category"]))[0]
        chosen, parties = self._first_case(facts), self.context.convention.parties
        found: dict[Test, tuple[bool, _Value]] = {}
        for case, left in self._pairs:
            told = left or live((replace(case, tests=()),), self.context.place, parties)[0][1] or case
            if left != chosen and (told.status, self._party(told)) == (chosen.status, self._party(chosen)):
                continue
            for test in case.tests:
                if of_place(test):
                    found[test] = holds_at(test, self.context.place, parties), None
                elif facts[test.fact] is None:
                    break
                else:
                    presumed = facts[test.fact] if stated[test.fact] is None else None
                    found[test] = self._holds(test, facts[test.fact]), presumed
                if not found[test][0]:
                    break
            if left == chosen:
                break
        return found

    def _holds(self, test: Test, value: _Value) -> bool:
        return holds(test, value, self._roles, self.context.convention.categories)

    def _party(self, case: Case) -> str:
        """The party that a case names, the desk where it names none."""
        return case.party or self.context.convention.desk

    def _answer(self, cases: list[Case], facts: Mapping[str, _Value]) -> Decision:
        """The answer on which these cases agree; a contributor is named only where every case wants it."""
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
        """The citations of the cases, with the user's line of annexe 2 bis, or the desk's clause if nobody answers."""
        convention = self.context.convention
        found: dict[Citation, None] = {}
        for case in cases:
            if case.party is None and case.status != "not_applicable":
                found[convention.desk_clause] = None
            for citation in case.citations:
                found[self._of_category(citation, facts.get("user_category"))] = None
        return tuple(found)

    def _of_category(self, citation: Citation, category: _Value) -> Citation:
        line = self.context.convention.categories.get(str(category)) if self._uses[0] else None
        return line.citation if line is not None and citation.ref == line.citation.ref else citation
