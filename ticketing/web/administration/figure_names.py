"""The names of what figures are told apart by, in plain words, and what a form offers of them."""

from __future__ import annotations

from collections.abc import Sequence

from ticketing import urgency
from ticketing.figures import periods
from ticketing.figures.board.measures import DIMENSIONS
from ticketing.figures.facts.folding import OWN
from ticketing.figures.pictures.areas import AGES
from ticketing.figures.publishing import OWN_LABEL
from ticketing.in_force import routing
from ticketing.web import frame
from ticketing.web.vocabulary import ACTIVITY_ANSWERS, SERVICES, USER_CATEGORIES

#: What the status of a decision means to those who read figures.
STATUSES = {
    "routed": "Une partie désignée",
    "to_qualify": "À qualifier (case blanche)",
    "conflict": "Accords qui se contredisent",
    "arbitration": "Arbitrage prévu par le texte",
    "needs_info": "Un fait manque",
    "not_applicable": "Sans objet selon le texte",
    "out_of_scope": "Hors de l’accord",
}

Choices = list[tuple[str, str, list[tuple[str, str]]]]


def name(dimension: str, value: str) -> str:
    """Return the name of a value of a dimension; the value itself where nothing of today names it."""
    conventions = routing.router().conventions
    match dimension:
        case "partie" | "vers":
            return OWN_LABEL if value == OWN else frame.scope_name(value) if value else "Personne"
        case "etablissement":
            return frame.scope_name(value)
        case "service":
            plain = SERVICES.get(value)
            return plain.label if plain else conventions.services.get(value, value) or "Non dit"
        case "activite":
            return ACTIVITY_ANSWERS.get(value) or conventions.activities.get(value, value) or "Non dite"
        case "public":
            return USER_CATEGORIES.get(value, value) or "Non dite"
        case "statut":
            return STATUSES.get(value, value) or "Non dit"
        case "priorite":
            return urgency.PRIORITIES[int(value)].capitalize() if value not in ("0", "") else "Non dite"
        case "accord":
            return next((one.title for one in conventions if one.id == value), value) or "Aucun accord"
        case "mois":
            return periods.label(value)
        case "semaine" | "jour":
            return periods.day_label(value)
        case "age":
            return AGES[int(value)].capitalize()
    return value


def periods_of(months: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the periods that a form offers, newest first, in groups."""
    years = sorted({periods.year_of(month) for month in months}, reverse=True)
    return [
        ("Années scolaires", [(one, periods.label(one)) for one in years]),
        ("Mois", [(one, periods.label(one)) for one in sorted(months, reverse=True)]),
        ("Tout", [(periods.ALL, periods.label(periods.ALL))]),
    ]


def choices(parties: Sequence[str], *, own: bool) -> Choices:
    """Return the filters that a form offers: address, label, options. Établissements are named in words instead."""
    conventions = routing.router().conventions
    offered: dict[str, list[str]] = {
        "partie": list(parties),
        "service": sorted(SERVICES, key=lambda one: SERVICES[one].label.casefold()),
        "activite": list(ACTIVITY_ANSWERS),
        "public": list(USER_CATEGORIES),
        "statut": list(STATUSES),
        "priorite": ["1", "2", "3", "4", "5", "0"],
        "accord": [] if own else [one.id for one in conventions],
    }
    return [
        (one, DIMENSIONS[one].name, [(value, name(one, value)) for value in values])
        for one, values in offered.items()
        if values
    ]
