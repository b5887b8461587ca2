"""French words: all code that compares, indexes or searches uses one folding and one list of stop words."""

from __future__ import annotations

import ast

import pytest
from harness.places import ROOT

from charters.keys import seedfile
from matrix import french
from matrix.checks import names
from matrix.sheets import lexicon


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Élève à l’ÎLE", "eleve a l’ile"),
        ("Œuvre, cœur", "oeuvre, coeur"),
        ("Ægir æon", "aegir aeon"),
        ("Straße STRAẞE", "strasse strasse"),
        ("Bjørn Đorđević Łukasz", "bjorn dordevic lukasz"),
        ("ǿ ǽ", "o ae"),
        ("e\u0301cole ﬁchier m²", "ecole fichier m2"),
        ("Ἀθήνα", "αθηνα"),
        ("l'été n° 12 @ 8 h 30", "l'ete n° 12 @ 8 h 30"),
    ],
)
def test_letters_are_folded(text, folded):
    assert french.fold(text) == folded == french.fold(folded)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anne Lœuillet", "anne  LOEUILLET"),
        ("Øystein Đặng", "oystein dang"),
        ("Sean O’Brien", "Sean O'Brien"),
        ("Sean Oʼbrien", "Sean O‘Brien"),
        ("Jean-Pierre Durand", "Jean\u00a0Pierre Durand"),
        ("Jean‑Pierre Durand", "jean-pierre durand"),
        ("Zoe\u0308", "Zoë"),
    ],
)
def test_a_name_is_compared_whatever_its_spelling(one, other):
    assert french.name(one) == french.name(other)
    assert french.name("Anne Durand") != french.name("Anne Durant")


def test_without_its_accents_a_text_keeps_its_letters():
    assert french.unaccented("Œuvre œdème æ ø đ ß É ç") == "Œuvre œdeme æ ø đ ß E c"


def test_a_word_has_its_form_with_and_without_accents():
    assert french.forms("tempérées") == ("temper", "tempere")
    assert french.forms("déconnexions") == ("deconnexion",)
    assert french.forms("αθήνα") == ("x3b1x3b8x3b7x3bdx3b1",)


def test_a_stroked_letter_is_indexed_with_and_without_it():
    """Tickets that were indexed before the letter was folded are still found."""
    assert set(french.forms("bjørn")) == {"bjorn", "bjrn"}


def test_every_word_is_kept_with_how_it_follows_the_one_before():
    found = french.words("L’imprimante du CDI : anti‑virus, salle_info / aujourd'hui")
    assert [(word.text, word.tie) for word in found] == [
        ("l", ""),
        ("imprimante", "-"),
        ("du", " "),
        ("cdi", " "),
        ("anti", ""),
        ("virus", "-"),
        ("salle", ""),
        ("info", "-"),
        ("aujourd", ""),
        ("hui", "-"),
    ]
    assert [word.text for word in found if word.ignored] == ["l", "du"]


def test_a_word_stands_where_it_says_in_the_normal_text():
    text = "  ŒUVRE n° 12 –\u00a0ﬁn  "
    for word in french.words(text):
        assert french.normal(text)[word.start : word.end] == word.text


@pytest.mark.parametrize(
    ("word", "rest"),
    [
        ("limprimante", "imprimante"),
        ("dordinateur", "ordinateur"),
        ("lécran", "écran"),
        ("quimprimer", "imprimer"),
        ("lhorloge", "horloge"),
        ("lent", ""),
        ("imprimante", ""),
        ("scanner", ""),
        ("l", ""),
        ("", ""),
    ],
)
def test_an_article_glued_to_its_word_is_told(word, rest):
    assert french.without_article(word) == rest


@pytest.mark.parametrize(("one", "other"), [("téléphones", "telephone"), ("Connexions", "connexion"), ("mots", "mot")])
def test_inflexions_have_one_stem(one, other):
    assert french.stem(one.lower()) == french.stem(other)


@pytest.mark.parametrize("word", sorted(french.STOP_WORDS))
def test_a_stop_word_is_one_wherever_words_are_searched(word):
    assert [one.ignored for one in french.words(word)] == [True]


def test_what_a_loudspeaker_gives_is_no_stop_word():
    assert not french.is_stop_word("son") and french.is_stop_word("été")


def test_every_comparison_folds_alike():
    text = "Mise en œuvre à Bjørnsborg"
    folded = french.fold(text)
    assert lexicon.simple(text) == folded
    assert names.words(text) == {"mise", "oeuvre", "bjornsborg"}
    assert seedfile._columns(["N° de série", "Clé œ", "SECRET"]) == {"serial": 0, "secret": 2}


def test_nothing_else_takes_accents_away():
    """No other module decomposes letters, since a second folding would drift from the first."""
    sources = [path for room in ("matrix", "charters", "ticketing") for path in (ROOT / room).rglob("*.py")]
    assert len(sources) > 200
    asking = set()
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = node.attr if isinstance(node, ast.Attribute) else getattr(node, "value", None)
            if named in ("NFD", "NFKD", "combining"):
                asking.add(path.relative_to(ROOT).as_posix())
    assert asking == {"matrix/french/analyser.py"}
    scripts = [path for path in (ROOT / "ticketing/static/js").glob("*.js") if "normalize(" in path.read_text("utf-8")]
    assert scripts == []  # the browser compares no words: it asks the server
