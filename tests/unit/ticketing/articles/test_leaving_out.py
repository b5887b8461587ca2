"""Test what an article begun from a solution leaves out."""

from __future__ import annotations

import pytest

from ticketing.articles.leaving_out import without

NAMES = ("Thomas Escalère", "Nadia Soulérac", "Marie-Claude Petit")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("J’ai vu Thomas Escalère ce matin.", "J’ai vu […] ce matin."),
        ("Bonjour thomas escalère,", "Bonjour […],"),
        ("Merci Thomas ! ESCALÈRE confirme.", "Merci […] ! […] confirme."),
        ("Vu avec Mme Durand-Lebrun et M. Fauré.", "Vu avec […] et […]."),
        ("Un petit câble.", "Un petit câble."),  # a name that is also a word, written as a word
        ("Écrire à t.escalere@exemple.fr ou au 05 62 12 34 56.", "Écrire à […] ou au […]."),
        ("Poste PC-VS-02, salle 204, étiquette INV0012345.", "Poste […], […], étiquette […]."),
        ("Comme le ticket n° 388 et le n°\u00a0412.", "Comme […] et le […]."),
        ("Adresse 10.65.3.12 changée.", "Adresse […] changée."),
        ("Panne au CDI du rez-de-chaussée.", "Panne au […]."),  # the room as it was typed
        ("Redémarrer, attendre 10 minutes, version 7.2.", "Redémarrer, attendre 10 minutes, version 7.2."),
    ],
)
def test_what_names_somebody_or_somewhere_goes(said: str, left: str) -> None:
    text, count = without(said, NAMES, ("CDI du rez-de-chaussée", "", "x"))
    assert text == left
    assert (count > 0) is (said != left)


def test_neighbouring_gaps_are_one_and_each_is_counted() -> None:
    assert without("Voir Thomas Escalère 05 62 12 34 56", NAMES, ()) == ("Voir […]", 2)
