"""Read the annexes: etablissements.toml and the optional categories.toml, equipment.toml and glossary.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, some
from matrix.model import Body, CategoryLine, EquipmentLine, Etablissement, Term
from matrix.owners import owners, standing_for
from matrix.places import KINDS, SECTORS
from matrix.uai import checked_uai, expected_uai, uai_like

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read_etablissements(
    folder: Folder, owner: str | None = None, academie: str | None = None
) -> Mapping[str, Etablissement]:
    """The établissements of annexe 1, by id; `owner` and `academie` are those of the ones that name none."""
    found: dict[str, Etablissement] = {}
    for entry in folder.file("etablissements.toml").entries("etablissement"):
        kind = entry.take("kind", str, "college", one_of=KINDS)
        place = Etablissement(
            id=entry.take("id", str),
            name=entry.take("name", str),
            commune=entry.take("commune", str),
            kind=kind,
            sector=entry.take("sector", str, "public", one_of=SECTORS),
            cite_scolaire=entry.take("cite_scolaire", bool, False) or kind == "cite-scolaire",
            sites=tuple(entry.texts("sites", [])),
            bodies=_bodies(folder, entry),
            owner=entry.take("owner", str, owner, one_of=owners(folder.parties)),
            academie=entry.take("academie", str, academie, one_of=standing_for("EN", folder.parties)),
            reference_college=entry.take("reference_college", str, None),
            reference_college_uai=entry.take("reference_college_uai", str, None),
        )
        folder.at(entry, f"etablissement:{place.id}")
        for key, uai in (("id", place.id), ("reference_college_uai", place.reference_college_uai or "")):
            if uai_like(uai) and uai != checked_uai(uai):
                entry.fault(key, f"« {key} » : {uai!r} n'est pas un UAI juste ; attendu : {expected_uai(uai)!r}")
        if "id" in entry.row and not uai_like(place.id) and not _ID.fullmatch(place.id):
            entry.fault(
                "id", f"« id » : {place.id!r} ; attendu : un UAI, ou le nom et la commune en minuscules et tirets"
            )
        if place.id in found:
            entry.fault("id", f"établissement {place.id!r} déjà donné")
        found[place.id] = place
        entry.only()
    return found


def _bodies(folder: Folder, entry: Entry) -> tuple[Body, ...]:
    """The bodies that an établissement names as its own: its commune, its département, its académie."""
    known = {one.organisation: one for party in folder.parties.values() for one in party.bodies}
    listed = entry.take("bodies", list, [], one_of=known)
    found = [known[name] for name in listed if name in known]
    organisation = entry.take("departement", str, None)
    name = entry.take("departement_name", str, None)
    if organisation is not None:
        usual = folder.parties.get("departement")
        if name is None and usual is not None and organisation != usual.organisation:
            entry.fault("departement", f"« departement » : {organisation!r} veut aussi son « departement_name »")
        found.append(Body("departement", organisation, name or (usual.name if usual else organisation)))
    for party in dict.fromkeys(one.party for one in found):
        several = [one.organisation for one in found if one.party == party]
        if len(several) > 1:
            entry.fault("bodies", f"« bodies » : {some(several)} sont tous « {party} » ; un seul attendu")
    return tuple(found)


def read_categories(folder: Folder) -> None:
    """Fill in `folder.categories`: who uses a workstation, and whether that makes it administrative (annexe 2 bis)."""
    if not (folder.path / "categories.toml").exists():
        return
    known: dict[Any, int] = {}
    for entry in folder.file("categories.toml").entries("category"):
        entry.once("id", known)
        name = entry.take("id", str, one_of=folder.vocabulary.user_categories)
        folder.at(entry, f"category:{name}")
        label, administrative = entry.take("label", str), entry.take("administrative", bool)
        folder.categories[name] = CategoryLine(name, label, administrative, folder.citation(entry, "printed"))
        entry.only()


def read_equipment(folder: Folder) -> Iterator[EquipmentLine]:
    """The kinds of equipment (annexe 3)."""
    for entry in folder.optional("equipment.toml", "equipment"):
        yield EquipmentLine(
            entry.take("id", str),
            entry.take("label", str),
            folder.citation(entry, "printed"),
            entry.take("own_funds_on_request", bool, False),
        )


def read_glossary(folder: Folder) -> Iterator[Term]:
    """The lines of the glossary (annexe 4)."""
    for entry in folder.optional("glossary.toml", "term"):
        yield Term(entry.take("term", str), entry.take("meaning", str), entry.take("remark", str, ""))
