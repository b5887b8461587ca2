"""What each passage of a signed text settles in the agreement's files: cells, rules, delays, duties, terms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from matrix.model import Case, Cell, Citation, Convention

#: Where a passage is: its reference and its words.
Passage = tuple[str, str]
Kind = Literal["cell", "rule", "delay", "duty", "term", "list"]
#: The kinds in the order in which a page shows them, and what it calls them.
KINDS: Mapping[Kind, str] = {
    "cell": "case",
    "rule": "règle",
    "delay": "délai",
    "duty": "consigne",
    "term": "clause de l’accord",
    "list": "liste",
}


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that rests on a passage: its kind, and its cell (service, activity) or a name for it in French."""

    kind: Kind
    name: str = ""
    service: str = ""
    activity: str = ""


def uses(convention: Convention) -> dict[Passage, tuple[Use, ...]]:
    """Return everything that rests on each quoted passage of an agreement, each use once, cells first."""
    found: dict[Passage, dict[Use, None]] = {(one.ref, one.quote): {} for one in convention.clauses.values()}
    for kind in KINDS:
        for citations, use in _each(convention):
            if use.kind == kind:
                for one in citations:
                    found.setdefault((one.ref, one.quote), {})[use] = None
    return {passage: tuple(held) for passage, held in found.items()}


def _each(convention: Convention) -> Iterator[tuple[list[Citation], Use]]:
    for citations, use in (
        *_cells(convention),
        *_rules(convention),
        *_terms(convention),
        *_duties(convention),
        *_lists(convention),
    ):
        yield [one for one in citations if one is not None], use


def _cells(convention: Convention) -> Iterator[tuple[Iterable[Citation | None], Use]]:
    for version in convention.versions:
        for cell in version.cells.values():
            if not cell.origin:  # a cell filled in from the paper quotes the paper
                yield cell_citations(cell), Use("cell", service=cell.service, activity=cell.activity)


def cell_citations(cell: Cell) -> tuple[Citation, ...]:
    """Return the citations of a cell, of its cases and of their contributors, each once."""
    return tuple(dict.fromkeys((*cell.citations, *(one for case in cell.cases for one in _case(case)))))


def _case(case: Case) -> Iterator[Citation]:
    yield from case.citations
    for helper in case.contributors:
        yield from helper.citations


def _rules(convention: Convention) -> Iterator[tuple[Iterable[Citation | None], Use]]:
    for service, excluded in convention.exclusions.items():
        for one in excluded:
            yield one.citations, Use("rule", "hors de l’accord", service=service)
    for transfer in convention.transfers:
        said = "transfert possible" if transfer.recorded else "transfert"
        where = " dans une cité scolaire" if transfer.warning == "cite-scolaire" else ""
        yield transfer.citations, Use("rule", f"{said}{where}")
    for product in convention.replaceables:
        yield product.citations, Use("rule", f"jusqu’à : {product.label}")
    for number, (clause, _, _) in convention.notes.items():
        yield [clause], Use("rule", f"note ({number}) du tableau")
    yield convention.role_clauses, Use("rule", "qui ouvre des tickets, et sur quoi")
    if convention.school_time:
        yield [convention.school_time.citation], Use("rule", "pendant le temps scolaire")


def _terms(convention: Convention) -> Iterator[tuple[Iterable[Citation | None], Use]]:
    terms = convention.terms
    yield [convention.desk_clause], Use("rule", "qui tient le guichet")
    yield [convention.object_clause], Use("term", "objet de l’accord")
    yield [convention.duration_clause], Use("term", "durée")
    yield [terms.signature], Use("term", "signature")
    yield [terms.renewal], Use("term", "reconduction")
    yield [terms.notice], Use("delay", "préavis")
    yield [terms.modification], Use("term", "modification")
    yield [terms.termination], Use("term", "résiliation")
    for change in terms.changes:
        yield change.citations, Use("term", "modification")
    if terms.start_is == "deliberation":
        given = [one for one in convention.clauses.values() if one.ref == "deliberation"]
        yield given, Use("term", "prise d’effet")


def _duties(convention: Convention) -> Iterator[tuple[Iterable[Citation | None], Use]]:
    for one in convention.guidance:
        yield one.citations, Use("delay" if one.deadline_hours is not None else "duty", one.title)
    for obligation in convention.obligations:
        yield obligation.citations, Use("duty", obligation.title)
    for contact in convention.contacts:
        yield contact.citations, Use("duty", f"joindre : {contact.label}")
    for band in convention.fees:
        yield [band.citation], Use("rule", "contribution annuelle")
    for committee in convention.committees:
        yield committee.citations, Use("term", committee.name)
        yield committee.shares, Use("term", "les parties lisent ensemble les bilans du guichet")
        yield [seat.citation for seat in committee.seats], Use("list", f"qui siège : {committee.name}")


def _lists(convention: Convention) -> Iterator[tuple[Iterable[Citation | None], Use]]:
    for line in convention.categories.values():
        yield [line.citation], Use("list", "catégories d’utilisateurs")
    for item in convention.equipment:
        yield [item.citation], Use("list", "matériels pris en charge")
    for point in convention.points:
        yield [point.citation], Use("list", "points d’assistance")
    for network in convention.networks:
        yield [network.citation], Use("list", "réseaux d’établissements")
    for claim in convention.claims:
        yield [claim.citation], Use("list", f"ce que le texte compte : {claim.subject}")
