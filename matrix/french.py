"""The analyser of French words, used wherever words are compared, indexed or searched. Pure.

A word is normalised (NFKC, lower case, ligatures spelt out), loses its elisions, and is kept in two forms: stemmed then
stripped of accents, and stripped then stemmed. The second form alone would lose inflexions; with both, a word is found
whether it is typed with its accents or without. `ticketing.web.assets` gives `FOLDED` and `STOP_WORDS` to the browser.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

#: Ligatures -> the two letters of which stems are made.
LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss"}
#: Letters that Unicode does not decompose into a letter and an accent: without this, « Bjørn » would lose its vowel.
STROKES = {"ø": "o", "đ": "d", "ł": "l"}
#: How letters that are not accented letters are folded.
FOLDED = LIGATURES | STROKES

_STOP_WORDS = """
    a ai aie aient as au aucun aura aussi autre aux avait avec avez avoir avons c ce ceci cela ces cet cette chez
    comme d dans de des donc dont du elle elles en encore est et ete etaient etait etant etre eu eux fait faire font
    il ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne nos notre nous on ont ou par pas plus
    pour qu que quel quelle quelles quels qui s sa sans se ses si soit son sont sous sur t ta te tes toi ton tous
    tout toute toutes tres tu un une va vers vos votre vous y"""
#: Words that do not tell what a text is about, folded.
STOP_WORDS = frozenset(_STOP_WORDS.split())
WORD_MAX = 40  # letters of a word that are analysed

_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_APOSTROPHES = re.compile("[’‘ʼ´`′＇]")
_HYPHENS = re.compile("[-\u00ad‐‑‒–—−]")
_ELISION = re.compile(r"^(?:l|d|j|m|t|s|n|c|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ]", re.IGNORECASE)
#: The stemmer takes « déconnexions » for a verb (nous déconnexions), so the plural of such nouns is removed before it.
_PLURAL = re.compile(r"(?<=[stx]ion)s$")
_LIGATURES, _STROKES, _FOLDED = (str.maketrans(letters) for letters in (LIGATURES, STROKES, FOLDED))

_stemmer = snowballstemmer.stemmer("french")


def fold(text: str) -> str:
    """The text folded for comparison: lower case, no accent, « œ » as « oe », « ø » as « o »; other signs are kept."""
    return unaccented(unicodedata.normalize("NFKC", text).lower()).translate(_FOLDED)


def name(text: str) -> str:
    """The name of a person as it is compared: folded, with one apostrophe, and one blank for blanks and hyphens."""
    return " ".join(_APOSTROPHES.sub("'", _HYPHENS.sub(" ", fold(text))).split())


def unaccented(text: str) -> str:
    """The text without its diacritics; œ, æ, ø, đ and ß are letters, and stay."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def words(text: str) -> Iterator[str]:
    """The words of a text in order, in lower case with their accents, without elisions and stop words."""
    for found in _WORD.findall(_normal(text)):
        word = _ELISION.sub("", found)
        for part in re.split("['’ʼ]", word):
            if part and unaccented(part) not in STOP_WORDS:
                yield part[:WORD_MAX]


@lru_cache(maxsize=20_000)
def forms(word: str) -> tuple[str, ...]:
    """The distinct forms under which a word of `words` is indexed, in ASCII letters and digits.

    A word with a stroked letter (ø, đ) also has its forms without that letter, since older indexes hold those.
    """
    found: dict[str, None] = {}
    word = _PLURAL.sub("", word)
    for form in (unaccented(_stemmer.stemWord(word)), _stemmer.stemWord(unaccented(word))):
        for spelt in (form.translate(_STROKES), form):
            ascii_form = "".join(c for c in spelt if c.isascii() and c.isalnum()) or _escaped(spelt)
            if ascii_form:
                found[ascii_form] = None
    return tuple(found)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).lower()).translate(_LIGATURES)


def _escaped(form: str) -> str:
    """A word without any Latin letter (Greek, Arabic…), spelt by its code points."""
    return "".join(f"x{ord(c):x}" for c in form if c.isalnum())
