"""Read the rules of convention.toml that override cells: exclusions, transfers, replaceable products, school time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from matrix.files.conditions import read_place_tests, read_tests
from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, File
from matrix.model import Etablissement, Exclusion, Near, Replaceable, SchoolTime, Test, Transfer, Version
from matrix.owners import OWN

#: What the warning « cite-scolaire » wants of an établissement.
CITE = Test("kind", "cite-scolaire", "place")


def read_exclusions(folder: Folder, main: File, versions: Iterable[Version]) -> Mapping[str, tuple[Exclusion, ...]]:
    """`[[exclusion]]`: a service that the agreement leaves out, perhaps in some établissements only (I.1)."""
    found: dict[str, tuple[Exclusion, ...]] = {}
    settled = {service: cell for version in versions for (service, _), cell in version.cells.items()}
    for entry in main.entries("exclusion"):
        citations, services = folder.cites(entry), folder.services(entry)
        when = read_place_tests(folder, entry)
        for service in services:
            if any(not when or when == one.when for one in found.get(service, ())):
                entry.fault("services", f"« services » : {service!r} déjà exclu ; une seule [[exclusion]] attendue")
            if service in settled and not when:
                at = f"{settled[service].file}:{settled[service].line}"
                entry.fault(
                    "services", f"« services » : {service!r} est exclu, et {at} le règle ; attendu : l'un ou l'autre"
                )
            found[service] = (*found.get(service, ()), Exclusion(citations, when))
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


def read_transfers(folder: Folder, main: File, places: Mapping[str, Etablissement]) -> Iterator[Transfer]:
    """`[[transfer]]`: work that passes, or may pass, to another party (I.2)."""
    known: dict[str, int] = {}
    for entry in main.entries("transfer"):
        entry.once("id", known)
        found = Transfer(
            frozenset(folder.services(entry)),
            entry.take("activity", str, one_of=folder.vocabulary.activities),
            entry.take("from", str, one_of=[*folder.parties, *OWN]),
            entry.take("to", str, one_of=[*folder.parties, *OWN]),
            entry.take("warning", str, "transfer", one_of=("cite-scolaire", "transfer")),
            folder.cites(entry),
            read_tests(folder, entry),
            frozenset(entry.take("etablissements", list, [], one_of=places)),
            entry.take("recorded", bool, True),
            entry.take("id", str, ""),
        )
        if found.warning == "cite-scolaire":  # the word chooses the établissements too
            found = replace(found, when=(CITE, *(test for test in found.when if test != CITE)))
        _check_transfer(folder, entry, found)
        entry.only()
        yield found


def _check_transfer(folder: Folder, entry: Entry, found: Transfer) -> None:
    if found.source == found.target:
        entry.fault("to", f"« to » : {found.target!r} comme « from » ; attendu : une autre partie")
    if found.target in folder.parties and folder.parties[found.target].contributor_only:
        entry.fault("to", f"« to » : {found.target!r} ne répond de rien : « contributor_only »")
    if not found.citations:
        entry.fault("cites", "« cites » : un transfert cite au moins une clause")
    if found.id and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", found.id):
        entry.fault("id", f"« id » : {found.id!r} ; attendu : des minuscules, des chiffres et des traits d'union")


def read_replaceables(folder: Folder, main: File) -> Iterator[Replaceable]:
    """`[[replaceable]]`: products that a party keeps until another one is in place (II.2)."""
    for entry in main.entries("replaceable"):
        yield Replaceable(
            entry.take("product", str),
            entry.take("label", str),
            frozenset(folder.services(entry)),
            entry.take("activity", str, one_of=folder.vocabulary.activities),
            folder.cites(entry),
            read_place_tests(folder, entry),
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
        read_place_tests(folder, entry),
    )
    entry.only()
    return found
