"""Sentences as people write them, and the question of the bar that each asks."""

from __future__ import annotations

from datetime import date

import pytest

from matrix import load_conventions
from matrix.suggestions import Suggestion, shipped, suggest
from ticketing.figures.board.sentence import MOST, Heard, hear
from ticketing.search.places import Places

PLACES = Places(load_conventions())
TODAY = date(2026, 11, 30)


def about(text: str) -> tuple[Suggestion, ...]:
    return suggest(text, lexicon=shipped(), limit=1)


def heard(text: str) -> Heard:
    return hear(text, PLACES, about, TODAY)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "combien de tickets wifi à Desaix l’an dernier",
            "mesure=ouverts service=infrastructure-reseau etablissement=desaix-tarbes periode=annee-2025 par=mois",
        ),
        ("temps perdu par partie cette année", "mesure=perdu par=partie periode=annee-2026"),
        (
            "Combien d'imprimantes en panne au collège Victor Hugo en octobre ?",
            "mesure=ouverts service=equipement-bureautique activite=mco etablissement=victor-hugo-tarbes "
            "periode=2026-10 par=mois",
        ),
        ("délai de résolution par collège en 2025-2026", "mesure=resolution par=etablissement periode=annee-2025"),
        ("contestations par mois", "mesure=contestations par=mois"),
        ("tickets en cours par semaine", "mesure=en-attente par=semaine"),
        ("promesses tenues le mois dernier", "mesure=reponses-promises par=service periode=2026-10"),
        (
            "qui a le plus de tickets antivirus ce mois-ci",
            "mesure=ouverts par=partie service=antivirus periode=2026-11",
        ),
        ("passages depuis le début", "mesure=passages par=service periode=tout"),
        ("tickets de décembre", "mesure=ouverts par=service periode=2025-12"),
        ("", "mesure=ouverts par=service"),
    ],
)
def test_a_sentence_leads_to_its_address(text: str, address: str) -> None:
    assert heard(text).address == dict(part.split("=") for part in address.split())


def test_what_is_not_understood_is_said_and_not_guessed() -> None:
    found = heard("zorglub à Desaix")
    assert found.left == ("zorglub",)
    assert found.address == {"mesure": "ouverts", "par": "service", "etablissement": "desaix-tarbes"}
    assert heard("tickets à Tarbes").address.get("etablissement") is None, "several are there"


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%_*\\", "\x00", "é" * 10_000, "( [ {", "\u202etickets"])
def test_nothing_typed_breaks_it(text: str) -> None:
    assert heard(text).address["mesure"] == "ouverts"
    assert len(" ".join(heard(text).left)) <= MOST
