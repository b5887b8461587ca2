"""Compare two matrices cell by cell: two agreements, or two versions of one agreement. Pure.

Parties are compared by their role in the agreement (the académie, the département, the établissement itself), so that
two académies that do the same work count as equal. Clauses are compared within one agreement only, since two texts
never have the same words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from matrix.conventions import Conventions
from matrix.model import Case, Cell, Citation, Convention, Provenance, Test, Version, Vocabulary
from matrix.owners import body_of
from matrix.places import excluded, with_exclusions
from matrix.sentences import condition
from matrix.values import parse
from matrix.wording import enumeration, named, reference

Aspect = Literal["parties", "value", "conditions", "contributors", "provenance", "clauses"]

#: The aspects in which two cells may differ, in the order in which reports list them.
ASPECTS: Mapping[Aspect, str] = {
    "parties": "qui répond",
    "value": "la mention",
    "conditions": "à quelle condition",
    "contributors": "le concours",
    "provenance": "d’où vient la case",
    "clauses": "les clauses",
}
PROVENANCES: Mapping[Provenance, str] = {
    "printed": "imprimé dans le texte",
    "derived": "déduit d’une clause",
    "default": "le texte ne le dit pas",
}
#: The phrases for cells that settle no party.
_UNSETTLED = {
    "to_qualify": "à qualifier par le guichet",
    "not_applicable": "sans objet",
    "conflict": "conflit",
    "arbitration": "au cas par cas",
    "out_of_scope": "hors de l’accord",
}
NBSP = "\u00a0"
#: The word shown for a service that an agreement names in order to exclude it (ENT, I.1).
EXCLUDED = "hors de l’accord"


class NoVersion(LookupError):
    """Raised when the agreement has no version yet on a day; `first` is its first day."""

    def __init__(self, convention_id: str, first: date) -> None:
        self.first = first
        super().__init__(convention_id)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: one version of one agreement."""

    convention: Convention
    version: Version
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says of a cell, in French, except `value` (the annexe's word) and `parties` (ids).

    `who` names the bodies that may answer, `answer` gives each with its condition, `helpers` names the contributors.
    """

    value: str
    parties: tuple[str, ...]
    who: str
    answer: str
    helpers: str
    provenance: Provenance
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect in which two cells differ, and what each side says of it."""

    aspect: Aspect
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """One cell on both sides; without `differences`, the two sides say the same."""

    section: str
    service: str
    activity: str
    a: Said
    b: Said
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Alone:
    """A service that only one side names, with the cells that this side settles."""

    section: str
    service: str
    cells: tuple[tuple[str, Said], ...]  # (activity, what the side says of it)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A whole comparison: every cell of the services that both sides name, in the vocabulary's order, and the rest."""

    a: Side
    b: Side
    services: Mapping[str, str]  # labels, of both sides
    activities: Mapping[str, str]
    lines: tuple[ComparedCell, ...]
    only_a: tuple[Alone, ...]
    only_b: tuple[Alone, ...]

    @property
    def differing(self) -> tuple[ComparedCell, ...]:
        """The cells that differ."""
        return tuple(line for line in self.lines if line.differences)

    def by_aspect(self) -> dict[Aspect, int]:
        """The number of cells that differ in each aspect; aspects without a difference are left out."""
        counts = Counter(one.aspect for line in self.lines for one in line.differences)
        return {aspect: counts[aspect] for aspect in ASPECTS if counts[aspect]}

    def moves(self) -> list[tuple[str, str, int]]:
        """(who answers on side a, who answers on side b, number of cells), the largest number first."""
        moved = Counter((one.a, one.b) for line in self.lines for one in line.differences if one.aspect == "parties")
        return [(*pair, count) for pair, count in sorted(moved.items(), key=lambda item: (-item[1], item[0]))]


def side(conventions: Conventions, convention_id: str, on: date) -> Side:
    """The version of an agreement that applies on a day, even if the agreement itself no longer binds.

    Raises `KeyError` where the agreement is unknown, `NoVersion` before its first version.
    """
    convention = conventions[convention_id]
    version = convention.version_on(on)
    if version is None:
        raise NoVersion(convention_id, convention.versions[0].on)
    return Side(convention, version, conventions.vocabulary)


def compare(a: Side, b: Side) -> Comparison:
    """Compare two sides cell by cell."""
    services = {**b.vocabulary.services, **a.vocabulary.services}
    sections = _sections(a.vocabulary, b.vocabulary)
    in_a, in_b = _named(a), _named(b)
    lines, only_a, only_b = [], [], []
    for section, listed in sections.items():
        for service in listed:
            if service in in_a and service in in_b:
                lines += [_line(a, b, section, service, activity) for activity in a.vocabulary.activities]
            elif service in in_a:
                only_a.append(_alone(a, section, service))
            elif service in in_b:
                only_b.append(_alone(b, section, service))
    return Comparison(a, b, services, a.vocabulary.activities, tuple(lines), tuple(only_a), tuple(only_b))


def _sections(a: Vocabulary, b: Vocabulary) -> dict[str, list[str]]:
    """The services of both vocabularies, section by section; services without a section come last."""
    found: dict[str, list[str]] = {}
    for vocabulary in (a, b):
        for section, services in vocabulary.sections.items():
            known = found.setdefault(section, [])
            known += [service for service in services if service not in known]
    placed = {service for services in found.values() for service in services}
    others = [name for name in {**a.services, **b.services} if name not in placed]
    return {**found, "hors-annexe-2": [*found.get("hors-annexe-2", ()), *others]}


def _named(one: Side) -> set[str]:
    """The services that a side names: rows of its table, services of its cells, exclusions."""
    rows = {name for section in one.convention.sections for name in one.vocabulary.sections.get(section, ())}
    return rows | {service for service, _ in one.version.cells} | set(one.convention.exclusions)


def _alone(one: Side, section: str, service: str) -> Alone:
    cells = [(activity, _cell(one, service, activity)) for activity in one.vocabulary.activities]
    return Alone(section, service, tuple((activity, _said(one, cell)) for activity, cell in cells if cell.value))


def _line(a: Side, b: Side, section: str, service: str, activity: str) -> ComparedCell:
    left, right = _cell(a, service, activity), _cell(b, service, activity)
    said, other = _said(a, left), _said(b, right)
    told: dict[Aspect, tuple[bool, str, str]] = {
        "parties": (_parties(a, left) != _parties(b, right), said.who, other.who),
        "value": (_value(a, left) != _value(b, right), _mention(a, said.value), _mention(b, other.value)),
        "conditions": (_conditions(left) != _conditions(right), _when(a, left), _when(b, right)),
        "contributors": (
            _helpers(a, left) != _helpers(b, right),
            said.helpers or "personne",
            other.helpers or "personne",
        ),
        "provenance": (_provenance_differs(said, other), PROVENANCES[said.provenance], PROVENANCES[other.provenance]),
        "clauses": (_clauses_differ(a, b, said, other), quoted(said.citations), quoted(other.citations)),
    }
    found = (Difference(aspect, *words) for aspect, (differs, *words) in told.items() if differs)
    return ComparedCell(section, service, activity, said, other, tuple(found))


def _cell(one: Side, service: str, activity: str) -> Cell:
    """The cell of a service and activity; for an excluded or blank one, a cell that says what that means."""
    left_out = excluded(one.convention, service, None)
    if left_out is not None:
        return Cell(service, activity, EXCLUDED, "derived", (Case((), "out_of_scope", None, left_out),), left_out)
    return with_exclusions(one.convention, one.convention.cell(one.version, service, activity))


# --- what is compared -------------------------------------------------------------------------------------------------


def _key(one: Side, party: str | None) -> str:
    """The key by which parties of two agreements are compared. The établissement itself has three ids but one key."""
    body = body_of(party or one.convention.desk, one.convention.parties)
    return "*" if body is not None and body.organisation == "*" else party or ""


def _parties(one: Side, cell: Cell) -> frozenset[tuple[object, ...]]:
    """Every answer that the cell may give, under any condition."""
    return frozenset(
        (case.status, _key(one, case.party), frozenset(_key(one, name) for name in case.candidates), case.via)
        for case in cell.cases
    )


def _value(one: Side, cell: Cell) -> tuple[str, str]:
    """The annexe's word and the content of its note, not its number: two agreements number their notes differently."""
    if cell.value == EXCLUDED:
        return EXCLUDED, ""
    value = parse(cell.value)
    note = one.convention.notes.get(value.note) if value.note is not None else None
    return value.word, note[0].quote if note else ""


def _conditions(cell: Cell) -> tuple[object, ...]:
    return tuple(case.tests for case in cell.cases), frozenset(cell.assume)


def _helpers(one: Side, cell: Cell) -> frozenset[tuple[str, tuple[Test, ...]]]:
    return frozenset(
        (_key(one, part.party), (*case.tests, *part.when)) for case in cell.cases for part in case.contributors
    )


def _provenance_differs(said: Said, other: Said) -> bool:
    """Whether two sides that both say something take it from different sources.

    A side that says nothing is left out, since the difference of value already shows it.
    """
    return said.provenance != other.provenance and "default" not in (said.provenance, other.provenance)


def _clauses_differ(a: Side, b: Side, said: Said, other: Said) -> bool:
    if a.convention.id != b.convention.id or "default" in (said.provenance, other.provenance):
        return False  # a blank cell has no clause to compare
    return {(one.ref, one.quote) for one in said.citations} != {(one.ref, one.quote) for one in other.citations}


# --- in words ---------------------------------------------------------------------------------------------------------


def _said(one: Side, cell: Cell) -> Said:
    cases = cell.cases
    parties = [name for case in cases for name in ([case.party] if _settled(case) else case.candidates) if name]
    return Said(
        cell.value,
        tuple(dict.fromkeys(parties)),
        _who(one, cases),
        _answers(one, cell),
        _helping(one, cell),
        cell.provenance,
        _citations(one, cell),
    )


def _who(one: Side, cases: Iterable[Case]) -> str:
    """The bodies that may answer, in the agreement's order, then what is left open; equal sets give equal words."""
    order = list(one.convention.parties)
    told = sorted(cases, key=lambda case: order.index(case.party) if _settled(case) and case.party in order else 99)
    return enumeration(list(dict.fromkeys(_answer(one, case) for case in told)), last="ou")


def _settled(case: Case) -> bool:
    return case.status == "routed" and case.party is not None


def _answers(one: Side, cell: Cell) -> str:
    """The answers in French: « l’académie si l’utilisateur est administratif ; le Département dans les autres cas »."""
    told = []
    for rank, case in enumerate(cell.cases):
        when = condition(one.convention, case.tests) or ("dans les autres cas" if rank else "")
        told.append(f"{_answer(one, case)} {when}".rstrip())
    return " ; ".join(told)


def _answer(one: Side, case: Case) -> str:
    if _settled(case):
        return _name(one, case.party)
    said = _UNSETTLED.get(case.status, case.status)
    if case.via == "editeur":
        return f"{said}, l’éditeur aide directement"
    names = [_name(one, name) for name in case.candidates]
    return f"{said} entre {enumeration(names)}" if names else said


def _helping(one: Side, cell: Cell) -> str:
    found: dict[tuple[str, str], None] = {}
    for case in cell.cases:
        for part in case.contributors:
            found[_name(one, part.party), condition(one.convention, (*case.tests, *part.when))] = None
    return " ; ".join(f"{name} {when}".rstrip() for name, when in found)


def _when(one: Side, cell: Cell) -> str:
    if len(cell.cases) == 1 and not cell.cases[0].tests:
        return "dans tous les cas"
    supposed = [_supposed(one, fact, value) for fact, value in cell.assume]
    return " ; ".join([_answers(one, cell), *supposed])


def _supposed(one: Side, fact: str, value: str | bool) -> str:
    kind: Literal["role", "is"] = "role" if value in ("EN", "CL", "Etab") else "is"
    return f"faute de le savoir, comme {condition(one.convention, (Test(fact, value, kind),))}"


def _mention(one: Side, value: str) -> str:
    if value == EXCLUDED:
        return "service exclu de l’accord"
    if not value:
        return "case en blanc"
    note = parse(value).note
    clause = one.convention.notes[note][0] if note is not None and note in one.convention.notes else None
    return _marks(value) + (f", note : {_marks(clause.reading or clause.quote)}" if clause else "")


def _name(one: Side, party: str | None) -> str:
    name = party or one.convention.desk
    body = body_of(name, one.convention.parties)
    return named(one.convention, body) if body else name


def _citations(one: Side, cell: Cell) -> tuple[Citation, ...]:
    """Every place of the text on which the cell rests; for a blank cell, the clause on who runs the desk (I.4)."""
    cases = (citation for case in cell.cases for citation in case.citations)
    helpers = (citation for case in cell.cases for part in case.contributors for citation in part.citations)
    found = tuple(dict.fromkeys((*cell.citations, *cases, *helpers)))
    return found or (one.convention.desk_clause,)


def quoted(citations: Iterable[Citation]) -> str:
    """Citations with their words: « article II.2 : « … » ; annexe 2 : « … » »."""
    return " ; ".join(f"{reference(one)} : {_marks(one.quote)}" if one.quote else reference(one) for one in citations)


def _marks(words: str) -> str:
    """Words between « and », joined by no-break spaces so that no mark is alone at the end of a line."""
    return f"«{NBSP}{words}{NBSP}»"
