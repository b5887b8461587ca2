"""Plain words of the opening form: services in families, activities, users, payers; and a search among the services.

The ids are those of the rules' vocabulary; the agreements' own labels stay in `matrix`. The services and their other
names are data, read once from `vocabulary.toml` beside this file. Pure.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from matrix import explain, french, synonyms
from matrix.french import STOP_WORDS, fold
from matrix.wording import capital


@dataclass(frozen=True, slots=True)
class PlainService:
    """A service in plain words: its usual name, examples that tell it from its neighbours, other words for it."""

    id: str
    label: str
    hint: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class PlainGroup:
    """A handful of services that people look for in the same place."""

    id: str
    label: str
    services: tuple[PlainService, ...]


def _groups() -> tuple[PlainGroup, ...]:
    """Return the families of `vocabulary.toml`, in its order."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(
        PlainGroup(group["id"], group["label"], tuple(PlainService(**service) for service in group["service"]))
        for group in data["group"]
    )


#: The families of services, in the order of the page.
GROUPS = _groups()
#: Every plain-language service by its id.
SERVICES: dict[str, PlainService] = {service.id: service for group in GROUPS for service in group.services}

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

#: The 15 lines of annexe 2 bis in plain words; each agreement says which of them are administrative.
USER_CATEGORIES: dict[str, str] = {
    "equipe-direction": "L’équipe de direction",
    "equipe-gestion": "L’équipe de gestion (intendance)",
    "vie-scolaire": "La vie scolaire",
    "infirmiere": "L’infirmière ou l’infirmier",
    "medecin-scolaire": "Le médecin scolaire",
    "psychologue-scolaire": "La ou le psychologue scolaire",
    "conseiller-orientation": "La conseillère ou le conseiller d’orientation",
    "professeurs": "Les professeurs",
    "eleves": "Les élèves",
    "cdi": "Le CDI",
    "atte-poste-metier": "Un agent d’accueil ou de maintenance, sur son poste de travail",
    "atte-intranet-cg": "Un agent, sur le poste relié à l’intranet du Département",
    "pc-cuisinier": "Le cuisinier",
    "pc-pointage-restauration": "Le poste de pointage de la cantine",
    "postes-parents": "Un poste dédié aux parents",
}

#: Who may have paid, as answers to choose, in the words that the rules' sentences use.
PAYERS: dict[str, str] = {party: capital(words) for party, words in explain.PAYERS.items()}

_WORD = re.compile(r"[a-z0-9@]+")
#: Words that many services share: the search ignores them beside others.
COMMON = frozenset({"ca", "college", "depuis", "salle"})
#: All words that the search ignores; stop words are ignored even alone, since none tells a service.
EMPTY = STOP_WORDS | COMMON


def words_of(text: str) -> list[str]:
    """Return the words of `text` worth searching: folded, without stop words, common words nor final plural.

    Common words are kept when there are no others.
    """
    found = [word for word in _WORD.findall(fold(text)) if word not in STOP_WORDS]
    return [_singular(word) for word in found if word not in COMMON] or [_singular(word) for word in found]


def spellings(word: str) -> list[str]:
    """Return a word of `words_of`, and what follows an article that is glued to it (« limprimante »)."""
    return [word, rest] if (rest := french.without_article(word)) else [word]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


@lru_cache(maxsize=512)
def haystack(service: PlainService) -> str:
    """Return all words of a service and their synonyms, folded and without doubles.

    The script of the page filters on them too, and so needs no synonyms of its own.
    """
    text = f"{service.label}. {service.hint}. {service.words}"
    known = synonyms.shipped()
    meant = [name for _, _, term in known.terms(french.words(text)) for name in term.finds]
    found = (word for words in (text, *meant) for word in _WORD.findall(fold(words)))
    return " ".join(dict.fromkeys(_singular(word) for word in found if word not in STOP_WORDS))


def search(text: str, among: Iterable[PlainService] | None = None) -> list[str]:
    """Return the ids of the services that hold every word of `text` (as the start of a word), in their order.

    When none holds them all, return those that hold most of them. `among` limits the search to some services; a text
    without any word gives an empty list.
    """
    wanted = words_of(text[:200])
    if not wanted:
        return []
    scored = []
    for service in SERVICES.values() if among is None else among:
        found = haystack(service).split(" ")
        hits = sum(any(word.startswith(tuple(spellings(want))) for word in found) for want in wanted)
        if hits:
            scored.append((hits, service.id))
    most = max((hits for hits, _ in scored), default=0)
    return [service_id for hits, service_id in scored if hits == most]
