"""The words that a search found are marked in the rows; a word met before is not taken apart again."""

from __future__ import annotations

import pytest

from matrix import french
from ticketing.search import marks


def test_words_are_marked_whatever_their_inflexion_and_their_article(monkeypatch: pytest.MonkeyPatch) -> None:
    marks._forms.cache_clear()
    forms = frozenset(form for word in ("imprimante", "wifi") for form in french.forms(word))
    title = "Les imprimantes du CDI, lImprimante et le Wifi"
    found = [piece.text for piece in marks.marked(title, forms) if piece.marked]
    assert found == ["imprimantes", "lImprimante", "Wifi"]
    assert "".join(piece.text for piece in marks.marked(title, forms)) == title
    taken_apart: list[str] = []
    words = french.words
    monkeypatch.setattr(french, "words", lambda text: taken_apart.append(text) or words(text))
    assert [piece.text for piece in marks.marked(f"{title} 2", forms) if piece.marked] == found
    assert marks.marked("Autre chose", forms) == (marks.Piece("Autre chose"),)
    assert taken_apart == ["2", "Autre", "chose"]


def test_security_a_long_text_is_not_taken_apart_whole_for_its_excerpt(monkeypatch: pytest.MonkeyPatch) -> None:
    """25 tickets of ten thousand letters, no word twice, made each search that met them last a second and a half."""
    marks._forms.cache_clear()
    taken_apart: list[str] = []
    words = french.words
    monkeypatch.setattr(french, "words", lambda text: taken_apart.append(text) or words(text))
    text = " ".join(f"{number:04}" for number in range(2_000))
    assert marks.excerpt(f"{text} imprimante", frozenset(french.forms("imprimante"))) == ()
    assert len(taken_apart) <= marks.READ_MAX / 5
    assert marks.excerpt(f"{text[:1500]} imprimante", frozenset(french.forms("imprimante")))
