"""The proof: every combination that the rules can tell apart is routed, and has exactly one outcome. Pure.

Each decision is checked: a second router, which gets the requests in the opposite order, gives the same decision; the
status is known, the party is a party of the agreement that may answer, the citations are complete; `missing` is exactly
the facts that can still change the answer, and `candidates` the parties of the possible completions. The last two are
checked by completing the facts in every way and routing the result.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from matrix.checks.classes import (
    Axes,
    Moment,
    Part,
    PlaceClass,
    Value,
    as_facts,
    axes,
    combinations,
    moments,
    parts,
    place_classes,
    signature,
    tested,
    timed,
)
from matrix.checks.model import Finding, Proof, cell_place, found, place
from matrix.conventions import Conventions
from matrix.model import FACTS, Decision, Provenance, Recorded, Request, Status
from matrix.owners import PAYING, own_party
from matrix.router import Router
from matrix.wording import capital, enumeration, references, small

_KINDS, _STATUSES = frozenset(get_args(Provenance)), frozenset(get_args(Status))
#: The number of examples kept of one fault.
_EXAMPLES = 3

Values = tuple[Value, ...]


@dataclass(slots=True)
class _Fault:
    """One kind of fault of one cell: how often it occurs, and the first examples in words."""

    found: list[Part]
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Tried:
    combinations: int = 0
    moments: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


def prove(conventions: Conventions, among: Sequence[str]) -> tuple[list[Proof], list[Finding], int]:
    """Route every combination of facts for the établissements of the agreements `among`.

    Returns what was tried for each agreement, the findings, and the total of combinations, each counted once.
    """
    return _Prover(conventions, among).run()


class _Prover:
    def __init__(self, conventions: Conventions, among: Sequence[str]) -> None:
        self.conventions, self.among = conventions, among
        self.tried = {one: _Tried() for one in among}
        self.places: Counter[str] = Counter()
        self.faults: dict[tuple[str, str, str, str], _Fault] = {}
        self.conflicts: dict[tuple[str, str], tuple[list[Part], Decision]] = {}
        self.routers: dict[tuple[Recorded, ...], tuple[Router, Router]] = {}
        self.total = 0

    def run(self) -> tuple[list[Proof], list[Finding], int]:
        for whole in place_classes(self.conventions, self.among):
            self.places.update(one for one in whole.conventions if one in self.tried)
            for moment in moments(self.conventions, whole.example):
                self._moment(whole, moment)
        proofs = [
            Proof(name, self.places[name], one.moments, one.combinations, tuple(sorted(one.statuses.items())))
            for name, one in self.tried.items()
        ]
        return proofs, [*self._told(), *self._together()], self.total

    def _moment(self, whole: PlaceClass, moment: Moment) -> None:
        if moment.recorded not in self.routers:
            self.routers[moment.recorded] = tuple(Router(self.conventions, moment.recorded) for _ in "ab")  # type: ignore[assignment]
        router, again = self.routers[moment.recorded]
        checked: dict[int, str | None] = {}
        count, statuses = 0, Counter[str]()
        for service, activity in itertools.product(self.conventions.services, self.conventions.activities):
            answering = parts(self.conventions, whole.example, moment, service, activity)
            facts = axes(self.conventions, answering)
            times = (
                (moment.outside, moment.inside)
                if timed(answering, whole.example) and moment.inside
                else (moment.outside,)
            )
            for opened_at in times:
                sheet = _Sheet(self, whole, answering, facts, (service, activity), opened_at)
                for decision, times_seen in sheet.fill(router, again, checked).items():
                    statuses[decision] += times_seen
                    count += times_seen
        self.total += count
        for name in whole.conventions:
            if name in self.tried:
                one = self.tried[name]
                one.combinations += count
                one.moments += 1
                one.statuses.update(statuses)

    # --- findings ---

    def fault(self, whole: PlaceClass, answering: list[Part], key: tuple[str, str], what: str, example: str) -> None:
        """Record a fault of a cell, under the first of its agreements that is checked."""
        names = [one.id for one, _ in answering] or list(whole.conventions)
        name = next((one for one in names if one in self.tried), names[0])
        kept = self.faults.setdefault((name, *key, what), _Fault(answering))
        kept.count += 1
        if len(kept.examples) < _EXAMPLES:
            kept.examples.append(example)

    def _told(self) -> Iterator[Finding]:
        for (name, service, activity, what), fault in self.faults.items():
            convention = self.conventions[name]
            cell = next((cell for one, cell in fault.found if one.id == name), None)
            at = cell_place(convention, cell) if cell is not None and cell.file else place(convention, "")
            yield found(
                convention,
                "proof",
                "erreur",
                at,
                f"{service} / {activity}",
                f"{self._title(service, activity)} : {what} ({fault.count} combinaisons).",
            ).about(((service, activity),), items=tuple(fault.examples))

    def _together(self) -> Iterator[Finding]:
        """Findings on services that two agreements in force for one établissement give to different parties."""
        for (service, activity), (answering, decision) in self.conflicts.items():
            convention, cell = next((pair for pair in answering if pair[0].id in self.tried), answering[0])
            titles = enumeration([f"« {one.title} »" for one, _ in answering])
            yield found(
                convention,
                "two-parties",
                "avertissement",
                cell_place(convention, cell),
                f"{service} / {activity}",
                f"{self._title(service, activity)} : {titles} valent ensemble pour un même établissement et donnent la "
                f"même chose à {enumeration(decision.candidates)} ({references(decision.citations)}).",
            ).about(
                ((service, activity),),
                items=tuple(f"« {one.quote} » ({references((one,))})" for one in decision.citations),
            )

    def _title(self, service: str, activity: str) -> str:
        return f"{capital(self.conventions.services[service])}, {small(self.conventions.activities[activity])}"


class _Sheet:
    """All combinations of facts for one établissement, moment, service and activity, and their answers."""

    def __init__(
        self,
        prover: _Prover,
        whole: PlaceClass,
        answering: list[Part],
        facts: Axes,
        key: tuple[str, str],
        opened_at: datetime,
    ) -> None:
        self.prover, self.whole, self.answering, self.facts = prover, whole, answering, facts
        self.key, self.opened_at = key, opened_at
        self.answers: dict[Values, Decision] = {}
        # The part shared by rows that differ only in facts that no cell asks for.
        self.asked = tuple(len(values) > 2 for values in facts)

    def fill(self, router: Router, again: Router, checked: dict[int, str | None]) -> Counter[str]:
        """Route all combinations twice and check the answers; returns the number of answers of each status."""
        rows = list(combinations(self.facts, bool(self.answering)))
        requests = [self._request(row) for row in rows]
        statuses: Counter[str] = Counter()
        same: set[tuple[int, int]] = set()
        found_ = [self._route(router, request) for request in requests]
        seconds = [self._route(again, request) for request in reversed(requests)]
        for row, decision, second in zip(rows, found_, reversed(seconds), strict=True):
            if isinstance(decision, Exception) or isinstance(second, Exception):
                self._fault(row, f"le programme échoue : {decision if isinstance(decision, Exception) else second!r}")
                statuses["exception"] += 1
                continue
            statuses[decision.status] += 1
            self.answers[row] = decision
            if (id(decision), id(second)) not in same:
                if decision != second:
                    self._fault(row, "deux routages de la même demande ne donnent pas la même réponse")
                same.add((id(decision), id(second)))
            if id(decision) not in checked:
                checked[id(decision)] = self._wrong(decision)
            wrong = checked[id(decision)]
            if wrong is not None:
                self._fault(row, wrong)
            if decision.status == "conflict" and len(self.answering) > 1:
                self.prover.conflicts.setdefault(self.key, (self.answering, decision))
        if len(self.answers) == len(rows):
            self._complete()
        return statuses

    def _request(self, row: Values) -> Request:
        facts: dict[str, Any] = dict(zip(FACTS, row, strict=True))
        return Request(
            etablissement=self.whole.example,
            service=self.key[0],
            activity=self.key[1],
            opened_at=self.opened_at,
            **facts,
        )

    @staticmethod
    def _route(router: Router, request: Request) -> Decision | Exception:
        try:
            return router.route(request)
        except Exception as error:  # an exception of the router is a fault to report
            return error

    def _wrong(self, decision: Decision) -> str | None:
        """The fault of a decision taken by itself, in words; None where it has none."""
        conventions = [self.prover.conventions[name] for name in self.whole.conventions]
        bodies = [one.parties.get(decision.party) for one in conventions]
        if decision.status not in _STATUSES:
            return f"issue inconnue, « {decision.status} »"
        if not any(body is not None and not body.contributor_only for body in bodies):
            return f"« {decision.party} » n’est pas une partie de l’accord qui puisse répondre"
        if decision.convention not in self.whole.conventions:
            return "la réponse ne vient d’aucun accord de l’établissement"
        known = self.prover.conventions
        if not any(
            one.document in known and one.ref.strip() and one.quote.strip() and one.kind in _KINDS
            for one in decision.citations
        ):
            return "la réponse ne cite aucune clause complète"
        if (decision.status == "needs_info") != bool(decision.missing):
            return "il manque un fait sans qu’on le demande, ou l’inverse"
        return None

    # --- missing facts, checked by completing them ---

    def _complete(self) -> None:
        """Check `missing` and `candidates` of every row against the rows that complete it."""
        if not any(self.asked):
            first = next(iter(self.answers.values()))
            if any(decision is not first and decision != first for decision in self.answers.values()):
                self._fault(next(iter(self.answers)), "un fait qu’aucune règle n’interroge change la réponse")
            return
        base: dict[Values, Decision] = {}
        for row, decision in self.answers.items():
            plain = tuple(value if asked else None for value, asked in zip(row, self.asked, strict=True))
            if base.setdefault(plain, decision) != decision:
                self._fault(row, "un fait qu’aucune règle n’interroge change la réponse")
        values = [self._completing(index) for index in range(len(FACTS))]
        for row, decision in base.items():
            self._check_missing(base, row, decision, values)

    def _completing(self, index: int) -> tuple[Value, ...]:
        """The values that an unknown fact may turn out to have; none where a clause gives the value to assume.

        Where nobody knows who paid, it is the collectivité or the établissement (note 4), or a payer that a clause
        tests, whoever that is: a class of payers is left out only where no clause speaks of it.
        """
        fact, answering = FACTS[index], self.answering
        assumed = fact == "experimentation" or all(fact in dict(cell.assume) for _, cell in answering)
        if not self.asked[index] or assumed:
            return ()
        if fact != "acquired_by":
            return self.facts[index][1:]
        own = {
            own_party(role, one.etablissements[self.whole.example], one.parties)
            for one, _ in answering
            for role in PAYING
        }
        paying = {signature(self.prover.conventions, answering, fact, name) for name in own}
        return tuple(
            value
            for value in self.facts[index][1:]
            if tested(self.prover.conventions, answering, fact, value)
            or signature(self.prover.conventions, answering, fact, value) in paying
        )

    def _check_missing(
        self, base: dict[Values, Decision], row: Values, decision: Decision, values: list[tuple[Value, ...]]
    ) -> None:
        unknown = [index for index, value in enumerate(row) if value is None and values[index]]
        if not unknown:
            if decision.status == "needs_info":
                self._fault(row, "tous les faits utiles sont connus, et la réponse en demande encore")
            return
        answers: dict[Values, Decision] = {}
        for completion in itertools.product(*(values[index] for index in unknown)):
            whole = list(row)
            for index, value in zip(unknown, completion, strict=True):
                whole[index] = value
            answers[completion] = base[tuple(whole)]
        outcomes = {self._answer(one) for one in answers.values()}
        if len(outcomes) == 1:
            if self._answer(decision) != next(iter(outcomes)) or decision.missing:
                self._fault(row, "ce qui manque ne change rien, et la réponse n’est pas celle des faits complets")
            return
        wanted = tuple(FACTS[index] for at, index in enumerate(unknown) if self._changes(answers, at))
        if decision.status != "needs_info" or decision.missing != wanted:
            asked = enumeration(decision.missing) or "rien"
            self._fault(row, f"la réponse peut dépendre de {enumeration(wanted)}, et il est demandé {asked}")
        parties = {name for one in answers.values() for name in (self._several(one) or (one.party,))}
        if decision.status == "needs_info" and set(decision.candidates) != parties:
            self._fault(row, "les parties annoncées ne sont pas celles des réponses possibles")

    def _several(self, decision: Decision) -> tuple[str, ...]:
        return decision.candidates if len(self.answering) > 1 else ()

    def _answer(self, decision: Decision) -> tuple[object, ...]:
        return decision.status, decision.party, frozenset(self._several(decision))

    def _changes(self, answers: dict[Values, Decision], at: int) -> bool:
        """Whether two completions that differ in this fact only get different answers."""
        seen: dict[Values, tuple[object, ...]] = {}
        for completion, decision in answers.items():
            rest, answer = completion[:at] + completion[at + 1 :], self._answer(decision)
            if seen.setdefault(rest, answer) != answer:
                return True
        return False

    def _fault(self, row: Values, what: str) -> None:
        facts = [f"{fact} = {value}" for fact, value in as_facts(row).items() if value is not None]
        at = f"{self.whole.example}, le {self.opened_at:%d/%m/%Y %H:%M}"
        example = f"{at} : {enumeration(facts) or 'aucun fait connu'}"
        self.prover.fault(self.whole, self.answering, self.key, what, example)


def proved(conventions: Conventions, among: Iterable[str]) -> int:
    """The number of combinations that the proof tries; a convenience for tests."""
    return prove(conventions, tuple(among))[2]
