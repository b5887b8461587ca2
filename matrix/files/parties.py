"""Read `[[party]]`, `[[body]]`, `[[note]]`, `[[opens]]` and `[accounts]`: who signs, who does what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, File, some
from matrix.model import Body, PartyBody, Role

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: The longest id of a party that an agreement declares itself.
_ID_MAX = 20


def read_parties(folder: Folder, main: File) -> None:
    """Fill in `folder.parties` from `[[party]]` and `[[body]]`, and the roles of the parties that no list has."""
    moves = main.data.get("transfer", [])
    moves = [one for one in moves if isinstance(one, dict)] if isinstance(moves, list) else []
    successors = {one["to"] for one in moves if isinstance(one.get("to"), str)}
    bodies = _bodies(main)
    known: dict[Any, int] = {}
    named: dict[str, str] = {}
    for entry in main.entries("party"):
        entry.once("id", known)
        name = entry.take("id", str)
        role = _role(folder, entry, name)
        mine = tuple(one for one, _ in bodies if one.party == name)
        called = entry.take("name", str)
        organisation = entry.take("organisation", str, *([""] if mine else []))
        if (organisation == "*") != (role == "Etab"):
            wanted = "« * », l'établissement lui-même" if role == "Etab" else "l'identifiant de l'organisme"
            entry.fault("organisation", f"« organisation » : {organisation!r} pour un rôle {role} ; attendu : {wanted}")
        folder.parties[name] = PartyBody(
            name,
            role,
            called,
            organisation,
            entry.take("contributor_only", bool, False),
            name in successors,
            entry.take("short", str, ""),
            mine,
        )
        _one_name(entry, named, organisation, called)
        folder.at(entry, f"party:{name}")
        entry.only()
    folder.vocabulary = folder.vocabulary.with_parties(folder.own_roles)
    for body, entry in bodies:
        if body.party not in folder.parties:
            entry.fault("party", f"« party » : {body.party!r} inconnu ; attendu : {some(list(folder.parties))}")
        _one_name(entry, named, body.organisation, body.name)


def _role(folder: Folder, entry: Entry, name: str) -> Role:
    """The role of a party: that of the shared list, or the one that the agreement gives to a party of its own."""
    shared = folder.vocabulary.shared_parties.get(name)
    said: Role | None = entry.take("role", str, None, one_of=("EN", "CL", "Etab"))
    if shared is not None:
        if said not in (None, shared):
            entry.fault("role", f"« role » : {name!r} est {shared} dans tous les accords ; attendu : {shared}, ou rien")
        return shared
    if "id" in entry.row and (said is None or not _ID.fullmatch(name) or len(name) > _ID_MAX):
        listed = some(list(folder.vocabulary.shared_parties))
        entry.fault(
            "id",
            f"« id » : {name!r} inconnu ; attendu : {listed} ; ou un id à vous, en minuscules et tirets, de {_ID_MAX} "
            "caractères au plus, avec son « role » : EN, CL ou Etab",
        )
    return folder.own_roles.setdefault(name, said or "EN")


def _bodies(main: File) -> list[tuple[Body, Entry]]:
    """`[[body]]`: the several bodies of one party, such as the communes, each with its line."""
    found: list[tuple[Body, Entry]] = []
    known: dict[Any, int] = {}
    for entry in main.entries("body"):
        entry.once("organisation", known)
        body = Body(entry.take("party", str), entry.take("organisation", str), entry.take("name", str))
        entry.only()
        found.append((body, entry))
    return found


def _one_name(entry: Entry, named: dict[str, str], organisation: str, name: str) -> None:
    """Report an organisation that has two names in one agreement; `named` holds the names met so far."""
    if organisation and organisation != "*" and named.setdefault(organisation, name) != name:
        entry.fault("name", f"« name » : {organisation!r} est déjà « {named[organisation]} » ; un seul nom attendu")


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
