"""Small agreements written as TOML files, for tests of the grammar, the router and the proof."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

import matrix
from matrix import checks
from matrix.files import SHIPPED

HEAD = """
id = "essai-2025"
title = "Essai (2025)"
desk = "academie"
desk_clause = "a"
object_clause = "a"
duration_clause = "a"
{head}

[validity]
starts = 2025-09-01
years = 3

[[version]]
on = 2025-09-01
cells = "cells.toml"
{parties}
{more}
"""
CLAUSE = '[[clause]]\nid = "a"\nref = "1"\nquote = "L\'Académie tient le guichet"\n'
#: The name and the organisation of each party that a test may want.
NAMES = {
    "academie": ("Académie de Valmont", "academie-valmont"),
    "departement": ("Département de la Rive", "departement-rive"),
    "region": ("Région des Rives", "region-rives"),
    "commune": ("Ville de Valmont", "commune-valmont"),
    "college": ("le collège", "*"),
    "ecole": ("l’école", "*"),
    "etablissement": ("l’établissement", "*"),
}


def party(name: str, **more: str) -> str:
    """One `[[party]]`, with its usual name unless another is given."""
    called, organisation = NAMES.get(name, (name.capitalize(), name))
    keys = {"id": name, "name": called, "organisation": organisation, **more}
    return "\n[[party]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())


def place(name: str, **more: str) -> str:
    """One `[[etablissement]]` of Valmont, with the keys given as TOML texts."""
    keys = {"id": name, "name": name, "commune": "Valmont", **more}
    return "\n[[etablissement]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())


def cell(value: str, *, service: str = "tablettes", activity: str = "mco", more: str = "") -> str:
    """One derived `[[cell]]`; `more` is TOML that follows its keys (its cases)."""
    return (
        f'\n[[cell]]\nservices = ["{service}"]\nactivities = ["{activity}"]\nvalue = "{value}"\n'
        f'provenance = "derived"\ncites = ["a"]\n{more}\n'
    )


def written(
    root: Path,
    *,
    parties: tuple[str, ...] = ("academie", "departement", "college"),
    places: str = "",
    cells: str = "",
    head: str = "",
    more: str = "",
    clauses: str = "",
) -> Path:
    """Write the agreement « essai-2025 » under `root`, and return `root`, to load with `load_conventions`."""
    folder = root / "essai-2025"
    folder.mkdir(parents=True, exist_ok=True)
    told = "".join(party(one) if "\n" not in one else one for one in parties)
    (folder / "convention.toml").write_text(HEAD.format(head=head, parties=told, more=more), encoding="utf-8")
    (folder / "clauses.toml").write_text(CLAUSE + clauses, encoding="utf-8")
    (folder / "etablissements.toml").write_text(places or place("un-valmont"), encoding="utf-8")
    (folder / "cells.toml").write_text(cells or cell("EN"), encoding="utf-8")
    return root


def load_once() -> None:
    """Make `matrix.load_conventions()` read what ships once a process: fifty modules of tests read it at import.

    The agreements are frozen once made; those of other folders are read at each call.
    """
    load = matrix.load_conventions
    shipped = cache(load)

    def once(*roots: Path, **more: Any) -> Any:
        others = set(roots) - {SHIPPED} or any(more.values())
        return load(*roots, **more) if others else shipped()

    matrix.load_conventions = once


def prove_once(patches: pytest.MonkeyPatch) -> None:
    """Make lint prove the same agreements once, which takes seconds for all that ship, until the patches are undone."""
    proved: dict[Any, Any] = {}
    prove = checks.prove

    def once(conventions: Any, among: Any) -> Any:
        key = id(conventions), tuple(among)
        if key not in proved:
            proved[key] = conventions, prove(conventions, among)  # it is kept, so that no other gets its id
        proofs, findings, total = proved[key][1]
        return list(proofs), list(findings), total

    patches.setattr(checks, "prove", once)


def lint_once(patches: pytest.MonkeyPatch, module: Any) -> None:
    """Make a module lint the same agreements of the same day once, whatever the application, until the patches end."""
    kept = cache(lambda conventions, among, more: checks.lint(conventions, list(among), **dict(more)))
    patches.setattr(module, "lint", lambda one, among, **more: kept(one, tuple(among), tuple(more.items())))
