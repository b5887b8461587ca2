"""Test that the browser's script folds letters and picks words as the server does."""

from __future__ import annotations

import unicodedata

import pytest
from harness.places import ROOT

from matrix import french
from ticketing.web import vocabulary


@pytest.fixture
def said(live, browser_page):
    """Return a function: `said("fold", texts)` gives the answers of the page's own function to each text."""
    browser_page.goto(f"{live.url}/connexion")

    def ask(name, texts):
        return browser_page.evaluate(f"texts => texts.map(text => guichetFrench.{name}(text))", texts)

    return ask


def test_letters_are_folded_alike_in_the_browser(said):
    letters = [
        chr(code)
        for code in (*range(0x20, 0x250), *range(0x1E00, 0x2000), *range(0x2010, 0x20D0), *range(0x2100, 0x2190))
    ]
    letters += ["ﬁ", "ﬂ", "e\u0301", "Œ\u0301", "ǿ", "ΣΑΣ", "№"]
    known = [letter for letter in letters if unicodedata.name(letter[0], "")]
    assert {"œ", "æ", "ø", "đ", "ß", "É"} <= set(known)
    assert said("fold", known) == [french.fold(letter) for letter in known]


def test_words_are_picked_alike_in_the_browser(said):
    texts = [text for one in vocabulary.SERVICES.values() for text in (one.label, one.hint, one.words)]
    texts += (ROOT / "docs" / "conventions.md").read_text("utf-8").splitlines()
    assert said("wordsOf", texts) == [vocabulary.words_of(text) for text in texts]
    words = sorted({word for text in texts for word in vocabulary.words_of(text)} | {"limprimante", "quordi", "lent"})
    assert said("spellings", words) == [vocabulary.spellings(word) for word in words]
