"""Data files -> `Convention`. Every fault is told with its file, its line and what was expected; all faults at once.

An agreement is a folder of TOML files: `convention.toml` (the whole), `clauses.toml` (places of the text), one file of
cells a version, `etablissements.toml`; and where the text has them `categories.toml`, `equipment.toml`,
`glossary.toml`, `contacts.toml`, `guidance.toml`, `networks.toml`, `fees.toml`, `claims.toml`. `docs/conventions.md`
describes the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from matrix.days import SchoolCalendar, SchoolHoliday, years_after
from matrix.files.toml_lines import Entry, File, some
from matrix.model import (
    FACTS,
    Case,
    CategoryLine,
    Cell,
    ChangeRule,
    Citation,
    Claim,
    Contact,
    Contributor,
    Convention,
    EquipmentLine,
    Etablissement,
    FeeBand,
    Guidance,
    Network,
    Opening,
    PartyBody,
    Point,
    Provenance,
    Replaceable,
    SchoolTime,
    Status,
    Term,
    Terms,
    Test,
    Transfer,
    Version,
    Vocabulary,
)
from matrix.uai import checked_uai, expected_uai, uai_like
from matrix.values import DEPENDS, ValueFault, cases_of, parse

#: The vocabulary's section of services that annexe 2 does not name.
OTHER_SECTION = "hors-annexe-2"

SHIPPED = Path(__file__).parent / "conventions"
CALENDAR = SHIPPED / "school-calendar.toml"
#: No school holiday lasts so long: a year is wrong.
_HOLIDAY_MAX = timedelta(days=120)

_DAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
_SPAN = re.compile(r"([01]\d:[0-5]\d|2[0-3]:[0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d)")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
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


def with_services(vocabulary: Vocabulary, services: Mapping[str, str]) -> Vocabulary:
    """The vocabulary with more services, in the section of those that annexe 2 does not name."""
    new = {name: label for name, label in services.items() if name not in vocabulary.services}
    if not new:
        return vocabulary
    sections = {**vocabulary.sections, OTHER_SECTION: (*vocabulary.sections.get(OTHER_SECTION, ()), *new)}
    return replace(vocabulary, services={**vocabulary.services, **new}, sections=sections)


def load_calendar(path: Path = CALENDAR) -> SchoolCalendar:
    """The days without class of each zone, as a file of `[[holiday]]` gives them; raises `ConventionError`."""
    faults: list[str] = []
    holidays = []
    file = File(path, faults)
    for entry in file.entries("holiday"):
        one = SchoolHoliday(
            entry.take("zone", str, one_of=("A", "B", "C")),
            entry.take("name", str),
            entry.take("first", date),
            entry.take("last", date),
        )
        if one.last < one.first:
            entry.fault("last", "« last » précède « first »")
        elif one.last - one.first > _HOLIDAY_MAX:
            entry.fault(
                "last", f"ces vacances durent plus de {_HOLIDAY_MAX.days} jours : une année est fausse, peut-être"
            )
        entry.only()
        holidays.append(one)
    for stranger in file.data.keys() - {"holiday"}:
        file.fault(1, f"« {stranger} » n'a pas de sens ici ; attendu : [[holiday]]")
    if not holidays and not faults:
        file.fault(1, "aucune [[holiday]] : tous les jours passeraient pour des jours de classe")
    if faults:
        raise ConventionError(faults)
    return SchoolCalendar(holidays, path)


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
        self.public_only: set[tuple[str, str]] = set()
        self.lines: dict[str, tuple[str, int]] = {}
        self.role_clauses: list[Citation] = []
        self.table_ref = "annexe-2"
        self.id = folder.name

    def file(self, name: str) -> File:
        return File(self.folder / name, self.faults)

    def read(self) -> Convention:
        main = self.file("convention.toml")
        whole = main.whole()
        own = self.own_services(whole)
        self.vocabulary = with_services(self.vocabulary, own)
        self.id = whole.take("id", str)
        if self.id != self.folder.name:
            whole.fault("id", f"« id » : {self.folder.name!r} attendu, comme le dossier")
        self.read_clauses()
        self.read_parties(main)
        desk = whole.take("desk", str, one_of=self.parties)
        self.desk = desk
        duration = whole.take("duration_clause", str)
        whole.take("validity", dict)
        self.table_ref = whole.take("table_ref", str, "annexe-2")
        self.read_notes(main)
        self.read_categories()
        versions = tuple(sorted(self.read_versions(main), key=lambda version: version.on))
        if not versions and not self.faults:
            main.fault(1, "aucune [[version]]")
        cited = self.clause(whole, "duration_clause", duration)
        convention = Convention(
            id=self.id,
            title=whole.take("title", str),
            source=whole.take("source", str, ""),
            desk=desk,
            desk_clause=self.cite_one(whole, "desk_clause", "default"),
            object_clause=self.cite_one(whole, "object_clause", "default"),
            duration_clause=cited,
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
            terms=self.read_terms(main, cited),
            table_ref=self.table_ref,
            contacts=tuple(self.read_contacts()),
            guidance=tuple(self.read_guidance()),
            points=tuple(self.read_points()),
            networks=tuple(self.read_networks()),
            fees=tuple(self.read_fees()),
            claims=tuple(self.read_claims()),
            school_time=self.read_school_time(main, whole),
            public_only=frozenset(self.public_only),
            lines=self.lines,
            own_services=own,
            role_clauses=tuple(self.role_clauses),
            folder=self.folder,
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
            "change",
            "school_time",
        }
        whole.only()
        return convention

    # --- clauses and citations ---

    def read_clauses(self) -> None:
        for entry in self.file("clauses.toml").entries("clause"):
            name = entry.take("id", str)
            if name in self.clauses:
                entry.fault("id", f"clause {name!r} déjà donnée")
            self.clauses[name] = found = self.citation(
                entry, entry.take("kind", str, "derived", one_of=("printed", "derived"))
            )
            if entry.take("sector", str, None, one_of=("public",)) == "public":
                self.public_only.add((found.ref, found.quote))
            self.at(entry, f"clause:{name}")
            entry.only()

    def at(self, entry: Entry, what: str) -> None:
        """Remember where a thing is written, for who checks the agreement."""
        self.lines.setdefault(what, (entry.file.name, entry.line))

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

    def own_services(self, whole: Entry) -> Mapping[str, str]:
        """`[services]`: what this agreement names and the shared vocabulary does not, id -> label."""
        own: dict[str, str] = {}
        for name, label in whole.take("services", dict, {}).items():
            if not _ID.fullmatch(name) or not isinstance(label, str) or not label.strip():
                whole.fault(name, f"[services] : {name!r} veut un id en minuscules et tirets, et un libellé")
            elif self.vocabulary.services.get(name, label) != label:
                known = self.vocabulary.services[name]
                whole.fault(name, f"[services] : {name!r} est déjà « {known} » ; prenez ce libellé, ou un autre id")
            else:
                own[name] = label
        return own

    def read_terms(self, main: File, duration: Citation) -> Terms:
        """`[validity]`, and the clauses on renewal, notice, change and termination."""
        entry = Entry(main, main.data.get("validity", {}), main.line_of("[validity]"), "validity")
        self.at(entry, "validity")
        starts = entry.take("starts", date)
        years = entry.take("years", int, None)
        ends = entry.take("ends", date, None)
        tacit = entry.take("tacit_renewal", bool, False)
        notice = entry.take("notice_months", int, None)
        if years is not None and years < 1:
            entry.fault("years", "« years » : un nombre d'années, 1 au moins")
        elif ends is None and years is not None and not tacit:
            ends = years_after(starts, years) - timedelta(days=1)
        if tacit and (years is None or ends is not None):
            entry.fault("tacit_renewal", "une reconduction tacite veut « years », la durée d'une période sans « ends »")
        if ends is not None and ends < starts:
            entry.fault("ends", "« ends » précède « starts »")
        terms = Terms(
            starts=starts,
            years=years,
            ends=ends,
            tacit_renewal=tacit,
            notice_months=notice,
            start_is=entry.take("start_is", str, "text", one_of=("text", "deliberation")),
            signed_on=entry.take("signed_on", date, None),
            signature=self.maybe_clause(entry, "signature_clause"),
            duration=duration,
            renewal=self.maybe_clause(entry, "renewal_clause"),
            notice=self.maybe_clause(entry, "notice_clause"),
            modification=self.maybe_clause(entry, "modification_clause"),
            termination=self.maybe_clause(entry, "termination_clause"),
            changes=tuple(self.read_changes(main)),
        )
        entry.only()
        return terms

    def read_changes(self, main: File) -> Iterator[ChangeRule]:
        for entry in main.entries("change"):
            yield ChangeRule(
                entry.take("kind", str, one_of=("annexe", "avenant")),
                tuple(entry.take("signatories", list, one_of=self.parties)),
                tuple(entry.take("refs", list, [])),
                self.cites(entry),
            )
            entry.only()

    def maybe_clause(self, entry: Entry, key: str) -> Citation | None:
        name = entry.take(key, str, None)
        return None if name is None else self.clause(entry, key, name)

    def read_parties(self, main: File) -> None:
        for entry in main.entries("party"):
            name = entry.take("id", str, one_of=self.vocabulary.parties)
            role = self.vocabulary.parties.get(name, "EN")
            self.parties[name] = PartyBody(
                name,
                role,
                entry.take("name", str),
                entry.take("organisation", str),
                entry.take("contributor_only", bool, False),
            )
            self.at(entry, f"party:{name}")
            entry.only()

    def read_notes(self, main: File) -> None:
        for entry in main.entries("note"):
            self.at(entry, f"note:{entry.row.get('number')}")
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
            self.role_clauses.append(self.clause(entry, "clause", entry.take("clause", str)))
            found[entry.take("role", str)] = frozenset(self.services(entry))
            entry.only()
        return found

    def read_accounts(self, main: File, whole: Entry) -> frozenset[str]:
        row = whole.take("accounts", dict, {})
        if not row:
            return frozenset()
        entry = Entry(main, row, 1, "accounts")
        self.role_clauses.append(self.clause(entry, "clause", entry.take("clause", str)))
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
                reference_college=entry.take("reference_college", str, None),
                reference_college_uai=entry.take("reference_college_uai", str, None),
            )
            self.at(entry, f"etablissement:{place.id}")
            for key, uai in (("id", place.id), ("reference_college_uai", place.reference_college_uai or "")):
                if uai_like(uai) and uai != checked_uai(uai):
                    entry.fault(key, f"« {key} » : {uai!r} n'est pas un UAI juste ; attendu : {expected_uai(uai)!r}")
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
            self.at(entry, f"category:{name}")
            self.categories[name] = CategoryLine(
                name, entry.take("label", str), entry.take("administrative", bool), self.citation(entry, "printed")
            )
            entry.only()

    def read_equipment(self) -> Iterator[EquipmentLine]:
        if not (self.folder / "equipment.toml").exists():
            return
        for index, entry in enumerate(self.file("equipment.toml").entries("equipment")):
            self.at(entry, f"equipment:{index}")
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

    # --- what a ticket needs beside its cell ---

    def optional(self, name: str, table: str) -> Iterator[Entry]:
        """The entries of a file that an agreement may do without; each remembers its line."""
        if (self.folder / name).exists():
            for index, entry in enumerate(self.file(name).entries(table)):
                self.at(entry, f"{table}:{index}")
                yield entry
                entry.only()

    def read_contacts(self) -> Iterator[Contact]:
        for entry in self.optional("contacts.toml", "contact"):
            yield Contact(
                entry.take("party", str, one_of=self.parties),
                entry.take("label", str),
                entry.take("phone", str, ""),
                entry.take("online", str, ""),
                tuple(self.opening(entry, row) for row in entry.take("hours", list, [])),
                frozenset(entry.take("services", list, [], one_of=self.vocabulary.services)),
                self.cites(entry),
            )

    def opening(self, entry: Entry, row: Any) -> Opening:
        """`{ days = "lun-ven", spans = ["08:30-12:30"] }`."""
        if not isinstance(row, dict):
            entry.fault("hours", "« hours » : des tables { days, spans } attendues")
            return Opening((), ())
        part = Entry(entry.file, row, entry.line_of("hours") - 1, "hours")
        first, _, last = str(part.take("days", str)).partition("-")
        last = last or first
        if first not in _DAYS or last not in _DAYS or _DAYS.index(first) > _DAYS.index(last):
            part.fault("days", f"« days » : un jour ou « lun-ven » attendu, parmi {some(list(_DAYS))}")
            return Opening((), ())
        spans = []
        for text in part.take("spans", list):
            found = _SPAN.fullmatch(str(text))
            if found is None or found[1] >= found[2]:
                part.fault("spans", f"« spans » : « 08:30-12:30 » attendu, {text!r} trouvé")
                continue
            spans.append((found[1], found[2]))
        part.only()
        return Opening(tuple(range(_DAYS.index(first), _DAYS.index(last) + 1)), tuple(spans))

    def read_guidance(self) -> Iterator[Guidance]:
        for entry in self.optional("guidance.toml", "guidance"):
            yield Guidance(
                entry.take("id", str),
                entry.take("title", str),
                entry.take("text", str),
                frozenset(entry.take("services", list, one_of=self.vocabulary.services)),
                frozenset(entry.take("activities", list, [], one_of=self.vocabulary.activities)),
                self.tests(entry, entry.take("when", dict, {})),
                self.cites(entry),
                entry.take("deadline_hours", int, None),
                entry.take("incident", str, ""),
            )

    def read_points(self) -> Iterator[Point]:
        for entry in self.optional("networks.toml", "point"):
            yield Point(
                entry.take("kind", str, one_of=("point", "antenne")),
                entry.take("name", str),
                entry.take("commune", str),
                entry.take("departement", str),
                self.clause(entry, "clause", entry.take("clause", str)),
            )

    def read_networks(self) -> Iterator[Network]:
        for entry in self.optional("networks.toml", "network"):
            yield Network(
                entry.take("departement", str),
                entry.take("name", str),
                self.clause(entry, "clause", entry.take("clause", str)),
            )

    def read_fees(self) -> Iterator[FeeBand]:
        for entry in self.optional("fees.toml", "fee"):
            least, most = entry.take("least", int, None), entry.take("most", int, None)
            if least is not None and most is not None and least > most:
                entry.fault("least", "« least » dépasse « most »")
            yield FeeBand(
                least,
                most,
                entry.take("euros", int),
                entry.take("year", int),
                self.clause(entry, "clause", entry.take("clause", str)),
            )

    def read_claims(self) -> Iterator[Claim]:
        for entry in self.optional("claims.toml", "claim"):
            value = entry.row.get("value")
            entry.seen.add("value")
            if type(value) not in (str, int):
                entry.fault("value", "« value » : un texte ou un nombre entier attendu")
                value = "?"
            assert isinstance(value, str | int)
            yield Claim(entry.take("subject", str), value, self.clause(entry, "clause", entry.take("clause", str)))

    def read_school_time(self, main: File, whole: Entry) -> SchoolTime | None:
        row = whole.take("school_time", dict, {})
        if not row:
            return None
        entry = Entry(main, row, main.line_of("[school_time]"), "school_time")
        self.at(entry, "school_time")
        found = SchoolTime(
            frozenset(self.services(entry)),
            frozenset(entry.take("activities", list, one_of=self.vocabulary.activities)),
            entry.take("zone", str, one_of=("A", "B", "C")),
            self.clause(entry, "clause", entry.take("clause", str)),
        )
        entry.only()
        return found

    # --- cells ---

    def read_versions(self, main: File) -> Iterator[Version]:
        for entry in main.entries("version"):
            on = entry.take("on", date)
            self.at(entry, f"version:{on}")
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
                citations = (self.printed(value), *citations)
            shown = citations or tuple(citation for case in cases for citation in case.citations)[:1]
            entry.seen |= {"contributors", "candidates"}
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
        if value == DEPENDS:
            if not rows:
                entry.fault("value", "« selon » veut des [[cell.case]]")
            return tuple(
                self.case(Entry(file, row, line, "cell.case"), citations)
                for row, line in zip(rows, lines, strict=False)
            )
        if rows:
            entry.fault("value", f"seul « selon » a des [[cell.case]], pas {value!r}")
        if provenance == "printed":
            citations = (self.printed(value), *citations)
        candidates = tuple(entry.take("candidates", list, [], one_of=self.parties))
        try:
            return cases_of(parse(value), self.parties, self.notes, citations, self.contributors(entry), candidates)
        except ValueFault as fault:
            entry.fault("value", f"« value » : {fault}")
            return ()

    def printed(self, value: str) -> Citation:
        """The words of the table itself."""
        return Citation(self.id, self.table_ref, "printed", value)

    def case(self, entry: Entry, citations: tuple[Citation, ...]) -> Case:
        party = entry.take("party", str, None, one_of=self.parties)
        status: Status = entry.take("status", str, "routed", one_of=_EXPLICIT_STATUSES)
        if (party is None) == (status == "routed"):
            entry.fault("party", "un cas donne une « party », ou un autre « status »")
        if party is not None and party in self.parties and self.parties[party].contributor_only:
            entry.fault("party", f"{party!r} ne répond de rien : « contributor_only »")
        candidates = tuple(entry.take("candidates", list, [], one_of=self.parties))
        if status == "conflict" and len(candidates) < 2:
            entry.fault("status", "« conflict » veut ses « candidates » : les parties que les clauses nomment")
        tests = self.tests(entry, entry.take("when", dict, {}))
        own = self.cites(entry, [])
        case = Case(
            tests,
            status,
            party,
            tuple(dict.fromkeys((*own, *citations))),
            self.contributors(entry),
            entry.take("via", str, None),
            candidates,
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
