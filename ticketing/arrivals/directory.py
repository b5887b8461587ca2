"""The établissements of the ministry's open directory (« annuaire de l'éducation »), as agreements name them. Pure.

Two of its files are read: the directory itself (`Identifiant_de_l_etablissement`…) and the addresses of établissements
(`numero_uai`, `appellation_officielle`…), as CSV, ODS or XLSX.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from matrix.french import name as folded
from matrix.uai import checked_uai, expected_uai, uai_like
from ticketing.arrivals.lists import Column, Row

COLUMNS = {
    "uai": Column(
        "Identifiant (UAI)",
        ("identifiant_de_l_etablissement", "numero_uai", "numéro uai", "uai", "code uai", "rne"),
        wanted=True,
    ),
    "name": Column(
        "Nom", ("nom_etablissement", "appellation_officielle", "nom", "nom de l’établissement"), wanted=True
    ),
    "commune": Column("Commune", ("nom_commune", "libelle_commune", "commune", "ville", "localité"), wanted=True),
    "kind": Column("Type", ("type_etablissement", "type", "libelle_nature", "nature_uai_libe"), wanted=True),
    "sector": Column("Secteur", ("statut_public_prive", "secteur_public_prive_libe", "secteur", "statut")),
    "departement": Column("Département", ("code_departement", "département", "code département")),
    "departement_name": Column("Nom du département", ("libelle_departement",)),
    "postcode": Column("Code postal", ("code_postal", "code_postal_uai")),
    "academie": Column("Académie", ("libelle_academie", "académie")),
    "state": Column("État", ("etat", "etat_etablissement_libe", "état")),
}

#: How the directory's types begin, folded -> the kind of the agreements.
_KINDS = (("cite scolaire", "cite-scolaire"), ("college", "college"), ("lycee", "lycee"), ("ecole", "ecole"))
_PREFIX = re.compile(r"(?:coll[eè]ge|lyc[ée]e|[ée]cole|cit[ée] scolaire)\s+", re.IGNORECASE)
_SMALL = frozenset({"de", "du", "des", "la", "le", "les", "et", "en", "sur", "sous", "aux", "au", "d", "l", "lès", "à"})
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """An établissement of the directory; `kind` is empty for what no agreement has, `faults`: column -> sentence."""

    line: int
    uai: str
    name: str
    commune: str
    kind: str
    private: bool
    departement: str  # « 65 », « 2A », « 974 »
    departement_name: str
    academie: str
    closed: bool
    faults: Mapping[str, str]

    @property
    def words(self) -> str:
        """The name and the commune, folded, by which an agreement without UAI knows it."""
        return folded(f"{self.name} {self.commune}")


def found(row: Row) -> Found:
    """Return the établissement of a row of the directory, with the faults that it has by itself."""
    faults = dict.fromkeys(sorted(row.formulas), "Cette case contient une formule : mettez-y la valeur.")
    uai = row.get("uai").strip().upper()
    if not uai_like(uai):
        faults.setdefault("uai", "Un UAI compte sept chiffres et une lettre, comme 0650001A.")
    elif checked_uai(uai) is None:
        faults.setdefault("uai", f"La lettre de cet UAI n’est pas la bonne : attendu {expected_uai(uai)}.")
    name, commune = (_cased(" ".join(row.get(one).split())) for one in ("name", "commune"))
    for column, text in (("name", name), ("commune", commune)):
        if not any(letter.isalnum() for letter in text):
            faults.setdefault(column, "Cette case est vide.")
    bare = _PREFIX.sub("", name, count=1) or name
    kind = next((kept for begins, kept in _KINDS if folded(row.get("kind")).startswith(begins)), "")
    return Found(
        row.line,
        uai,
        bare[:1].upper() + bare[1:],
        commune,
        kind,
        folded(row.get("sector")).startswith("priv"),
        departement(row.get("departement") or row.get("postcode"), row.get("postcode")),
        row.get("departement_name"),
        row.get("academie"),
        bool(row.get("state")) and not folded(row.get("state")).startswith("ouvert"),
        faults,
    )


def departement(text: str, postcode: str = "") -> str:
    """Return the code of a département as people write it: « 065 », « 65000 » and « 65 » give « 65 »."""
    code, postcode = text.strip().upper(), postcode.strip()
    if postcode.startswith(("97", "98")) or code.startswith(("97", "98")):
        return (postcode or code)[:3]
    if len(code) == 5 and code.isdecimal():  # a postcode
        return code[:2]
    return code.lstrip("0").zfill(2)[:2] if code else ""


def _cased(text: str) -> str:
    """Return a name printed in capitals as people write it; any other stays as it is."""
    if not text.isupper():
        return text
    words = _WORD.sub(lambda one: one[0].lower() if one[0].lower() in _SMALL else one[0].capitalize(), text)
    return words[:1].upper() + words[1:]
