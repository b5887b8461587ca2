"""The matrix as a table: the rows that `guichet matrix show` and the page « Qui fait quoi » show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matrix.conventions import Conventions
from matrix.model import Cell, Citation, Convention, Provenance


@dataclass(frozen=True, slots=True)
class TableRow:
    """One cell as shown: the annexe's word, its provenance, the first place that says so, and all such places."""

    section: str
    service: str
    activity: str
    value: str  # EN, CL, Etab, « CL ou Etab (4) », « sans objet », « selon », or empty: nobody settles it
    provenance: Provenance
    ref: str
    quote: str
    citations: tuple[Citation, ...]
    cell: Cell | None


def rows(conventions: Conventions, convention_id: str) -> Iterator[TableRow]:
    """Every cell of an agreement's latest version, in the order of annexe 2: each service, then its activities.

    An agreement without table lists the services that its cells name. `KeyError` where it is unknown.
    """
    convention = conventions[convention_id]
    version = convention.versions[-1]
    for section, services in _services(conventions, convention).items():
        for service in services:
            for activity in conventions.activities:
                cell = version.cells.get((service, activity))
                citations = _shown(convention, cell)
                yield TableRow(
                    section,
                    service,
                    activity,
                    cell.value if cell else "",
                    cell.provenance if cell else "default",
                    citations[0].ref,
                    citations[0].quote,
                    citations,
                    cell,
                )


def row(conventions: Conventions, convention_id: str, service: str, activity: str) -> TableRow | None:
    """What an agreement's latest version settles of one service and activity; None where it settles nothing.

    The rows under which a text names a service without a row of its own count too (`Convention.cell`).
    """
    convention = conventions[convention_id]
    cell = convention.cell(convention.versions[-1], service, activity)
    if cell.provenance == "default" or service in convention.exclusions:
        return None
    section = next((name for name, services in conventions.sections.items() if service in services), "")
    citations = _shown(convention, cell)
    first = citations[0]
    return TableRow(section, service, activity, cell.value, cell.provenance, first.ref, first.quote, citations, cell)


def _services(conventions: Conventions, convention: Convention) -> dict[str, tuple[str, ...]]:
    named = {service for service, _ in convention.versions[-1].cells}
    found = {}
    for section, services in conventions.sections.items():
        kept = services if section in convention.sections else tuple(name for name in services if name in named)
        if kept:
            found[section] = kept
    return found


def _shown(convention: Convention, cell: Cell | None) -> tuple[Citation, ...]:
    if cell is None:
        return (convention.desk_clause,)
    more = (citation for case in cell.cases for citation in case.citations)
    helpers = (citation for case in cell.cases for part in case.contributors for citation in part.citations)
    found = tuple(dict.fromkeys((*cell.citations, *more, *helpers)))
    return (convention.desk_clause, *found) if cell.provenance == "default" else found


def quotes(convention: Convention) -> list[Citation]:
    """The citations of every place of the text that an agreement's data quote."""
    found = dict.fromkeys(convention.clauses.values())
    found.update((line.citation, None) for line in convention.categories.values())
    found.update((line.citation, None) for line in convention.equipment)
    for version in convention.versions:
        for cell in version.cells.values():
            found.update((citation, None) for citation in _shown(convention, cell))
    return list(found)
