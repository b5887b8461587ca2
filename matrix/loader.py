"""Data files -> `Convention`. Every fault is told with its file, its line and what was expected; all faults at once.

An agreement is a folder of TOML files: `convention.toml` (the whole), `clauses.toml` (places of the text), one file of
cells a version, `etablissements.toml`, `categories.toml`, `equipment.toml`, `glossary.toml`. `docs/conventions.md`
describes the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from matrix.model import (
    FACTS,
    Case,
    CategoryLine,
    Cell,
    Citation,
    Contributor,
    Convention,
    EquipmentLine,
    Etablissement,
    PartyBody,
    Provenance,
    Replaceable,
    Status,
    Term,
    Test,
    Transfer,
    Version,
    Vocabulary,
)
from matrix.toml_lines import Entry, File, some

SHIPPED = Path(__file__).parent / "conventions"

_NOTE = re.compile(r"^(?P<word>sans objet|CL ou Etab|EN|CL|Etab) \((?P<note>\d+)\)$")
_VALUES = ("EN", "CL", "Etab", "CL ou Etab", "sans objet", "selon", "")
_BOOLEAN_FACTS = ("inventoried", "in_referentiel", "experimentation", "under_warranty")
_EXPLICIT_STATUSES = ("routed", "to_qualify", "not_applicable", "conflict", "arbitration", "out_of_scope")


class ConventionError(ValueError):
    """An agreement's files cannot be used; `faults` lists them all, each « file:line: what, and what was expected »."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def load_vocabulary(path: Path = SHIPPED / "vocabulary.toml") -> Vocabulary:
    """The shared ids and labels; raises `ConventionError`."""
    faults: list[str] = []
    data = File(path, faults).data
    if faults:
        raise ConventionError(faults)
    sections = {name: tuple(services) for name, services in data["services"].items()}
    return Vocabulary(
        parties=data["parties"],
        activities=data["activities"],
        services={service: label for services in data["services"].values() for service, label in services.items()},
        sections=sections,
        user_categories=tuple(data["user_categories"]),
    )


def load_convention(folder: Path, vocabulary: Vocabulary) -> Convention:
    """One agreement from its folder; raises `ConventionError` that names every fault."""
    faults: list[str] = []
    convention = _Reader(folder, vocabulary, faults).read()
    if faults:
        raise ConventionError(faults)
    return convention


def folders(root: Path) -> list[Path]:
    """The agreements' folders under `root`, in the order of their names."""
    return sorted(path.parent for path in root.glob("*/convention.toml"))


class _Reader:
    def __init__(self, folder: Path, vocabulary: Vocabulary, faults: list[str]) -> None:
        self.folder, self.vocabulary, self.faults = folder, vocabulary, faults
        self.clauses: dict[str, Citation] = {}
        self.parties: dict[str, PartyBody] = {}
        self.notes: dict[int, tuple[Citation, str | None, str | None]] = {}
        self.categories: dict[str, CategoryLine] = {}
        self.id = folder.name

    def file(self, name: str) -> File:
        return File(self.folder / name, self.faults)

    def read(self) -> Convention:
        main = self.file("convention.toml")
        whole = main.whole()
        self.id = whole.take("id", str)
        if self.id != self.folder.name:
            whole.fault("id", f"« id » : {self.folder.name!r} attendu, comme le dossier")
        self.read_clauses()
        self.read_parties(main)
        desk = whole.take("desk", str, one_of=self.parties)
        self.desk = desk
        duration = whole.take("duration_clause", str)
        validity = Entry(main, whole.take("validity", dict), 1, "fichier")
        starts, ends = self.read_validity(validity)
        self.read_notes(main)
        self.read_categories()
        versions = tuple(sorted(self.read_versions(main), key=lambda version: version.on))
        if not versions and not self.faults:
            main.fault(1, "aucune [[version]]")
        convention = Convention(
            id=self.id,
            title=whole.take("title", str),
            source=whole.take("source", str, ""),
            desk=desk,
            desk_clause=self.cite_one(whole, "desk_clause", "default"),
            object_clause=self.cite_one(whole, "object_clause", "default"),
            duration_clause=self.clause(whole, "duration_clause", duration),
            starts=starts,
            ends=ends,
            sections=tuple(whole.take("sections", list, [], one_of=self.vocabulary.sections)),
            parties=self.parties,
            versions=versions,
            clauses=self.clauses,
            notes=self.notes,
            exclusions=self.read_exclusions(main),
            transfers=tuple(self.read_transfers(main)),
            replaceables=tuple(self.read_replaceables(main)),
            opens=self.read_opens(main),
            account_services=self.read_accounts(main, whole),
            etablissements=self.read_etablissements(),
            categories=self.categories,
            equipment=tuple(self.read_equipment()),
            glossary=tuple(self.read_glossary()),
        )
        whole.seen |= {
            "version",
            "party",
            "note",
            "exclusion",
            "transfer",
            "replaceable",
            "opens",
            "accounts",
        }
        whole.only()
        return convention

    # --- clauses and citations ---

    def read_clauses(self) -> None:
        for entry in self.file("clauses.toml").entries("clause"):
            name = entry.take("id", str)
            if name in self.clauses:
                entry.fault("id", f"clause {name!r} déjà donnée")
            self.clauses[name] = self.citation(entry, entry.take("kind", str, "derived", one_of=("printed", "derived")))
            entry.only()

    def citation(self, entry: Entry, kind: Provenance) -> Citation:
        quote = entry.take("quote", str)
        if not quote.strip():
            entry.fault("quote", "« quote » est vide : une citation courte et exacte est attendue")
        return Citation(self.id, entry.take("ref", str), kind, quote, entry.take("reading", str, None))

    def clause(self, entry: Entry, key: str, name: str) -> Citation:
        found = self.clauses.get(name)
        if found is None:
            entry.fault(key, f"clause {name!r} inconnue ; attendu : une clause de clauses.toml")
            return Citation(self.id, "?", "derived", "?")
        return found

    def cite_one(self, entry: Entry, key: str, kind: Provenance) -> Citation:
        found = self.clause(entry, key, entry.take(key, str))
        return Citation(found.document, found.ref, kind, found.quote, found.reading)

    def cites(self, entry: Entry, default: Any = ()) -> tuple[Citation, ...]:
        return tuple(self.clause(entry, "cites", name) for name in entry.take("cites", list, default))

    # --- the agreement as a whole ---

    def read_validity(self, entry: Entry) -> tuple[date, date | None]:
        starts = entry.take("starts", date)
        years = entry.take("years", int, 0)
        ends = entry.take("ends", date, None)
        if entry.take("tacit_renewal", bool, False):
            return starts, None
        if ends is None and years:
            ends = date.fromordinal(starts.replace(year=starts.year + years).toordinal() - 1)
        return starts, ends

    def read_parties(self, main: File) -> None:
        for entry in main.entries("party"):
            name = entry.take("id", str, one_of=self.vocabulary.parties)
            role = self.vocabulary.parties.get(name, "EN")
            self.parties[name] = PartyBody(name, role, entry.take("name", str), entry.take("organisation", str))
            entry.only()

    def read_notes(self, main: File) -> None:
        for entry in main.entries("note"):
            self.notes[entry.take("number", int)] = (
                self.clause(entry, "clause", entry.take("clause", str)),
                entry.take("party", str, None, one_of=self.parties),
                entry.take("via", str, None),
            )
            entry.only()

    def services(self, entry: Entry) -> list[str]:
        services: list[str] = entry.take("services", list, one_of=self.vocabulary.services)
        return services

    def read_exclusions(self, main: File) -> Mapping[str, tuple[Citation, ...]]:
        found = {}
        for entry in main.entries("exclusion"):
            citations = self.cites(entry)
            found.update(dict.fromkeys(self.services(entry), citations))
            entry.only()
        return found

    def read_transfers(self, main: File) -> Iterator[Transfer]:
        for entry in main.entries("transfer"):
            yield Transfer(
                frozenset(self.services(entry)),
                entry.take("activity", str, one_of=self.vocabulary.activities),
                entry.take("from", str, one_of=self.parties),
                entry.take("to", str, one_of=self.parties),
                entry.take("warning", str, one_of=("cite-scolaire",)),
                self.cites(entry),
            )
            entry.only()

    def read_replaceables(self, main: File) -> Iterator[Replaceable]:
        for entry in main.entries("replaceable"):
            yield Replaceable(
                entry.take("product", str),
                entry.take("label", str),
                frozenset(self.services(entry)),
                entry.take("activity", str, one_of=self.vocabulary.activities),
                self.cites(entry),
            )
            entry.only()

    def read_opens(self, main: File) -> Mapping[str, frozenset[str]]:
        found = {}
        for entry in main.entries("opens"):
            self.clause(entry, "clause", entry.take("clause", str))
            found[entry.take("role", str)] = frozenset(self.services(entry))
            entry.only()
        return found

    def read_accounts(self, main: File, whole: Entry) -> frozenset[str]:
        row = whole.take("accounts", dict, {})
        if not row:
            return frozenset()
        entry = Entry(main, row, 1, "accounts")
        self.clause(entry, "clause", entry.take("clause", str))
        return frozenset(self.services(entry))

    def read_etablissements(self) -> Mapping[str, Etablissement]:
        found: dict[str, Etablissement] = {}
        for entry in self.file("etablissements.toml").entries("etablissement"):
            place = Etablissement(
                id=entry.take("id", str),
                name=entry.take("name", str),
                commune=entry.take("commune", str),
                kind=entry.take("kind", str, "college"),
                sector=entry.take("sector", str, "public", one_of=("public", "private")),
                cite_scolaire=entry.take("cite_scolaire", bool, False),
                sites=tuple(entry.take("sites", list, [])),
                departement=entry.take("departement", str, None),
                departement_name=entry.take("departement_name", str, None),
            )
            if place.id in found:
                entry.fault("id", f"établissement {place.id!r} déjà donné")
            found[place.id] = place
            entry.only()
        return found

    def read_categories(self) -> None:
        if not (self.folder / "categories.toml").exists():
            return
        for entry in self.file("categories.toml").entries("category"):
            name = entry.take("id", str, one_of=self.vocabulary.user_categories)
            self.categories[name] = CategoryLine(
                name, entry.take("label", str), entry.take("administrative", bool), self.citation(entry, "printed")
            )
            entry.only()

    def read_equipment(self) -> Iterator[EquipmentLine]:
        if not (self.folder / "equipment.toml").exists():
            return
        for entry in self.file("equipment.toml").entries("equipment"):
            yield EquipmentLine(
                entry.take("id", str),
                entry.take("label", str),
                self.citation(entry, "printed"),
                entry.take("own_funds_on_request", bool, False),
            )
            entry.only()

    def read_glossary(self) -> Iterator[Term]:
        if not (self.folder / "glossary.toml").exists():
            return
        for entry in self.file("glossary.toml").entries("term"):
            yield Term(entry.take("term", str), entry.take("meaning", str), entry.take("remark", str, ""))
            entry.only()

    # --- cells ---

    def read_versions(self, main: File) -> Iterator[Version]:
        for entry in main.entries("version"):
            on = entry.take("on", date)
            cells: dict[tuple[str, str], Cell] = {}
            for cell in self.read_cells(self.file(entry.take("cells", str))):
                key = (cell.service, cell.activity)
                if key in cells:
                    first = cells[key]
                    self.faults.append(f"{cell.file}:{cell.line}: {key} déjà réglé ligne {first.line}")
                cells[key] = cell
            entry.only()
            yield Version(on, cells)

    def read_cells(self, file: File) -> Iterator[Cell]:
        case_headers = [
            number for number, line in enumerate(file.lines, 1) if line.split("#")[0].strip() == "[[cell.case]]"
        ]
        used = 0
        for entry in file.entries("cell"):
            value = entry.take("value", str)
            provenance = entry.take("provenance", str, one_of=("printed", "derived", "default"))
            citations = self.cites(entry, [])
            rows = entry.take("case", list, [])
            lines = case_headers[used : used + len(rows)]
            used += len(rows)
            cases = self.cases(entry, file, value, provenance, citations, rows, lines)
            assume = self.assume(entry)
            services, activities = (
                self.services(entry),
                entry.take("activities", list, one_of=self.vocabulary.activities),
            )
            if provenance == "derived" and not citations and not all(case.citations for case in cases):
                entry.fault("provenance", "une case « derived » cite au moins une clause (« cites »)")
            if provenance == "printed":
                citations = (Citation(self.id, "annexe-2", "printed", value), *citations)
            shown = citations or tuple(citation for case in cases for citation in case.citations)[:1]
            entry.seen.add("contributors")
            entry.only()
            for service in services:
                for activity in activities:
                    yield Cell(service, activity, value, provenance, cases, shown, assume, file.name, entry.line)

    def cases(
        self,
        entry: Entry,
        file: File,
        value: str,
        provenance: Provenance,
        citations: tuple[Citation, ...],
        rows: list[Any],
        lines: list[int],
    ) -> tuple[Case, ...]:
        """The outcomes of a cell: those that its value means, or for « selon » those that it lists."""
        if value == "selon":
            if not rows:
                entry.fault("value", "« selon » veut des [[cell.case]]")
            return tuple(
                self.case(Entry(file, row, line, "cell.case"), citations)
                for row, line in zip(rows, lines, strict=False)
            )
        found = _NOTE.match(value)
        word, note = (found["word"], int(found["note"])) if found else (value, None)
        if word not in _VALUES:
            entry.fault(
                "value", f"« value » : {value!r} inconnu ; attendu : {some(list(_VALUES))}, avec (note) s'il y a lieu"
            )
            return ()
        if provenance == "printed":
            citations = (Citation(self.id, "annexe-2", "printed", value), *citations)
        party, via = None, None
        if note is not None:
            if note not in self.notes:
                entry.fault("value", f"note ({note}) inconnue ; attendu : une [[note]] de convention.toml")
                return ()
            clause, party, via = self.notes[note]
            citations = (*citations, clause)
        contributors = self.contributors(entry)
        if word == "":
            return (Case((), "to_qualify", None, citations, contributors),)
        if word == "sans objet":
            return (Case((), "not_applicable", party, citations, contributors, via),)
        if word == "CL ou Etab":
            return (
                Case((Test("acquired_by", "CL", "role"),), "routed", self.party_of("CL"), citations, contributors),
                Case((Test("acquired_by", "Etab", "role"),), "routed", self.party_of("Etab"), citations, contributors),
                Case((), "to_qualify", None, citations, contributors),
            )
        return (Case((), "routed", self.party_of(word), citations, contributors),)

    def party_of(self, role: str) -> str:
        """The party that stands for a role in this agreement: the first one listed with it."""
        for name, body in self.parties.items():
            if body.role == role:
                return name
        self.faults.append(f"{self.id}/convention.toml:1: aucune [[party]] de rôle {role}")
        return "?"

    def case(self, entry: Entry, citations: tuple[Citation, ...]) -> Case:
        party = entry.take("party", str, None, one_of=self.parties)
        status: Status = entry.take("status", str, "routed", one_of=_EXPLICIT_STATUSES)
        if (party is None) == (status == "routed"):
            entry.fault("party", "un cas donne une « party », ou un autre « status »")
        tests = self.tests(entry, entry.take("when", dict, {}))
        own = self.cites(entry, [])
        case = Case(
            tests,
            status,
            party,
            tuple(dict.fromkeys((*own, *citations))),
            self.contributors(entry),
            entry.take("via", str, None),
        )
        entry.only()
        return case

    def contributors(self, entry: Entry) -> tuple[Contributor, ...]:
        found = []
        for row in entry.take("contributors", list, []):
            part = Entry(entry.file, row, entry.line_of("contributors") - 1, "contributors")
            party = part.take("party", str, one_of=self.parties)
            found.append(Contributor(party, self.tests(part, part.take("when", dict, {})), self.cites(part)))
            part.only()
        return tuple(found)

    def assume(self, entry: Entry) -> tuple[tuple[str, str | bool], ...]:
        row = entry.take("assume", dict, {})
        for fact in row:
            if fact not in FACTS:
                entry.fault("assume", f"« assume » : fait {fact!r} inconnu ; attendu : {some(list(FACTS))}")
        return tuple(row.items())

    def tests(self, entry: Entry, when: dict[str, Any]) -> tuple[Test, ...]:
        return tuple(self.test(entry, fact, wanted) for fact, wanted in when.items())

    def test(self, entry: Entry, fact: str, wanted: Any) -> Test:
        if fact in _BOOLEAN_FACTS and isinstance(wanted, bool):
            return Test(fact, wanted, "is")
        if fact == "acquired_on" and isinstance(wanted, str):
            found = re.fullmatch(r"(after|until) (\d{4}-\d{2}-\d{2})", wanted)
            if found:
                return Test(fact, date.fromisoformat(found[2]), "after" if found[1] == "after" else "until")
        if fact == "acquired_by" and wanted in ("EN", "CL", "Etab"):
            return Test(fact, wanted, "role")
        if fact == "acquired_by" and wanted in self.vocabulary.parties:
            return Test(fact, wanted, "is")
        if fact == "user_category" and wanted in ("administrative", "other"):
            return Test(fact, wanted == "administrative", "administrative")
        if fact == "user_category" and wanted in self.vocabulary.user_categories:
            return Test(fact, wanted, "is")
        entry.fault("when", f"« when » : {fact} = {wanted!r} n'est pas une question connue")
        return Test(fact, "?", "is")
