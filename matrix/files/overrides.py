"""Read the rules of convention.toml that override cells: exclusions, transfers, replaceable products, school time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, File
from matrix.model import Citation, Near, Replaceable, SchoolTime, Transfer, Version


def read_exclusions(folder: Folder, main: File, versions: Iterable[Version]) -> Mapping[str, tuple[Citation, ...]]:
    """`[[exclusion]]`: a service that the agreement leaves out -> the clauses that say so (I.1)."""
    found: dict[str, tuple[Citation, ...]] = {}
    settled = {service: cell for version in versions for (service, _), cell in version.cells.items()}
    for entry in main.entries("exclusion"):
        citations, services = folder.cites(entry), folder.services(entry)
        for service in services:
            if service in found:
                entry.fault("services", f"« services » : {service!r} déjà exclu ; une seule [[exclusion]] attendue")
            if service in settled:
                at = f"{settled[service].file}:{settled[service].line}"
                entry.fault(
                    "services", f"« services » : {service!r} est exclu, et {at} le règle ; attendu : l'un ou l'autre"
                )
        found.update(dict.fromkeys(services, citations))
        entry.only()
    return found


def read_near(folder: Folder, main: File) -> Mapping[str, Near]:
    """`[[near]]`: the services that clauses name and that have no row, with these clauses and the rows they are in."""
    found: dict[str, Near] = {}
    for entry in main.entries("near"):
        rows = entry.take("rows", list, [], one_of=folder.vocabulary.services)
        near = Near(folder.cites(entry), tuple(rows))
        for service in folder.services(entry):
            if service in found:
                entry.fault("services", f"« services » : {service!r} a déjà sa [[near]] ; une seule attendue")
            found[service] = near
        entry.only()
    return found


def read_homonyms(main: File) -> tuple[str, ...]:
    """`[[homonym]]`: passages of the text where the word for a service means another thing; `why` is for readers."""
    found = []
    for entry in main.entries("homonym"):
        found.append(entry.take("quote", str))
        if not entry.take("why", str).strip():
            entry.fault("why", "« why » : dites ce que le mot désigne dans ce passage")
        entry.only()
    return tuple(found)


def read_transfers(folder: Folder, main: File) -> Iterator[Transfer]:
    """`[[transfer]]`: maintenance that may pass to another party (I.2)."""
    for entry in main.entries("transfer"):
        yield Transfer(
            frozenset(folder.services(entry)),
            entry.take("activity", str, one_of=folder.vocabulary.activities),
            entry.take("from", str, one_of=folder.parties),
            entry.take("to", str, one_of=folder.parties),
            entry.take("warning", str, one_of=("cite-scolaire",)),
            folder.cites(entry),
        )
        entry.only()


def read_replaceables(folder: Folder, main: File) -> Iterator[Replaceable]:
    """`[[replaceable]]`: products that a party keeps until another one is in place (II.2)."""
    for entry in main.entries("replaceable"):
        yield Replaceable(
            entry.take("product", str),
            entry.take("label", str),
            frozenset(folder.services(entry)),
            entry.take("activity", str, one_of=folder.vocabulary.activities),
            folder.cites(entry),
        )
        entry.only()


def read_school_time(folder: Folder, main: File, whole: Entry) -> SchoolTime | None:
    """`[school_time]`: the cells that apply « pendant le temps scolaire » only; None where there is no such clause."""
    row = whole.take("school_time", dict, {})
    if not row:
        return None
    entry = Entry(main, row, main.line_of("[school_time]"), "school_time")
    folder.at(entry, "school_time")
    found = SchoolTime(
        frozenset(folder.services(entry)),
        frozenset(entry.take("activities", list, one_of=folder.vocabulary.activities)),
        entry.take("zone", str, one_of=("A", "B", "C")),
        folder.clause_of(entry),
    )
    entry.only()
    return found
