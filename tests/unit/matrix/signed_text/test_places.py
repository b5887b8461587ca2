"""Where quotes stand in a text: whatever the line ends, and at the place that their reference names."""

from __future__ import annotations

import pytest

from matrix.signed_text.places import Finder, Places, references, within
from matrix.signed_text.splitting import split

TWO = """Convention de partenariat

Préambule
Avant tout.

Article 1. Objet
Le Département fournit les tablettes.

Article 2. Suite
La maintenance est à sa charge.

ANNEXE A : LISTE
Un nom.

Article 3 Fin
Fin.

Préambule
Rappel.

Article 1. Objet
Le Département fournit les tablettes.
"""


def found(text, quote, ref=""):
    sentences = split(text)
    return [sentences[at].text for at in Places(text, sentences).covered(quote, ref)]


def test_a_quote_is_found_whatever_the_blanks_and_the_hyphens_of_line_ends():
    text = "Le Département\n  maintient les ta-\nblettes et le mot-\nclé."
    finder = Finder(text)
    for quote in ("maintient les tablettes", "Département maintient", "mot-clé", "ta- blettes"):
        [(start, end)] = finder.spans(quote)
        assert text[start] == quote[0] and text[end - 1] == quote[-1]
    assert not finder.holds("tient pas") and not finder.holds("  ")


def test_a_quote_covers_all_the_sentences_that_it_runs_over():
    text = "Un point. Deux points. Trois points."
    assert found(text, "points. Trois") == ["Deux points.", "Trois points."]
    assert found(text, "Quatre") == []


def test_of_two_places_the_reference_decides_and_else_the_first():
    sentences = split(TWO)
    places = Places(TWO, sentences)
    quote = "fournit les tablettes"
    first, second = (places.covered(quote, ref)[0] for ref in ("P1", "M1"))
    assert first < second
    assert places.covered(quote, "9") == (first,)
    assert places.repeated(quote) == (first, second)
    assert places.repeated(quote, "M1") == (second,) and places.repeated(quote, "P2") == ()


def test_words_that_stand_in_other_sentences_too_are_only_those_of_the_first():
    text = "Le collège range. Le collège, lui, aide. Le collège range."
    places = Places(text, split(text))
    assert places.repeated("Le collège") == (0, 2)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (TWO, [(0, ""), (0, "preambule"), (0, "1"), (0, "2"), (0, "annexe-a"), (0, "3"), (1, "preambule"), (1, "1")]),
        (
            "I - OBJET\n\nArticle 1 : Objet\nA.\n\nII-SERVICE\n\nARTICLE 2 Engagements\nB.\n\n"
            "ANNEXE 2 BIS: LISTE\n\n1.1 Titre\nC.",
            [(0, "I"), (0, "I.1"), (0, "II"), (0, "II.2"), (0, "annexe-2-bis")],
        ),
        ("ARTICLE 4 : PRESTATIONS\n\n4.1 : RÉSEAU\nA.\n\n4.1.2 Suite\nB.", [(0, "4"), (0, "4.1"), (0, "4.1.2")]),
        ("Article 1 - La Commune fournit les postes. Puis.\n\nArticle 2 : Le reste.", [(0, "1"), (0, "2")]),
        ("74 RUE DES LILAS\n\nArticle 1er. Objet\nA.", [(0, ""), (0, "1")]),
    ],
)
def test_each_sentence_knows_its_article(text, wanted):
    assert list(dict.fromkeys(references(split(text)))) == wanted


@pytest.mark.parametrize(
    ("ref", "part", "place", "answer"),
    [
        ("4.1", 0, "4.1.2", True),
        ("4.1", 0, "4.10", False),
        ("P4.1", 0, "4.1", True),
        ("M4.1", 0, "4.1", False),
        ("M4.1", 1, "4.1", True),
        ("annexe-2", 0, "annexe-2-bis", False),
        ("annexe-2-note-3", 0, "annexe-2", True),
        ("deliberation", 0, "", True),
        ("preambule", 0, "preambule", True),
    ],
)
def test_a_reference_names_its_place_and_what_is_in_it(ref, part, place, answer):
    assert within(ref, part, place) is answer
