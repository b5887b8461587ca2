"""The columns of a list of people (annexe 6, 2.1, and the mandate), and a row of it as typed values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from charters.people.accounts import squeeze
from ticketing.arrivals.lists import Column, Row

COLUMNS = {
    "last_name": Column("Nom", ("nom", "nom de famille", "nom usuel"), wanted=True),
    "first_name": Column("Prénom", ("prénom", "prénoms", "prénom usuel"), wanted=True),
    "company": Column(
        "Société", ("société", "employeur", "société ou collectivité", "entreprise", "collectivité"), wanted=True
    ),
    "email": Column(
        "Mail",
        ("mail", "mel", "mél", "email", "e-mail", "courriel", "adresse mail", "adresse mél", "adresse électronique"),
        wanted=True,
    ),
    "function": Column("Fonction", ("fonction", "poste", "fonctions"), wanted=True),
    "sigle": Column("Sigle", ("sigle", "identifiant", "login")),
    "role": Column("Rôle", ("rôle", "role", "mandat", "profil")),
    "scope_id": Column(
        "Périmètre",
        ("périmètre", "uai", "rne", "établissement", "code établissement", "lieu", "mandat sur", "numéro uai"),
    ),
    "organisation": Column("Rattachement", ("rattachement", "organisme", "organisation")),
    "external": Column("Extérieur", ("extérieur", "externe", "extérieur à l’éducation nationale", "extérieur en")),
    "starts_on": Column("Début", ("début", "date de début", "du", "depuis", "premier jour", "début du mandat")),
    "ends_on": Column("Fin", ("fin", "date de fin", "au", "jusqu’au", "dernier jour", "fin du mandat")),
}
LABELS = {name: column.label for name, column in COLUMNS.items()}
FORMULA = "Cette case contient une formule : mettez-y la valeur."
_DAY = "Cette date ne se lit pas : écrivez-la jour/mois/année, comme 01/09/2026."
_WRITTEN = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})(?: 0{1,2}:00(?::00)?)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?")
#: The day from which spreadsheets count days.
_EPOCH = date(1899, 12, 30)
_YES, _NO = (
    frozenset({"oui", "o", "vrai", "1", "x", "yes", "true"}),
    frozenset({"non", "n", "faux", "0", "no", "false"}),
)


@dataclass(slots=True)
class Typed:
    """A row of the list, cleaned; `faults`: column -> sentence. `external` is None where nothing is said."""

    line: int
    values: dict[str, str]
    external: bool | None
    starts_on: date | None
    ends_on: date | None
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """First and last name, as typed."""
        return f"{self.values['first_name']} {self.values['last_name']}".strip()


def typed(row: Row) -> Typed:
    """Return what a row says, with the faults that it has by itself."""
    values = {name: squeeze(row.get(name)) for name in COLUMNS}
    values["sigle"] = values["sigle"].lower()
    faults = dict.fromkeys(sorted(row.formulas), FORMULA)
    days = {name: _day(values[name], name, faults) for name in ("starts_on", "ends_on")}
    return Typed(row.line, values, _external(values["external"], faults), days["starts_on"], days["ends_on"], faults)


def _external(text: str, faults: dict[str, str]) -> bool | None:
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    if word:
        faults.setdefault("external", "Écrivez « oui » (extérieur à l’Éducation nationale) ou « non ».")
    return None


def _day(text: str, name: str, faults: dict[str, str]) -> date | None:
    """Return the day of a cell: as people write it, as ISO, or as the number of days that a workbook keeps."""
    if not text or name in faults:
        return None
    try:
        found = _read(text)
    except (ValueError, OverflowError):
        found = None
    if found is None or not 2000 <= found.year <= 2100:
        faults[name] = _DAY
        return None
    return found


def _read(text: str) -> date | None:
    if written := _WRITTEN.fullmatch(text):
        day, month, year = (int(part) for part in written.groups())
        return date(year + 2000 if year < 100 else year, month, day)
    if iso := _ISO.fullmatch(text):
        return date(*(int(part) for part in iso.groups()))
    if text.isascii() and text.isdecimal() and len(text) == 5:
        return _EPOCH + timedelta(days=int(text))
    return None
