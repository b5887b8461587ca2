"""Read `[[party]]`, `[[note]]`, `[[opens]]` and `[accounts]` of convention.toml: the parties and their parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, File
from matrix.model import PartyBody


def read_parties(folder: Folder, main: File) -> None:
    """Fill in `folder.parties` from `[[party]]`."""
    moves = main.data.get("transfer", [])
    successors = {one.get("to") for one in moves if isinstance(one, dict)} if isinstance(moves, list) else set()
    known: dict[Any, int] = {}
    for entry in main.entries("party"):
        entry.once("id", known)
        name = entry.take("id", str, one_of=folder.vocabulary.parties)
        role = folder.vocabulary.parties.get(name, "EN")
        folder.parties[name] = PartyBody(
            name,
            role,
            entry.take("name", str),
            entry.take("organisation", str),
            entry.take("contributor_only", bool, False),
            name in successors,
        )
        folder.at(entry, f"party:{name}")
        entry.only()


def read_notes(folder: Folder, main: File) -> None:
    """Fill in `folder.notes`: number of a note under the table -> (clause, party, via)."""
    known: dict[Any, int] = {}
    for entry in main.entries("note"):
        entry.once("number", known)
        folder.at(entry, f"note:{entry.row.get('number')}")
        folder.notes[entry.take("number", int)] = (
            folder.clause_of(entry),
            entry.take("party", str, None, one_of=folder.parties),
            entry.take("via", str, None, one_of=("editeur",)),
        )
        entry.only()


def read_opens(folder: Folder, main: File) -> Mapping[str, frozenset[str]]:
    """The services for which each role opens tickets (annexe 5), by role."""
    found = {}
    known: dict[Any, int] = {}
    for entry in main.entries("opens"):
        entry.once("role", known)
        folder.role_clauses.append(folder.clause_of(entry))
        found[entry.take("role", str, one_of=("reseau", "cmi", "chef"))] = frozenset(folder.services(entry))
        entry.only()
    return found


def read_accounts(folder: Folder, main: File, whole: Entry) -> frozenset[str]:
    """The services whose tickets are about accounts (annexe 5)."""
    row = whole.take("accounts", dict, {})
    if not row:
        return frozenset()
    entry = Entry(main, row, 1, "accounts")
    folder.role_clauses.append(folder.clause_of(entry))
    return frozenset(folder.services(entry))
