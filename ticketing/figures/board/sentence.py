"""A question in everyday words as one of the bar: « combien de tickets wifi à Desaix l’an dernier ». Pure.

The words are those of the search and of the opening form: établissements by the words of their names, services by what
people call them, months and years as one says them. What is not understood is said, and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from matrix import french
from matrix.suggestions import Suggestion
from matrix.wording import MONTHS
from ticketing.figures import periods
from ticketing.figures.board.measures import DIMENSIONS, MEASURES
from ticketing.search.places import Places

#: The most letters of a sentence that are read.
MOST = 300
#: How sure the words must be of a service for it to be chosen.
SURE = 0.4

#: What a measure is called, folded, the longest first where one holds another.
_MEASURES = (
    ("resolutions-promises", r"resolutions? promises?|resolutions? tenues?"),
    ("reponses-promises", r"reponses? promises?|promesses? tenues?|promesses?"),
    ("contestations-fondees", r"contestations? fondees?"),
    ("contestations", r"contestations?|contestes?"),
    ("bien-orientes", r"(?:bien |mal )?(?:orientes?|aiguilles?)(?: du premier coup)?|du premier coup|orientation"),
    ("perdu", r"(?:temps|heures?) perdue?s?|perdue?s?|mauvaises? mains?"),
    ("allers-retours", r"allers?[ -](?:et[ -])?retours?|boucles?|ping[ -]pong"),
    ("passages", r"passages?|transmissions?|transmis|transferts?"),
    ("premiere-reponse", r"premieres? reponses?|temps de reponse|delais? de reponse"),
    ("resolution", r"temps de resolution|delais?(?: de resolution)?|duree"),
    ("tenu", r"temps tenu|heures? tenues?|temps passe"),
    ("rouverts", r"rouverts?|reouvertures?|reouverts?"),
    ("satisfaction", r"satisfaction|satisfaits?"),
    ("en-attente", r"en cours|en attente|en souffrance|stock|retards?|pas resolus|non resolus"),
    ("resolus", r"resolus?|finis|termines|clos"),
    ("ouverts", r"ouverts?|tickets?|demandes?|pannes?|combien"),
)
_BY = (
    (
        "etablissement",
        r"(?:par|chaque) (?:etablissements?|colleges?|lycees?|ecoles?)|(?:quels?|quel) (?:colleges?|etablissements?)",
    ),
    ("partie", r"par (?:parties?|acteurs?)|(?:qui|quelle partie)\b"),
    ("service", r"par (?:services?|sujets?|themes?)|quels? services?"),
    ("activite", r"par activites?"),
    ("public", r"par (?:categories?|publics?|usagers?)"),
    ("statut", r"par (?:statuts?|decisions?)"),
    ("priorite", r"par (?:priorites?|urgences?)"),
    ("case", r"par cases?|quelles? cases?"),
    ("semaine", r"par semaines?|chaque semaine"),
    ("mois", r"par mois|chaque mois|mois par mois|evolution"),
    ("saison", r"par saisons?|saisonnalite"),
)
_ACTIVITIES = (("mco", r"pannes?"), ("installation", r"installations?"), ("acquisition", r"achats?|acquisitions?"))
_MONTHS = {french.unaccented(french.fold(name)): rank for rank, name in enumerate(MONTHS, 1)}
_MONTH = "|".join(_MONTHS)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood of a sentence: the parts of an address, in words, and the words that were left out."""

    address: dict[str, str]
    left: tuple[str, ...] = ()


#: Returns what a text may be about, the likeliest first.
Suggest = Callable[[str], Collection[Suggestion]]


def hear(text: str, places: Places, suggest: Suggest, today: date) -> Heard:
    """Return the question of the bar that a sentence asks."""
    rest = french.unaccented(french.fold(text[:MOST])).replace("’", "'").replace("'", " ")
    address: dict[str, str] = {}
    period, rest = _period(rest, today)
    if period:
        address["periode"] = period
    if re.search(r"\b(?:compare|comparer|que l an dernier|a l an dernier)\b", rest):
        address["avant"] = "1"
    by, rest = _first(_BY, rest)
    named, rest = _place(rest, places)
    if named:
        address["etablissement"] = named
    activity, _ = _first(_ACTIVITIES, rest)
    if activity:
        address["activite"] = activity
    measure, rest = _first(_MEASURES, rest)
    address["mesure"] = measure or "ouverts"
    left = [word.text for word in french.words(rest) if not word.ignored and word.text not in _SAYS_LITTLE]
    found = next(iter(suggest(" ".join(left))), None) if left else None
    if found is not None and found.score >= SURE and found.words:
        address["service"] = found.service
        told = {french.unaccented(french.fold(word)) for words in found.words for word in words.split()}
        left = [word for word in left if word not in told]
    address["par"] = by or ("mois" if "service" in address else "service")
    assert address["mesure"] in MEASURES and address["par"] in DIMENSIONS
    return Heard(address, tuple(dict.fromkeys(left)))


_SAYS_LITTLE = frozenset(
    {
        "combien",
        "nombre",
        "taux",
        "part",
        "total",
        "montre",
        "montrer",
        "donner",
        "donne",
        "voir",
        "chiffres",
        "chiffre",
        "tickets",
        "ticket",
        "demandes",
        "demande",
        "panne",
        "pannes",
        "college",
        "lycee",
        "ecole",
        "etablissement",
        "quel",
        "quelle",
        "quels",
        "quelles",
        "ci",
    }
)


def _first(known: tuple[tuple[str, str], ...], text: str) -> tuple[str, str]:
    """Return the first of the known things that a text names, and the text without its words."""
    for name, pattern in known:
        found = re.search(rf"\b(?:{pattern})\b", text)
        if found:
            return name, f"{text[: found.start()]} {text[found.end() :]}"
    return "", text


def _place(text: str, places: Places) -> tuple[str, str]:
    """Return the one établissement that the words of a text name together, and the text without them."""
    named: set[str] | None = None
    used: list[str] = []
    for word in french.words(text):
        ids = set() if word.ignored or places.is_common(word.text) else set(places.named(word.text))
        if ids and (named is None or named & ids):
            named = ids if named is None else named & ids
            used.append(word.text)
    if named is None or len(named) != 1:
        return "", text
    for one in used:
        text = re.sub(rf"\b{re.escape(one)}\b", " ", text)
    return next(iter(named)), text


def _period(text: str, today: date) -> tuple[str, str]:
    """Return the period that a text names, « » for none, and the text without its words."""
    month = f"{today:%Y-%m}"
    year = periods.year_of(month)
    for pattern, period in (
        (r"(?:l )?(?:an|annee) (?:derniere?|passee?|precedente?)(?: scolaire)?", periods.year_before(year)),
        (r"(?:cette annee|l annee en cours)(?: scolaire)?", year),
        (r"(?:le )?mois (?:dernier|passe|precedent)", _month_before(month)),
        (r"ce mois(?: ci)?|le mois en cours", month),
        (r"depuis le debut|en tout|de tout temps", periods.ALL),
    ):
        found = re.search(rf"\b(?:{pattern})\b", text)
        if found:
            return period, f"{text[: found.start()]} {text[found.end() :]}"
    found = re.search(r"\b(?:en )?(20\d\d) ?[-/] ?(?:20)?\d\d\b", text)
    if found:
        return f"annee-{found[1]}", f"{text[: found.start()]} {text[found.end() :]}"
    found = re.search(rf"\b(?:en |d )?({_MONTH})(?: (20\d\d))?\b", text)
    if found:
        number = _MONTHS[found[1]]
        of = int(found[2]) if found[2] else today.year - (number > today.month)
        return f"{of:04d}-{number:02d}", f"{text[: found.start()]} {text[found.end() :]}"
    return "", text


def _month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1:04d}-12" if number == 1 else f"{year:04d}-{number - 1:02d}"
