"""The matrix as a table: the rows that `guichet matrix show` and the page « Qui fait quoi » show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from matrix.conventions import Conventions
from matrix.model import Case, Cell, Citation, Convention, Provenance, Recorded
from matrix.places import at, holds_at, passing, with_exclusions


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


def rows(
    conventions: Conventions, convention_id: str, place: str | None = None, recorded: Iterable[Recorded] = ()
) -> Iterator[TableRow]:
    """Every cell of an agreement's latest version, in the order of annexe 2: each service, then its activities.

    An agreement without table lists the services that its cells name. With `place`, each cell is as it stands at that
    établissement: what is said of other kinds is left out, transfers hold, those of `recorded` too, and a product that
    `recorded` says is replaced has nobody. `KeyError` where the agreement is unknown.
    """
    convention = conventions[convention_id]
    standing = _standing(convention, place, recorded)
    version = convention.versions[-1]
    for section, services in _services(conventions, convention).items():
        for service in services:
            for activity in conventions.activities:
                cell = standing(version.cells.get((service, activity)))
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


def _standing(
    convention: Convention, place: str | None, recorded: Iterable[Recorded]
) -> Callable[[Cell | None], Cell | None]:
    """What becomes of a cell at an établissement; with none, the cell with what it excludes in some of them."""
    at_place = convention.etablissements.get(place or "")
    facts = [one for one in recorded if one.convention == convention.id]
    known = {one.subject for one in facts if one.kind == "transferred"}
    gone = {one.subject for one in facts if one.kind == "replaced"}
    passes = passing(convention, at_place, known.__contains__) if at_place is not None else None

    def cell_there(cell: Cell | None) -> Cell | None:
        if cell is None:
            return None
        if passes is None:
            return with_exclusions(convention, cell)
        for one in convention.replaceables if gone else ():
            named = one.product in gone and cell.service in one.services and cell.activity == one.activity
            if named and all(holds_at(test, passes.place, convention.parties) for test in one.when):
                return replace(cell, cases=(Case((), "to_qualify", None, one.citations),))
        whole = passes.at(with_exclusions(convention, cell))
        return at(whole, passes.place, convention.parties)

    return cell_there


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
