"""The inventory of an agreement: a summary of its files, compared with them so that no loss goes unnoticed.

`inventory.toml` lists each cell in a few words (its value, its outcomes), how many cells cite each clause, and how many
of everything else there are. It is written by the command, never by hand, and kept with the files: a finding then names
the cell, case or clause that a bad edit lost. A person who wants the change runs the command again and reads the
difference.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sized
from datetime import date
from pathlib import Path
from typing import Any

from matrix.checks.clauses import cited_by_cells, passage
from matrix.checks.model import Finding, cell_place, found, place
from matrix.model import Case, Cell, Contributor, Convention, Test, Version

NAME = "inventory.toml"

Lines = Mapping[str, str]


# --- what the files hold ----------------------------------------------------------------------------------------------


def summary(cell: Cell) -> str:
    """Return a cell as one line: « derived selon : academie si user_category = administrative ; departement »."""
    word = f"{cell.provenance} {cell.value}".strip()
    cases = " ; ".join(_case(case) for case in cell.cases)
    assumed = "".join(f" [{fact} = {_word(value)}]" for fact, value in cell.assume)
    return f"{word}{assumed} : {cases}"


def _case(case: Case) -> str:
    who = case.party or case.status
    if case.party and case.status != "routed":
        who = f"{case.status} {case.party}"
    between = f" ({', '.join(case.candidates)})" if case.candidates else ""
    via = f" par {case.via}" if case.via else ""
    return f"{who}{between}{via}{_when(case.tests)}" + "".join(_helper(part) for part in case.contributors)


def _helper(part: Contributor) -> str:
    return f" + {part.party}{_when(part.when)}"


def _when(tests: tuple[Test, ...]) -> str:
    return f" si {' et '.join(_test(test) for test in tests)}" if tests else ""


def _test(test: Test) -> str:
    if test.kind == "administrative":
        return f"{test.fact} = {'administrative' if test.wanted else 'other'}"
    return f"{test.fact} {'=' if test.kind in ('is', 'role', 'place') else test.kind} {_word(test.wanted)}"


def _word(value: str | bool | date) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def cells(version: Version) -> Lines:
    """Return the summary of each cell that still is as in the files, by « service / activity »."""
    return {f"{cell.service} / {cell.activity}": summary(cell) for cell in version.cells.values() if not cell.origin}


def clauses(convention: Convention) -> Mapping[str, int]:
    """Return the number of cells that cite each clause, by clause name."""
    used = cited_by_cells(convention)
    return {name: used[passage(clause)] for name, clause in convention.clauses.items()}


def counts(convention: Convention) -> Mapping[str, int]:
    """Return the number of items of each kind other than cells (clauses, contacts, notes…), by kind."""
    of_kind: Mapping[str, Sized] = {
        "parties": convention.parties,
        "notes": convention.notes,
        "exclusions": convention.exclusions,
        "approches": convention.near,
        "homonymes": convention.homonyms,
        "transferts": convention.transfers,
        "produits": convention.replaceables,
        "roles": convention.opens,
        "etablissements": convention.etablissements,
        "categories": convention.categories,
        "materiels": convention.equipment,
        "glossaire": convention.glossary,
        "contacts": convention.contacts,
        "conseils": convention.guidance,
        "points": convention.points,
        "reseaux": convention.networks,
        "baremes": convention.fees,
        "dires": convention.claims,
        "modifications": convention.terms.changes,
    }
    # These came later: an inventory written before them stays right as long as the agreement has none.
    later: Mapping[str, Sized] = {
        "phrases": convention.sentences,
        "obligations": convention.obligations,
        "comites": convention.committees,
    }
    return {name: len(things) for name, things in of_kind.items()} | {
        name: len(things) for name, things in later.items() if things
    }


# --- written ----------------------------------------------------------------------------------------------------------


def text(convention: Convention) -> str:
    """Return the inventory as its file holds it; the same agreement always gives the same text."""
    lines = [
        f"# Ce que tiennent les fichiers de l'accord. Fait par : guichet matrix lint {convention.id} --write-inventory",
        "# Ne pas modifier à la main : changez les fichiers, relancez la commande, relisez la différence.",
        "",
        "[counts]",
        *(f"{name} = {number}" for name, number in counts(convention).items()),
        "",
        "# Combien de cases citent chaque clause ; 0 : elle sert ailleurs (durée, guichet, conseils, contacts…).",
        "[clauses]",
        *(f"{_quoted(name)} = {number}" for name, number in sorted(clauses(convention).items())),
    ]
    for version in convention.versions:
        held = cells(version)
        lines += ["", "[[version]]", f"on = {version.on.isoformat()}"]
        lines += [
            f"{provenance} = {sum(cell.provenance == provenance for cell in version.cells.values())}"
            for provenance in ("printed", "derived", "default")
        ]
        lines += ["", "[version.cells]", *(f"{_quoted(name)} = {_quoted(line)}" for name, line in sorted(held.items()))]
    return "\n".join(lines) + "\n"


def _quoted(text_: str) -> str:
    escaped = text_.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(one if one.isprintable() else f"{chr(92)}u{ord(one):04x}" for one in escaped)}"'


def write(convention: Convention) -> Path:
    """Write the inventory beside the agreement's files and return its path. Raises OSError."""
    assert convention.folder is not None
    path = convention.folder / NAME
    path.write_text(text(convention), encoding="utf-8")
    return path


# --- checked ----------------------------------------------------------------------------------------------------------


def check(convention: Convention) -> Iterator[Finding]:
    """Yield the findings on differences between the files and the inventory. Reads the agreement's folder."""
    path = convention.folder / NAME if convention.folder is not None else None
    at = (f"{convention.id}/{NAME}", 1)
    if path is None or not path.exists():
        yield found(
            convention,
            "no-inventory",
            "avertissement",
            place(convention, ""),
            convention.id,
            "L’accord n’a pas d’inventaire : une case perdue par mégarde ne se verrait pas. Écrivez-le : "
            f"guichet matrix lint {convention.id} --write-inventory.",
        )
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        data = tomllib.loads("\n".join(lines))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        yield found(
            convention,
            "inventory",
            "erreur",
            at,
            NAME,
            f"L’inventaire ne se lit pas ({error}) : récrivez-le avec --write-inventory.",
        )
        return
    yield from _compared(convention, _Inventory(at[0], lines, data))


class _Inventory:
    """Holds the inventory file as read; content that does not have the expected shape is ignored."""

    def __init__(self, file: str, lines: list[str], data: Mapping[str, Any]) -> None:
        self.file, self.lines = file, lines
        self.counts, self.clauses = _table(data.get("counts")), _table(data.get("clauses"))
        versions = data.get("version")
        rows = [row for row in versions if isinstance(row, dict)] if isinstance(versions, list) else []
        self.versions = {row["on"]: _table(row.get("cells")) for row in rows if type(row.get("on")) is date}

    def at(self, key: str) -> tuple[str, int]:
        """Return the file and line where a key is written."""
        starts = (f"{_quoted(key)} =", f"{key} =")
        return self.file, next((at for at, line in enumerate(self.lines, 1) if line.startswith(starts)), 1)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _compared(convention: Convention, kept: _Inventory) -> Iterator[Finding]:
    for version in convention.versions:
        if version.on in kept.versions:
            yield from _cells(convention, version, kept)
        else:
            yield _changed(
                convention,
                place(convention, f"version:{version.on}"),
                str(version.on),
                f"La version du {version.on:%d/%m/%Y} n’est pas dans l’inventaire.",
            )
    for on in sorted(kept.versions.keys() - {version.on for version in convention.versions}):
        yield _changed(
            convention,
            (kept.file, 1),
            str(on),
            f"La version du {on:%d/%m/%Y} est dans l’inventaire, et plus dans l’accord.",
        )
    for name, number in {**counts(convention), **dict.fromkeys(kept.counts.keys() - counts(convention).keys())}.items():
        if kept.counts.get(name) != number:
            yield _changed(
                convention,
                kept.at(name),
                name,
                f"{name} : l’inventaire en compte {kept.counts.get(name, 'aucun')}, les fichiers {number or 0}.",
            )
    held = clauses(convention)
    for name in sorted(held.keys() | kept.clauses.keys()):
        if held.get(name) != kept.clauses.get(name):
            at = place(convention, f"clause:{name}", "clauses.toml") if name in held else kept.at(name)
            yield _changed(convention, at, name, _clause_said(name, kept.clauses.get(name), held.get(name)))


def _cells(convention: Convention, version: Version, kept: _Inventory) -> Iterator[Finding]:
    held, wanted = cells(version), kept.versions[version.on]
    changed = {f"{cell.service} / {cell.activity}" for cell in version.cells.values() if cell.origin}
    by_name = {f"{cell.service} / {cell.activity}": cell for cell in version.cells.values()}
    for name in sorted((held.keys() | wanted.keys()) - changed):
        if held.get(name) == wanted.get(name):
            continue
        service, _, activity = name.partition(" / ")
        if name not in held:
            at, what = kept.at(name), f"la case a disparu ; elle disait « {wanted[name]} »"
        elif name not in wanted:
            at, what = cell_place(convention, by_name[name]), f"la case n’est pas dans l’inventaire : « {held[name]} »"
        else:
            at = cell_place(convention, by_name[name])
            what = f"la case dit « {held[name]} », et l’inventaire « {wanted[name]} »"
        yield _changed(convention, at, name, f"{name} : {what}.", ((service, activity),))


def _clause_said(name: str, wanted: Any, held: int | None) -> str:
    if held is None:
        return f"La clause « {name} » est dans l’inventaire, et plus dans l’accord."
    if wanted is None:
        return f"La clause « {name} » n’est pas dans l’inventaire."
    return f"La clause « {name} » était citée par {wanted} cases, elle l’est par {held}."


def _changed(
    convention: Convention, at: tuple[str, int], subject: str, sentence: str, keys: tuple[tuple[str, str], ...] = ()
) -> Finding:
    advice = f" Si ce changement est voulu : guichet matrix lint {convention.id} --write-inventory."
    return found(convention, "inventory", "erreur", at, subject, sentence + advice).about(keys)
