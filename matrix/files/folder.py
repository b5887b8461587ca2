"""The folder of an agreement while it is read: its files, and the names that later files may refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matrix.files.toml_lines import Entry, File
from matrix.model import CategoryLine, Citation, PartyBody, Provenance, Role, Vocabulary

#: A place of a text: an article, an annexe, the preamble; « P » or « M » says which of two texts.
PLACE = re.compile(r"(?:[PM]-?)?(?:(?:\d+|[IVXLC]+)(?:\.\d+)*|preambule|deliberation|annexe(?:-[a-z0-9]+)+)")
_PLACES = "« 4.1 », « II.2 », « annexe-2 », « annexe-2-note-3 », « preambule », « deliberation », « P3.1 »"


class Folder:
    """What the readers of an agreement's files share.

    `vocabulary`, `clauses`, `parties`, `notes` and `categories` are what the other files may name; each is filled in
    by the reader of its own file, in the order that `matrix.files.agreement` sets. Faults are appended to `faults`.
    """

    def __init__(self, path: Path, vocabulary: Vocabulary, faults: list[str]) -> None:
        self.path, self.vocabulary, self.faults = path, vocabulary, faults
        self.id = path.name
        self.own_roles: dict[str, Role] = {}
        self.tests_owner = False  # whether some condition asks who owns the établissement
        self.table_ref = "annexe-2"
        self.clauses: dict[str, Citation] = {}
        self.parties: dict[str, PartyBody] = {}
        self.notes: dict[int, tuple[Citation, str | None, str | None]] = {}
        self.categories: dict[str, CategoryLine] = {}
        self.public_only: set[tuple[str, str]] = set()
        self.lines: dict[str, tuple[str, int]] = {}
        self.role_clauses: list[Citation] = []

    def file(self, name: str) -> File:
        """A file that the agreement must have; its absence is a fault."""
        return File(self.path / name, self.faults)

    def optional(self, name: str, table: str) -> Iterator[Entry]:
        """The entries of a file that an agreement may do without; each remembers its line."""
        if (self.path / name).exists():
            for index, entry in enumerate(self.file(name).entries(table)):
                self.at(entry, f"{table}:{index}")
                yield entry
                entry.only()

    def at(self, entry: Entry, what: str) -> None:
        """Record where an element is written, for the checks of the agreement (`matrix.checks`)."""
        self.lines.setdefault(what, (entry.file.name, entry.line))

    def services(self, entry: Entry) -> list[str]:
        """The services that an entry lists under `services`."""
        services: list[str] = entry.take("services", list, one_of=self.vocabulary.services)
        if entry.row.get("services") == []:
            entry.fault("services", "« services » : au moins un service attendu")
        return services

    # --- clauses and citations ---

    def citation(self, entry: Entry, kind: Provenance) -> Citation:
        """The place of the text that an entry quotes itself (`ref`, `quote`, `reading`)."""
        quote = entry.take("quote", str)
        if not quote.strip():
            entry.fault("quote", "« quote » est vide : une citation courte et exacte est attendue")
        ref = entry.take("ref", str)
        if "ref" in entry.row and not PLACE.fullmatch(ref):
            entry.fault("ref", f"« ref » : {ref!r} n'est pas un endroit d'un texte ; attendu : {_PLACES}")
        return Citation(self.id, ref, kind, quote, entry.take("reading", str, None))

    def clause(self, entry: Entry, key: str, name: str) -> Citation:
        """The clause of `clauses.toml` of this name; an unknown one is a fault on `key`."""
        found = self.clauses.get(name)
        if found is None:
            entry.fault(key, f"clause {name!r} inconnue ; attendu : une clause de clauses.toml")
            return Citation(self.id, "?", "derived", "?")
        return found

    def clause_of(self, entry: Entry) -> Citation:
        """The clause that an entry names under `clause`."""
        return self.clause(entry, "clause", entry.take("clause", str))

    def maybe_clause(self, entry: Entry, key: str) -> Citation | None:
        """The clause that an entry names under a key that it may leave out."""
        name = entry.take(key, str, None)
        return None if name is None else self.clause(entry, key, name)

    def default_clause(self, entry: Entry, key: str) -> Citation:
        """The clause named under a key, as a decision cites it where no other clause settles the ticket."""
        found = self.clause(entry, key, entry.take(key, str))
        return Citation(found.document, found.ref, "default", found.quote, found.reading)

    def cites(self, entry: Entry, default: Any = ()) -> tuple[Citation, ...]:
        """The clauses that an entry names under `cites`."""
        return tuple(self.clause(entry, "cites", name) for name in entry.texts("cites", default))
