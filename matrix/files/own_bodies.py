"""Refuse an établissement of which one cannot know the académie, the collectivité, the commune… that answers for it.

No decision is guessed: where a cell, the desk or a rule gives work to a party that stands for several bodies, or to a
role that several parties play, each établissement says which is its own.
"""

from __future__ import annotations

from matrix.files.folder import Folder
from matrix.files.toml_lines import some
from matrix.model import Cell, Convention
from matrix.owners import owners, standing_for, unowned
from matrix.places import reached


def check_places(folder: Folder, convention: Convention) -> None:
    """Report the établissements whose own party of a role, or whose own body of a party, is not known."""
    _check_roles(folder, convention)
    if any(not body.organisation for body in convention.parties.values()):
        _check_bodies(folder, convention)


def _check_roles(folder: Folder, convention: Convention) -> None:
    cases = [case for cell in _cells(convention) for case in cell.cases]
    named = {
        name for case in cases for name in (case.party, *case.candidates, *(one.party for one in case.contributors))
    }
    named |= {name for move in convention.transfers for name in (move.source, move.target)}
    named |= {"EN"} if standing_for("EN", convention.parties) else set()  # every ticket has its académie
    named |= {"CL"} if folder.tests_owner else set()
    for role, key, wanted in (
        ("EN", "academie", some(standing_for("EN", convention.parties))),
        ("CL", "owner", some(owners(convention.parties))),
        ("Etab", "kind", "un genre qui est une partie"),
    ):
        for name in unowned(convention, {role}) if role in named else ():
            _fault(
                folder,
                name,
                f"{_asks(folder, role)}, et l'accord ne dit pas qui c'est pour {name!r} ; "
                f"attendu : « {key} », {wanted}",
            )


def _asks(folder: Folder, role: str) -> str:
    if role == "EN":
        return "plusieurs parties peuvent être l'académie"
    return "une condition demande « owner »" if role == "CL" and folder.tests_owner else f"les cases disent « {role} »"


def _check_bodies(folder: Folder, convention: Convention) -> None:
    for place in convention.etablissements.values():
        for party in reached(convention, place):
            body = convention.parties.get(party)
            if body is None or body.organisation or place.body(party) is not None:
                continue
            known = some([one.organisation for one in body.bodies])
            told = f"« {party} » est plusieurs organismes, et rien ne dit lequel est celui de {place.id!r}"
            _fault(folder, place.id, f"{told} ; attendu : « bodies », avec l'un de {known}")


def _cells(convention: Convention) -> list[Cell]:
    return [cell for version in convention.versions for cell in version.cells.values()]


def _fault(folder: Folder, name: str, sentence: str) -> None:
    file, line = folder.lines[f"etablissement:{name}"]
    folder.faults.append(f"{file}:{line}: {sentence}")
