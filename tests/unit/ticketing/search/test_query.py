"""Searches: words, compounds, synonyms, codes; no typed text ever becomes query syntax."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix import french
from ticketing.search import places, query, words

#: What is typed in a title, and what is searched: each finds the other.
BOTH_WAYS = [
    ("imprimantes", "imprimante"),
    ("L’écran", "ecran"),
    ("Écrans", "l'écran"),
    ("œuvre", "oeuvre"),
    ("cœur", "COEUR"),
    ("e\u0301cran", "écran"),
    ("ﬁchier", "fichiers"),
    ("aujourd’hui", "aujourd'hui"),
    ("aujourd’hui", "aujourdhui"),
    ("réseaux", "reseau"),
    ("déconnexions", "déconnexion"),
    ("Straße", "strasse"),
    ("Ἀθήνα", "ἀθήνα"),
    ("wifi", "Wi-Fi"),
    ("wifi", "wi fi"),
    ("Wi-Fi", "wi fi"),
    ("wi‑fi", "WIFI"),  # a no-break hyphen
    ("sans fil", "wifi"),
    ("sans-fil", "wi fi"),
    ("vidéoprojecteur", "vidéo-projecteur"),
    ("vidéoprojecteurs", "video projecteur"),
    ("Vidéo projecteur", "vidéo-projecteurs"),
    ("vidéoproj", "VP"),
    ("VP", "projecteur"),
    ("vidéo-projecteur", "vp"),
    ("e-mail", "email"),
    ("e-mail", "courriel"),
    ("mail", "messagerie"),
    ("anti-virus", "antivirus"),
    ("anti virus", "antivirus"),
    ("micro-ordinateur", "microordinateur"),
    ("micro-ordinateur", "ordi"),
    ("salle-info", "salle info"),
    ("salle_info", "salleinfo"),
    ("salle info", "salleinfo"),
    ("haut-parleurs", "hautparleur"),
    ("télé-assistance", "téléassistance"),
    ("limprimante", "l’imprimante"),
    ("limprimante", "imprimante"),
    ("lordinateur", "ordinateurs"),
    ("dimprimante", "imprimante"),
    ("l`écran", "lécran"),
    ("ordi", "PC"),
    ("poste", "ordinateur"),
    ("TNI", "TBI"),
    ("TNI", "tableau interactif"),
    ("tableaux blancs interactifs", "TBI"),
    ("imprimante", "copieur"),
    ("mot de passe", "mdp"),
    ("mots de passe", "mot-de-passe"),
    ("motdepasse", "mdp"),
    ("tél", "téléphone"),
    ("XB-2040", "xb2040"),
    ("XB 2040", "xb2040"),
    ("XB2040", "xb 2040"),
    ("salle12", "salle 12"),
    ("INV.2021/0042", "inv 2021 0042"),
    ("05 62 12 34 56", "0562123456"),
    ("05 62 12 34 56", "+33 5 62 12 34 56"),
    ("+33 (0)5 62 12 34 56", "05.62.12.34.56"),
    ("0033562123456", "05\u202f62\u202f12\u202f34\u202f56"),
    ("05-62-12-34-56", "+33562123456"),
    ("+33 05 62 12 34 56", "(05) 62 12 34 56"),
    ("33 5 62 12 34 56", "05/62/12/34/56"),
    ("0 562 123 456", "+33.562.123.456"),
    ("+262 262 12 34 56", "0262123456"),
    ("AA:BB:CC:00:EE:FF", "aa-bb-cc-00-ee-ff"),
    ("AA:BB:CC:00:EE:FF", "aabbcc00eeff"),
    ("aabb.cc00.eeff", "AABBCC00EEFF"),
    ("de:ca:fe:de:ca:fe", "decafedecafe"),
    ("AABBCC-00EEFF", "aa bb cc 00 ee ff"),
    ("micro ordinateur", "ordinateur"),
    ("e mail", "mél"),
    ("pare-feu", "parefeu"),
    ("Mme O’Brien", "obrien"),
    ("jean-pierre", "Jean Pierre"),
]


def finds(text: set[str], searched: str) -> bool:
    wanted = query.query(searched)
    return bool(wanted) and all(set(one.forms) & text for one in wanted)


@pytest.mark.parametrize(("one", "other"), BOTH_WAYS)
def test_each_spelling_finds_the_other_in_a_title(one: str, other: str) -> None:
    assert finds(words.heading(one), other), (query.query(other), words.heading(one))
    assert finds(words.heading(other), one), (query.query(one), words.heading(other))


#: In a long text, two words that nothing ties are not indexed in one.
_LOOSE = {("salle info", "salleinfo"), ("salle_info", "salleinfo")}


@pytest.mark.parametrize(("one", "other"), [pair for pair in BOTH_WAYS if pair not in _LOOSE])
def test_each_spelling_finds_the_other_in_a_text(one: str, other: str) -> None:
    for written, searched in ((one, other), (other, one)):
        assert finds(words.tokens(f"Bonjour, voici : {written}. Merci"), searched), (written, searched)


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("Mon fil est sans gaine", "wifi"),
        ("Le mot du jour passe mal", "mdp"),
        ("Le réseau est lent", "ENT"),
        ("Traceur en panne", "scanner"),
        ("Série CN0562123456X", "0562123456"),
        ("Pas de réseau", "imprimante"),
        ("Tableau de bord", "TBI"),
        ("Imprimante", "écran"),
    ],
)
def test_what_means_something_else_is_not_found(text: str, searched: str) -> None:
    assert finds(words.heading(text), text) and not finds(words.heading(text), searched)


def test_a_kind_is_found_by_the_general_word_and_finds_itself_only() -> None:
    assert finds(words.heading("Traceur A0"), "imprimante")
    assert not finds(words.heading("Imprimante"), "traceur")


@pytest.mark.parametrize("word", ["son", "été", "le", "plus", "à", "d’", "l", "où", "est", "y", "qu’"])
def test_a_word_alone_is_searched_even_if_it_is_a_stop_word(word: str) -> None:
    assert finds(words.heading(f"Plus de son à l’été, le cours est où il y a lieu d’être, qu’on sache ({word})"), word)
    assert not finds(words.heading("Panne"), word)


def test_stop_words_are_ignored_beside_other_words() -> None:
    assert [one.typed for one in query.query("la panne de l’écran à l’étage")] == ["panne", "écran", "étage"]
    assert query.heard("la panne de l’écran, la panne") == (["panne", "écran"], ["la", "de"])
    assert query.heard("à la") == (["à", "la"], []) and [one.typed for one in query.query("à la")] == ["à", "la"]
    assert query.heard("vidéoprojecteur") == (["vidéoprojecteur"], []) and query.heard("?!") == ([], [])
    assert [one.typed for one in query.query("souris sans fil")] == ["souris", "sans", "fil"]


def test_long_texts_keep_no_stop_word_but_those_that_are_nouns() -> None:
    assert words.tokens("le la les de l’ et à est") == set()
    assert finds(words.tokens("Le cours d’été"), "été") and finds(words.tokens("Il n’y a plus de son"), "son")
    assert finds(words.heading("les de"), "les") and finds(words.heading("les de"), "de")


def test_a_search_is_bounded() -> None:
    assert len(query.query(" ".join(f"mot{n}x" for n in range(100)))) == query.WORDS_MAX
    assert all(len(token) <= french.WORD_MAX for token in words.heading("x" * 10_000 + "-" + "y" * 30))


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
        ("numéro 12", 12),
        ("le 12", 12),
        ("[#12]", 12),
        ("TICKET-12", 12),
        ("T-12", 12),
        ("n°12.", 12),
        ("1\u202f234", 1234),
        ("05 62 12 34 56", None),
        ("n° 2026-12", None),
        ("salle 12", None),
        ("٣٨٨", None),
        ("12a", None),
        ("", None),
        ("1 2", None),
        ("9" * 13, None),
        ("１２", None),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    assert query.number(text) == number


INDEX = sqlite3.connect(":memory:")
INDEX.execute(
    "CREATE VIRTUAL TABLE t USING fts5(words, keys, own, detail = column, tokenize = 'unicode61 remove_diacritics 0')"
)


def found_in_sqlite(text: set[str], searched: str, key: str = "etab:x", own: set[str] | None = None) -> bool:
    INDEX.execute("DELETE FROM t")
    INDEX.execute(
        "INSERT INTO t (rowid, words, keys, own) VALUES (1, ?, ?, ?)",
        (" ".join(text), words.key_token("etab:x"), " ".join(own or ())),
    )
    asked = query.fts5(query.query(searched), key, "side")
    return bool(INDEX.execute("SELECT rowid FROM t WHERE t MATCH ?", (asked,)).fetchall())


@given(st.text(max_size=60))
def test_any_text_is_a_safe_query_on_both_engines(text: str) -> None:
    wanted = query.query(text)
    for one in wanted:
        assert all(re.fullmatch(r"[a-z0-9]+", form) for form in one.forms), one
    assert re.fullmatch(r"[a-z0-9'()|& ]+", query.tsquery(wanted, "etab:x", "side"))
    found_in_sqlite(set(), text)


@given(st.text(min_size=1, max_size=30))
def test_a_text_finds_itself(text: str) -> None:
    if query.query(text):
        assert found_in_sqlite(words.heading(text), text)
        assert not found_in_sqlite(words.heading(text), text, "etab:y")


#: Letters and signs of French titles, the glue of compounds and codes among them.
_FRENCH = st.text(
    "aàâbcçdeéèêëfghiîïjklmnoôœpqrstuùûüvwxyzæAÉÎŒ0123456789'’-–_/.,:;!?()«» \u00a0\u202f+#°", max_size=12
)
_WORDS = st.lists(
    _FRENCH
    | st.sampled_from(["son", "été", "l’", "wi", "fi", "sans", "05", "62", "AA:BB:CC:DD:EE:FF", "mot de passe"]),
    min_size=1,
    max_size=9,
)


@given(_WORDS)
def test_each_word_of_a_title_finds_it_and_so_does_the_title_whole(parts: list[str]) -> None:
    title = " ".join(parts)
    indexed = words.heading(title)
    for word in (*title.split(), *(one.text for one in french.words(title)), title):
        if query.query(word):
            assert finds(indexed, word), (title, word)


@given(_WORDS)
def test_a_word_is_left_unsearched_only_when_it_has_no_letter_nor_digit(parts: list[str]) -> None:
    for word in " ".join(parts).split():
        assert bool(query.query(word)) is any(letter.isalnum() for letter in french.normal(word)), word


def test_the_longest_query_is_not_too_deep_for_sqlite() -> None:
    class Everywhere:
        def named(self, word: str) -> frozenset[str]:
            return frozenset(f"{word}-{rank}" for rank in range(places.NAMED_MAX))

        def is_common(self, word: str) -> bool:
            return False

    typed = "ordinateur téléphone imprimante messagerie projecteur tbi mdp wifi pc mail portable écran"
    wanted = query.query(typed, Everywhere())  # type: ignore[arg-type]
    assert len(wanted) == query.WORDS_MAX and sum(len(one.keys) for one in wanted) == 12 * places.NAMED_MAX
    INDEX.execute("SELECT rowid FROM t WHERE t MATCH ?", (query.fts5(wanted, "org:x", "side"),)).fetchall()


def test_a_person_is_found_with_the_civility() -> None:
    assert finds(words.heading("Thomas Escalère"), "M. Escalère") and finds(words.heading("Anne Duval"), "Mme Duval")


def test_keys_have_tokens_of_their_own() -> None:
    keys = [f"{kind}:{name}" for kind in ("etab", "chef", "org") for name in ("a", "b", "a-b")]
    assert len({words.key_token(key) for key in keys}) == len(keys)


def test_what_one_side_alone_reads_is_found_by_no_other_even_one_that_types_its_token() -> None:
    own = words.own_tokens(words.heading("devis.pdf"), "side")
    assert found_in_sqlite(set(), "devis", own=own)
    others = words.own_tokens(words.heading("devis.pdf"), "other")
    assert not found_in_sqlite(set(), "devis", own=others)
    for token in others:
        assert not found_in_sqlite(set(), token, own=others)
        assert f"'{token}'" not in query.tsquery(query.query(token), None, "side")
