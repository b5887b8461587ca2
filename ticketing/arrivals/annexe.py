"""The établissements of an agreement (annexe 1), completed from the directory: verdicts, and the file that says it.

The list is part of what was signed: nothing changes here. What comes out is the agreement's `etablissements.toml` with
the new ones at its end, read back as the program will read it, to be laid once the signatories have agreed.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from matrix import Convention
from matrix.files import ConventionError, load_convention, load_vocabulary
from matrix.french import name as folded
from matrix.model import Etablissement
from ticketing.arrivals import directory
from ticketing.arrivals.directory import COLUMNS, Found
from ticketing.arrivals.lists import Listed

FILE = "etablissements.toml"
LABELS = {name: column.label for name, column in COLUMNS.items()}


class Standing(StrEnum):
    """What an établissement of the directory is to the agreement."""

    NEW = "nouveau"
    KNOWN = "déjà là"
    NAMED = "autrement nommé"
    ASIDE = "laissé de côté"
    REFUSED = "refusé"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which établissements of the directory are wanted; an empty part chooses nothing out."""

    kinds: frozenset[str] = frozenset({"college"})
    departements: frozenset[str] = frozenset()
    private: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """An établissement of the directory, what it is to the agreement, and why."""

    line: int
    uai: str
    name: str
    standing: Standing
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completed:
    """The verdict of each line, the établissements to add, and the file that adds them.

    `faults` are what the program says of the agreement with that file: a collectivité to name, for instance.
    """

    verdicts: tuple[Verdict, ...]
    added: tuple[Found, ...]
    text: str
    faults: tuple[str, ...]

    def count(self, standing: Standing) -> int:
        """Return how many lines stand so."""
        return sum(one.standing is standing for one in self.verdicts)

    @property
    def missing(self) -> bool:
        """Whether the file cannot be used as it is."""
        return bool(self.faults) or any(one.standing is Standing.REFUSED for one in self.verdicts)


def completed(convention: Convention, listed: Listed, choice: Choice) -> Completed:
    """Return what the directory adds to an agreement."""
    met = [directory.found(row) for row in listed.rows]
    known = {one.id: one for one in convention.etablissements.values()}
    words: dict[str, list[Etablissement]] = {}
    for place in known.values():
        words.setdefault(folded(f"{place.name} {place.commune}"), []).append(place)
    verdicts, added, seen = [], [], Counter[str]()
    for one in met:
        standing, why = _judged(one, known, words, choice, seen)
        if standing in (Standing.NEW, Standing.KNOWN, Standing.NAMED):
            seen[one.uai] += 1
        if standing is Standing.NEW:
            added.append(one)
        verdicts.append(Verdict(one.line, one.uai, f"{one.name}, {one.commune}".strip(", "), standing, why))
    text = _text(convention, added)
    return Completed(tuple(verdicts), tuple(added), text, _faults(convention, text) if added else ())


def _judged(
    one: Found,
    known: Mapping[str, Etablissement],
    words: Mapping[str, Sequence[Etablissement]],
    choice: Choice,
    seen: Mapping[str, int],
) -> tuple[Standing, tuple[str, ...]]:
    if aside := _aside(one, choice):
        return Standing.ASIDE, (aside,)
    if one.faults:
        return Standing.REFUSED, tuple(f"{LABELS[column]} : {sentence}" for column, sentence in one.faults.items())
    if seen.get(one.uai):
        return Standing.REFUSED, ("Une autre ligne donne déjà cet UAI.",)
    place = known.get(one.uai)
    if place is not None:
        if folded(f"{place.name} {place.commune}") == one.words:
            return Standing.KNOWN, ()
        return Standing.NAMED, (f"L’accord l’appelle « {place.name}, {place.commune} », et garde ce nom.",)
    same = words.get(one.words, ())
    if same:
        return Standing.KNOWN, (f"L’accord le nomme sans UAI ({same[0].id}).",)
    return Standing.NEW, ()


def _aside(one: Found, choice: Choice) -> str:
    """Return why an établissement is not wanted, empty where it is."""
    if one.closed:
        return "L’annuaire le dit fermé."
    if one.kind not in choice.kinds:
        return "Ce type n’est pas demandé."
    if choice.departements and one.departement not in choice.departements:
        return f"Il est d’un autre département ({one.departement or 'inconnu'})."
    if one.private and not choice.private:
        return "Il est privé."
    return ""


def _text(convention: Convention, added: Sequence[Found]) -> str:
    """Return the agreement's file as it is, then a table for each new établissement."""
    path = convention.folder / FILE if convention.folder else None
    before = path.read_text("utf-8").rstrip("\n") + "\n" if path and path.exists() else ""
    if not added:
        return before
    blocks = ["\n# De l’annuaire de l’éducation.\n" if before else "# De l’annuaire de l’éducation.\n"]
    for one in added:
        values = {"id": one.uai, "name": one.name, "commune": one.commune}
        if one.kind != "college":
            values["kind"] = one.kind
        if one.private:
            values["sector"] = "private"
        lines = "".join(f"{key} = {json.dumps(text, ensure_ascii=False)}\n" for key, text in values.items())
        blocks.append(f"\n[[etablissement]]\n{lines}")
    return before + "".join(blocks)


def _faults(convention: Convention, text: str) -> tuple[str, ...]:
    """Return what is wrong with the agreement once this file is its list, as the program reads it."""
    if convention.folder is None:
        return ()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / convention.folder.name
        laid(convention, text, folder)
        try:
            load_convention(folder, load_vocabulary())
        except ConventionError as error:
            return tuple(fault.replace(f"{folder}/", "") for fault in error.faults)
    return ()


def laid(convention: Convention, text: str, folder: Path) -> None:
    """Write the agreement's files into a new folder, with this list. Raises FileExistsError."""
    assert convention.folder is not None
    shutil.copytree(convention.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / FILE).write_text(text, "utf-8")


def usual(convention: Convention) -> Collection[str]:
    """Return the kinds of établissements that the agreement already names; collèges where it names none."""
    return sorted({place.kind for place in convention.etablissements.values()} or {"college"})
