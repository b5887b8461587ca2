"""The analyser of searches: inflexions, accents, ligatures, elisions; no typed text ever becomes query syntax."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix import french
from ticketing.tickets import search


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("imprimantes", "imprimante"),
        ("L’écran cassé", "ecran"),
        ("Écrans", "l'écran"),
        ("œuvre", "oeuvre"),
        ("cœur", "COEUR"),
        ("e\u0301cran", "écran"),
        ("ﬁchier", "fichiers"),
        ("aujourd’hui", "aujourd'hui"),
        ("réseaux", "reseau"),
        ("vidéo-projecteur", "projecteurs vidéo"),
        ("XB-2040", "xb2040".replace("xb", "xb ")),
        ("déconnexions", "déconnexion"),
        ("Straße", "strasse"),
        ("Ἀθήνα", "ἀθήνα"),
    ],
)
def test_what_is_written_is_found(text: str, searched: str) -> None:
    found = search.tokens(text)
    assert all(set(forms) & found for forms in search.query(searched)) and search.query(searched)


def test_stop_words_are_neither_kept_nor_searched() -> None:
    assert search.tokens("le la les de l’ et à est") == set()
    assert search.query("à les où") == [("ou",)] or search.query("à les") == []


def test_a_search_is_bounded() -> None:
    assert len(search.query(" ".join(f"mot{n}" for n in range(100)))) == search.WORDS_MAX
    assert all(len(token) <= french.WORD_MAX for token in search.tokens("x" * 10_000))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" #12 ", 12),
        ("n° 12", 12),
        ("N°12", 12),
        ("ticket 12", 12),
        ("n°\u00a012", 12),
        ("Ticket n°\u202f12", 12),
        ("12a", None),
        ("", None),
        ("1 2", None),
        ("9" * 13, None),
        ("１２", None),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    assert search.number(text) == number


@given(st.text(max_size=60))
def test_any_text_is_a_safe_query_on_both_engines(text: str) -> None:
    wanted = search.query(text)
    for forms in wanted:
        assert all(re.fullmatch(r"[a-z0-9]+", form) for form in forms), forms
    assert re.fullmatch(r"[a-z0-9'()|& ]+", search.tsquery(wanted, "etab:x"))
    INDEX.execute("SELECT rowid FROM t WHERE t MATCH ?", (search.fts5(wanted, "etab:x"),)).fetchall()


INDEX = sqlite3.connect(":memory:")
INDEX.execute(
    "CREATE VIRTUAL TABLE t USING fts5(words, keys, detail = column, tokenize = 'unicode61 remove_diacritics 0')"
)


@given(st.text(min_size=1, max_size=30))
def test_a_text_finds_itself(text: str) -> None:
    wanted = search.query(text)
    INDEX.execute("DELETE FROM t")
    INDEX.execute(
        "INSERT INTO t (rowid, words, keys) VALUES (1, ?, ?)",
        (" ".join(search.tokens(text)), search.key_token("etab:x")),
    )
    if wanted:
        assert INDEX.execute("SELECT rowid FROM t WHERE t MATCH ?", (search.fts5(wanted, "etab:x"),)).fetchall()
        assert not INDEX.execute("SELECT rowid FROM t WHERE t MATCH ?", (search.fts5(wanted, "etab:y"),)).fetchall()


def test_keys_have_tokens_of_their_own() -> None:
    keys = [f"{kind}:{name}" for kind in ("etab", "chef", "org") for name in ("a", "b", "a-b")]
    assert len({search.key_token(key) for key in keys}) == len(keys)
