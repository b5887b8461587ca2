"""The analyser of French words, used wherever words are compared, indexed or searched. Pure.

A word is normalised (NFKC, lower case, ligatures spelt out) and kept in two forms: stemmed then stripped of accents,
and stripped then stemmed. The second form alone would lose inflexions; with both, a word is found whether it is typed
with its accents or without. No word is left out here: a search may ignore stop words, but never when it has no other.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

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
    il ils j je jusqu l la le les leur leurs lorsqu lui m ma madame mais me meme mes mlle mme moi mon monsieur mr n ne
    nos notre nous on ont ou par pas plus pour puisqu qu que quel quelle quelles quels qui quoiqu s sa sans se ses si
    soit sont sous sur t ta te tes toi ton tous tout toute toutes tres tu un une va vers vos votre vous y"""
#: Words that do not tell what a text is about, folded. « son » is none: here it is what a loudspeaker gives.
STOP_WORDS = frozenset(_STOP_WORDS.split())
WORD_MAX = 40  # letters of a word that are analysed

_WORD = re.compile(r"[^\W_]+")
#: One of these signs between two words makes a compound of them: « vidéo-projecteur », « l’écran », « salle_info ».
_JOINING = re.compile("[-\u00ad‐‑‒–−'’ʼ‘´`′_./@]")
_APOSTROPHES = re.compile("[’‘ʼ´`′＇]")
_HYPHENS = re.compile("[-\u00ad‐‑‒–—−]")
#: « limprimante », typed without its apostrophe. A shorter rest may be there by chance: « lent » is no « l’ENT ».
_GLUED_ARTICLE = re.compile(r"(?:[ldjmtsnc]|qu)(?=[aeiouyh])")
_GLUED_FIRST = frozenset("ldjmtsncq")
_GLUED_REST_MIN = 4
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
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


class Word(NamedTuple):
    """A word of a text: in lower case with its accents, how it follows the word before, and where it stands.

    `tie` is « - » for a part of a compound, a blank for the next word of a phrase, and empty for the first word of a
    phrase. `start` and `end` are places in the text as `normal` gives it.
    """

    text: str
    tie: str
    start: int
    end: int

    @property
    def ignored(self) -> bool:
        """Return whether it is a stop word."""
        return is_stop_word(self.text)


def normal(text: str) -> str:
    """Return the text as words are found in it: NFKC, lower case, ligatures spelt out."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).lower()).translate(_LIGATURES)


def words(text: str) -> list[Word]:
    """Return all the words of a text in order; a word is cut after `WORD_MAX` letters."""
    plain, before = normal(text), 0
    found: list[Word] = []
    for match in _WORD.finditer(plain):
        between = plain[before : match.start()]
        tie = "" if not found else "-" if _JOINING.fullmatch(between) else " " if between.isspace() else ""
        before = match.end()
        found.append(Word(match[0][:WORD_MAX], tie, match.start(), before))
    return found


@lru_cache(maxsize=20_000)
def is_stop_word(word: str) -> bool:
    """Return whether a word of `words` is a stop word, whatever its accents."""
    return unaccented(word) in STOP_WORDS


def without_article(word: str) -> str:
    """Return what follows an article glued to a word (« limprimante »), or an empty text if the word has none."""
    if word[:1] not in _GLUED_FIRST:
        return ""
    found = _GLUED_ARTICLE.match(unaccented(word[:3]))
    rest = word[found.end() :] if found else ""
    return rest if len(rest) >= _GLUED_REST_MIN else ""


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem of a word of `words` without accents: two inflexions of one word mostly have the same."""
    return str(_stemmer.stemWord(unaccented(_PLURAL.sub("", word)).translate(_STROKES)))


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


def _escaped(form: str) -> str:
    """A word without any Latin letter (Greek, Arabic…), spelt by its code points."""
    return "".join(f"x{ord(c):x}" for c in form if c.isalnum())
