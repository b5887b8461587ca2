"""Services and activities in plain words, as people name them on the opening form and in answers to a mail. Pure.

The ids are those of the rules' vocabulary, and the agreements' own labels stay in `matrix`. The services are data, read
once from `plain_words.toml` beside this file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class PlainService:
    """A service in plain words: its usual name, and examples that tell it from its neighbours."""

    id: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class PlainGroup:
    """A handful of services that people look for in the same place. `placed`: a trouble with one is in some room."""

    id: str
    label: str
    services: tuple[PlainService, ...]
    placed: bool = False


def _groups() -> tuple[PlainGroup, ...]:
    """Return the families of `plain_words.toml`, in its order."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(
        PlainGroup(
            group["id"],
            group["label"],
            tuple(PlainService(**service) for service in group["service"]),
            group.get("placed", False),
        )
        for group in data["group"]
    )


#: The families of services, in the order of the page.
GROUPS = _groups()
#: Every plain-language service by its id.
SERVICES: dict[str, PlainService] = {service.id: service for group in GROUPS for service in group.services}
#: The services of things that stand somewhere: the room helps whoever comes to mend them.
PLACED = frozenset(service.id for group in GROUPS if group.placed for service in group.services)

#: The activities as answers to « De quoi s’agit-il ? »: id, answer, what it covers. In the order people need them.
ACTIVITIES: tuple[tuple[str, str, str], ...] = (
    ("mco", "C’est en panne", "Ça ne marche plus, ou mal"),
    ("installation", "À installer ou déplacer", "Mettre en place, déployer, changer de salle"),
    ("assistance", "Comment faire ?", "Aide à l’utilisation"),
    ("acquisition", "À acheter", "Choisir, décider, commander"),
    ("conseil", "Un conseil", "Un avis d’expert avant de décider"),
    ("preconisation", "À ajouter au catalogue", "Faire recommander un usage ou un produit"),
)

ACTIVITY_ANSWERS: dict[str, str] = {id_: answer for id_, answer, _ in ACTIVITIES}


def called(service: str) -> str:
    """Return what people call a service; empty where there are no plain words for it."""
    return SERVICES[service].label if service in SERVICES else ""


def beside(service: str, heading: str) -> str:
    """Return what people call a service with the agreement's words beside: « Une boîte (« Messagerie ») »."""
    plain, named = called(service), heading.split(" (")[0]
    return f"{plain} (« {named} »)".replace("« ", "«\u00a0").replace(" »", "\u00a0»") if plain else heading


def labels(ticket: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of a ticket's service and activity in plain words; those of the agreement where there are none.

    `ticket` holds the ids and labels of both, by the names of the ticket's columns.
    """
    plain = SERVICES.get(ticket["service"])
    return {
        "service_label": plain.label if plain else ticket["service_label"],
        "activity_label": ACTIVITY_ANSWERS.get(ticket["activity"], ticket["activity_label"]),
    }
