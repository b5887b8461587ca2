"""Words near a word that was typed, and the words of a search marked in a text."""

from __future__ import annotations

import pytest

from ticketing.search import marks
from ticketing.search.spelling import distance, nearest

WORDS = {
    "vidéoprojecteur",
    "imprimante",
    "ordinateur",
    "tablette",
    "réseau",
    "Soulérac",
    "son",
    "salle",
    "2040",
    "tables",
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("videoprojcteur", "vidéoprojecteur"),
        ("imprimnte", "imprimante"),
        ("ordinatuer", "ordinateur"),
        ("tabelttes", "tablette"),
        ("reesau", "réseau"),
        ("soulrac", "Soulérac"),
        ("xmprimante", "imprimante"),
    ],
)
def test_a_typing_error_is_mended(typed: str, meant: str) -> None:
    assert nearest(typed, WORDS) == (meant,)


@pytest.mark.parametrize("typed", ["son", "sol", "2041", "grille", "zzzzzz", "", "serveur"])
def test_short_words_numbers_and_strangers_have_no_neighbour(typed: str) -> None:
    assert nearest(typed, WORDS) == ()


def test_the_nearest_words_come_alone_and_in_one_order() -> None:
    assert nearest("tablete", {"tablette", "tables", "table"}) == ("tablette",)
    assert nearest("salla", {"salle", "sella", "salsa"}) == ("salle", "salsa", "sella")


def test_distance() -> None:
    cases = {("abc", "abc"): 0, ("abc", "acb"): 1, ("abc", "ab"): 1, ("abcd", "badc"): 2, ("", "ab"): 2}
    assert {pair: distance(*pair, 2) for pair in cases} == cases
    assert distance("abc", "xyz", 2) is None


def test_words_looked_for_are_marked_whatever_their_form() -> None:
    pieces = marks.marked("L’écran des ÉCRANS, œuvre", {"ecran"})
    assert [(one.text, one.marked) for one in pieces] == [
        ("L’", False),
        ("écran", True),
        (" des ", False),
        ("ÉCRANS", True),
        (", œuvre", False),
    ]
    assert "".join(one.text for one in marks.marked("limprimante", {"imprim"})) == "limprimante"
    assert marks.marked("limprimante", {"imprim"})[0].marked
    assert [one.marked for one in marks.marked("rien", {"ecran"})] == [False] and marks.marked("", {"a"}) == ()


def test_an_excerpt_shows_the_words_around_the_first_match() -> None:
    text = "Depuis lundi matin, " + "rien ne va, " * 20 + "le serveur\nGamma ronfle " + "et chauffe " * 30
    said = "".join(one.text for one in marks.excerpt(text, {"gamm", "gamma"}))
    assert said.startswith("… ") and said.endswith(" …") and "le serveur Gamma ronfle" in said and len(said) < 160
    assert marks.excerpt(text, {"absent"}) == ()
    assert "".join(one.text for one in marks.excerpt("Gamma", {"gamma", "gamm"})) == "Gamma"
