"""One analyser of French for both engines: text -> index tokens, what a person searches -> a query. Pure.

A word is normalised (NFC, ligatures, lower case), freed of elisions, and kept in two forms: stemmed then stripped of
accents, and stripped then stemmed. Stripping first alone would lose inflexions; keeping both finds a word typed
with or without its accents. Tokens are ASCII letters and digits only, so nothing typed can be query syntax.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b

import snowballstemmer

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ﬁ": "fi", "ﬂ": "fl", "ß": "ss"})
_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_ELISION = re.compile(r"^(?:l|d|j|m|t|s|n|c|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ]", re.IGNORECASE)
#: The stemmer takes « déconnexions » for a verb (nous déconnexions): the plural of such nouns goes first.
_PLURAL = re.compile(r"(?<=[stx]ion)s$")
WORDS_MAX = 12  # of a search; what follows is left out
TOKEN_MAX = 40

_STOP_WORDS = """
    a ai aie aient as au aucun aura aussi autre aux avait avec avez avoir avons c ce ceci cela ces cet cette chez
    comme d dans de des donc dont du elle elles en encore est et ete etaient etait etant etre eu eux fait faire font
    il ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne nos notre nous on ont ou par pas plus
    pour qu que quel quelle quelles quels qui s sa sans se ses si soit son sont sous sur t ta te tes toi ton tous
    tout toute toutes tres tu un une va vers vos votre vous y"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_stemmer = snowballstemmer.stemmer("french")


def tokens(text: str) -> set[str]:
    """The index tokens of a text: both forms of each word that is not a stop word."""
    found: set[str] = set()
    for word in _words(text):
        found.update(_forms(word))
    return found


def query(text: str) -> list[tuple[str, ...]]:
    """What is searched: for each word its forms, any of which will do; every word is wanted. Empty: nothing."""
    wanted: list[tuple[str, ...]] = []
    for word in _words(text):
        forms = _forms(word)
        if forms and forms not in wanted:
            wanted.append(forms)
        if len(wanted) == WORDS_MAX:
            break
    return wanted


def number(text: str) -> int | None:
    """The ticket number that words may mean (« 123 », « #123 », « Ticket n° 123 »), or None.

    Copied from a screen, its blank does not break: any blank is one.
    """
    plain = " ".join(text.split())
    found = re.fullmatch(r"(?:ticket )?(?:#|n[°o])? ?(\d{1,12})", plain, re.IGNORECASE | re.ASCII)
    return int(found[1]) if found else None


def key_token(key: str) -> str:
    """The token that stands for a perimeter key in the index."""
    return "k" + blake2b(key.encode(), digest_size=10).hexdigest()


def fts5(wanted: Iterable[tuple[str, ...]], key: str | None) -> str:
    """The FTS5 expression for a query within a perimeter (None: anywhere); its columns are `words` and `keys`."""
    parts = [f'keys : "{key_token(key)}"'] if key is not None else []
    parts += ["words : (" + " OR ".join(f'"{form}"' for form in forms) + ")" for forms in wanted]
    return " AND ".join(parts)


def tsquery(wanted: Iterable[tuple[str, ...]], key: str | None) -> str:
    """The PostgreSQL tsquery for the same; words and keys share one document, words under the prefix « w »."""
    parts = [f"'{key_token(key)}'"] if key is not None else []
    parts += ["(" + " | ".join(f"'w{form}'" for form in forms) + ")" for forms in wanted]
    return " & ".join(parts)


def unaccented(text: str) -> str:
    """The text without its diacritics."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _words(text: str) -> Iterator[str]:
    normal = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).lower()).translate(LIGATURES)
    for found in _WORD.findall(normal):
        word = _ELISION.sub("", found)
        for part in re.split("['’ʼ]", word):
            if part and unaccented(part) not in STOP_WORDS:
                yield part[:TOKEN_MAX]


@lru_cache(maxsize=20_000)
def _forms(word: str) -> tuple[str, ...]:
    """Both forms of a word, ASCII only, the same one once."""
    forms: dict[str, None] = {}
    word = _PLURAL.sub("", word)
    for form in (unaccented(_stemmer.stemWord(word)), _stemmer.stemWord(unaccented(word))):
        ascii_form = "".join(c for c in form if c.isascii() and c.isalnum()) or _escaped(form)
        if ascii_form:
            forms[ascii_form] = None
    return tuple(forms)


def _escaped(form: str) -> str:
    """A word without any Latin letter (Greek, Arabic…), spelt by its code points."""
    return "".join(f"x{ord(c):x}" for c in form if c.isalnum())
