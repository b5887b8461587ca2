"""Read `[[version]]` and the files of cells: what the agreement says of each service and activity, from which day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from matrix.files.conditions import read_assumed, read_tests
from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, File
from matrix.model import Case, Cell, Citation, Contributor, Provenance, Status, Version
from matrix.owners import OWN
from matrix.values import DEPENDS, ValueFault, cases_of, parse, party_of

_EXPLICIT_STATUSES = ("routed", "to_qualify", "not_applicable", "conflict", "arbitration", "out_of_scope")


def read_versions(folder: Folder, main: File) -> tuple[Version, ...]:
    """The versions of the cells, the earliest first."""
    return tuple(sorted(_versions(folder, main), key=lambda version: version.on))


def _versions(folder: Folder, main: File) -> Iterator[Version]:
    for entry in main.entries("version"):
        on = entry.take("on", date)
        folder.at(entry, f"version:{on}")
        cells: dict[tuple[str, str], Cell] = {}
        for cell in _cells(folder, folder.file(entry.take("cells", str))):
            key = (cell.service, cell.activity)
            if key in cells:
                first = cells[key]
                folder.faults.append(f"{cell.file}:{cell.line}: {key} déjà réglé ligne {first.line}")
            cells[key] = cell
        entry.only()
        yield Version(on, cells)


def _cells(folder: Folder, file: File) -> Iterator[Cell]:
    """The cells of a file: an entry gives one cell for each pair of its services and activities."""
    headers = iter([at for at, line in enumerate(file.lines, 1) if line.split("#")[0].strip() == "[[cell.case]]"])
    for entry in file.entries("cell"):
        value = entry.take("value", str)
        provenance: Provenance = entry.take("provenance", str, one_of=("printed", "derived", "default"))
        citations = folder.cites(entry, [])
        parts = list(entry.tables("case", "cell.case", headers))
        # The words of the table itself come before the clauses.
        words = (Citation(folder.id, folder.table_ref, "printed", value),) if provenance == "printed" else ()
        cases = _cases(folder, entry, value, parts, citations if value == DEPENDS else (*words, *citations))
        assume = read_assumed(entry)
        services = folder.services(entry)
        activities = entry.take("activities", list, one_of=folder.vocabulary.activities)
        if provenance == "derived" and not citations and not all(case.citations for case in cases):
            entry.fault("provenance", "une case « derived » cite au moins une clause (« cites »)")
        shown = (*words, *citations) or tuple(citation for case in cases for citation in case.citations)[:1]
        entry.seen |= {"contributors", "candidates"}
        entry.only()
        for service in services:
            for activity in activities:
                yield Cell(service, activity, value, provenance, cases, shown, assume, file.name, entry.line)


def _cases(
    folder: Folder, entry: Entry, value: str, parts: list[Entry], citations: tuple[Citation, ...]
) -> tuple[Case, ...]:
    """The outcomes of a cell: those that its value means, or for « selon » those that it lists."""
    if value == DEPENDS:
        if not parts:
            entry.fault("value", "« selon » veut des [[cell.case]]")
        cases = tuple(_case(folder, part, citations) for part in parts)
        _check_last(entry, parts, cases)
        return cases
    if parts:
        entry.fault("value", f"seul « selon » a des [[cell.case]], pas {value!r}")
    sides = _sides(folder, entry)
    candidates = tuple(party for party, _ in sides)
    own = (one for _, cited in sides for one in cited)
    citations = tuple(dict.fromkeys((*citations, *own)))
    try:
        means = parse(value)
        cases = cases_of(means, folder.parties, folder.notes, citations, _contributors(folder, entry), candidates)
        return tuple(replace(case, sides=_named(sides)) for case in cases)
    except ValueFault as fault:
        entry.fault("value", f"« value » : {fault}")
        return ()


def _check_last(entry: Entry, parts: list[Entry], cases: tuple[Case, ...]) -> None:
    """Refuse cases that leave requests without an answer, and a case after one that takes every request."""
    if cases and cases[-1].tests:
        entry.file.fault(
            parts[-1].line, "le dernier cas de « selon » a un « when » ; attendu : pour finir, un cas sans « when »"
        )
    for case, following in zip(cases, parts[1:], strict=False):
        if not case.tests:
            entry.file.fault(
                following.line, "ce cas vient après un cas sans « when », qui prend tout ; attendu : avant"
            )


def _case(folder: Folder, entry: Entry, citations: tuple[Citation, ...]) -> Case:
    """A `[[cell.case]]`: its own clauses come before those of its cell."""
    party = entry.take("party", str, None, one_of=[*folder.parties, *OWN])
    if party is not None:
        party = _known(folder, party)
    status: Status = entry.take("status", str, "routed", one_of=_EXPLICIT_STATUSES)
    if (party is None) == (status == "routed"):
        entry.fault("party", "un cas donne une « party », ou un autre « status »")
    if party is not None and party in folder.parties and folder.parties[party].contributor_only:
        entry.fault("party", f"{party!r} ne répond de rien : « contributor_only »")
    sides = _sides(folder, entry)
    candidates = tuple(name for name, _ in sides)
    if status == "conflict" and len(candidates) < 2:
        entry.fault("status", "« conflict » veut ses « candidates » : les parties que les clauses nomment")
    tests = read_tests(folder, entry)
    own = (*folder.cites(entry, []), *(one for _, cited in sides for one in cited))
    case = Case(
        tests,
        status,
        party,
        tuple(dict.fromkeys((*own, *citations))),
        _contributors(folder, entry),
        entry.take("via", str, None, one_of=("editeur",)),
        candidates,
        _named(sides),
    )
    entry.only()
    return case


def _sides(folder: Folder, entry: Entry) -> list[tuple[str, tuple[Citation, ...]]]:
    """`candidates`: parties, each by its id, or as a table with the clauses that name it (`party`, `cites`)."""
    listed = entry.row.get("candidates")
    if not isinstance(listed, list) or not any(isinstance(one, dict) for one in listed):
        listed = entry.take("candidates", list, [], one_of=[*folder.parties, *OWN])
        return [(_known(folder, name), ()) for name in listed]
    found = []
    for part in entry.tables("candidates", "candidates"):
        party = part.take("party", str, one_of=[*folder.parties, *OWN])
        found.append((_known(folder, party), folder.cites(part)))
        part.only()
    return found


def _known(folder: Folder, party: str) -> str:
    """A party, or for a role the party that plays it where there is one alone; the role itself where several do."""
    return (party_of(party, folder.parties) or party) if party in OWN else party


def _named(sides: list[tuple[str, tuple[Citation, ...]]]) -> tuple[tuple[str, tuple[Citation, ...]], ...]:
    """The sides of a conflict where each has its clauses; none where the file only lists the parties."""
    return tuple(sides) if all(cited for _, cited in sides) else ()


def _contributors(folder: Folder, entry: Entry) -> tuple[Contributor, ...]:
    found = []
    for part in entry.tables("contributors", "contributors"):
        party = _known(folder, part.take("party", str, one_of=[*folder.parties, *OWN]))
        found.append(Contributor(party, read_tests(folder, part), folder.cites(part)))
        part.only()
    return tuple(found)
