"""Turn a person's search into a query for both engines. Pure.

Every word must be found, in one of several spellings: its forms, its synonyms (`matrix.french.synonyms`), the compound
that it makes with its neighbour (« wi fi »), the code that it is a part of (« 05 62 12 34 56 »), the établissements
that it names. Stop words are ignored when there are other words. Nothing typed can be query syntax: see `words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from matrix import french
from matrix.french import synonyms
from ticketing.search import codes, places, words
from ticketing.search.places import Places

WORDS_MAX = 12  # the most words of a search; further words are ignored


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word that a ticket must have, as typed: the forms of which one is enough, and the keys of établissements."""

    typed: str
    forms: tuple[str, ...]
    keys: tuple[str, ...] = ()


@dataclass(slots=True)
class _Asked:
    """A word of a search while it is read: its spellings, and the whole tokens that stand for it too."""

    word: french.Word
    spelled: dict[str, None] = field(default_factory=dict)
    tokens: dict[str, None] = field(default_factory=dict)
    kept: bool = False  # part of a term of which it must not be left out

    def wanted(self, known: Places | None, part: str = "") -> Wanted:
        """Return what the index is asked for, by this word or by one part of it."""
        forms = (form for spelling in (*self.spelled, part) for form in french.forms(spelling) if spelling)
        named = known.named(self.word.text) if known else frozenset()
        keys = tuple(words.key_token(places.key(one)) for one in sorted(named))
        return Wanted(part or self.word.text, tuple(dict.fromkeys((*forms, *self.tokens))), keys)


def query(text: str, known: Places | None = None) -> list[Wanted]:
    """Return the query of a search: all of its words must be found. `known` names the établissements."""
    asked = [_asked(word) for word in french.words(text)]
    _read_compounds(asked)
    _read_terms(asked)
    _read_codes(text, asked)
    wanted: list[Wanted] = []
    for one in _told(asked, known):
        parts = _parts(one.word.text)
        for found in [one.wanted(known, part) for part in parts] if parts else [one.wanted(known)]:
            if found.forms and found not in wanted:
                wanted.append(found)
    return wanted[:WORDS_MAX]


def tells(wanted: Iterable[Wanted]) -> bool:
    """Return whether a query asks for a word at all."""
    return any(one.typed for one in wanted)


def heard(text: str, known: Places | None = None) -> tuple[list[str], list[str]]:
    """Return the words that a search looks for, as typed, and those that it leaves out (elided articles apart)."""
    asked = [_asked(word) for word in french.words(text)]
    _read_terms(asked)
    told = _told(asked, known)
    left = (one.word.text for one in asked if not any(one is kept for kept in told) and len(one.word.text) > 1)
    return list(dict.fromkeys(one.word.text for one in told))[:WORDS_MAX], list(dict.fromkeys(left))


def _asked(word: french.Word) -> _Asked:
    rest = french.without_article(word.text)
    return _Asked(word, dict.fromkeys([word.text, rest] if rest else [word.text]))


def _told(asked: Sequence[_Asked], known: Places | None) -> list[_Asked]:
    """Return the words that the index is asked for: without stop words, and without « collège » beside its name."""
    told = [one for one in asked if one.kept or not one.word.ignored]
    if known and any(known.named(one.word.text) and not known.is_common(one.word.text) for one in told):
        told = [one for one in told if not known.is_common(one.word.text)]
    nouns = [one for one in asked if french.unaccented(one.word.text) in words.NOUNS]
    return told or nouns or list(asked)


def _read_compounds(asked: Sequence[_Asked]) -> None:
    """Add to each word the compounds that it makes with its neighbours, and the whole that it is written in."""
    spelled = [one.word for one in asked]
    for index, (before, after) in enumerate(pairwise(asked)):
        if after.word.tie == "-" or (after.word.tie and not (before.word.ignored or after.word.ignored)):
            _add(asked[index : index + 2])
    for parts in words.compounds(spelled):
        start = spelled.index(parts[0])
        _add(asked[start : start + len(parts)])


def _add(parts: Sequence[_Asked]) -> None:
    whole = "".join(part.word.text for part in parts)
    if len(whole) <= french.WORD_MAX:
        for part in parts:
            part.spelled[whole] = None


def _read_terms(asked: Sequence[_Asked]) -> None:
    """Add to the words of each known term all that the term finds."""
    for start, end, term in synonyms.shipped().terms([one.word for one in asked]):
        telling = sum(not one.word.ignored for one in asked[start:end])
        for one in asked[start:end]:
            one.spelled.update(dict.fromkeys(term.finds))
            one.kept = telling < 2 <= end - start  # of « sans fil », each word tells; of « mot de passe », two do


def _read_codes(text: str, asked: Sequence[_Asked]) -> None:
    """Add to the words of each code its one token."""
    for code in codes.codes(french.normal(text)):
        for one in asked:
            if code.start <= one.word.start and one.word.end <= code.end:
                one.tokens[code.token] = None


_LETTERS_AND_DIGITS = re.compile(r"([^\W\d]+)(\d+)|(\d+)([^\W\d]+)")


def _parts(word: str) -> tuple[str, str] | None:
    """Return the two parts in which a word may be written (« vidéo projecteur », « salle 12 »), or None."""
    found = _LETTERS_AND_DIGITS.fullmatch(word)
    if found:
        return (found[1], found[2]) if found[1] else (found[3], found[4])
    return synonyms.shipped().parts(word)


#: « Ticket n° 388 », « numéro 388 », « le 388 », « [#388] », « TICKET-388 », « T-388 »; thousands may stand apart.
_NUMBER = re.compile(
    r"(?:le )?(?:tickets? )?(?:(?:#|n[°o.]|num[ée]ro|no\.?|nr\.?|t(?:icket)?[-_]) ?)?(\d{1,3}(?: \d{3}){1,3}|\d{1,12})"
)


def number(text: str) -> int | None:
    """Return the ticket number that words may mean (« 123 », « #123 », « Ticket n° 123 », « 1 234 »), or None.

    Any blank is accepted, since a number copied from a screen has a no-break space, and brackets and full stops too.
    """
    plain = " ".join(text.split()).strip("[]().,:;!? ").casefold()
    found = _NUMBER.fullmatch(plain) if all(c.isascii() or c in "°é" for c in plain) else None
    return int(found[1].replace(" ", "")) if found else None


def fts5(wanted: Iterable[Wanted], key: str | None, side: str | None = None) -> str:
    """Return the FTS5 expression of a query within a perimeter (None: anywhere), for a reader of one side.

    The columns are `words`, `keys`, and `own` (what one side alone reads).
    """
    parts = [f'keys : "{words.key_token(key)}"'] if key is not None else []
    for one in wanted:
        columns = [("words", one.forms), ("keys", one.keys), ("own", tuple(_own(one.forms, side)))]
        parts.append("(" + " OR ".join(_column(name, tokens) for name, tokens in columns if tokens) + ")")
    return " AND ".join(parts)


def _column(name: str, tokens: Iterable[str]) -> str:
    return f"{name} : (" + " OR ".join(f'"{token}"' for token in tokens) + ")"


def tsquery(wanted: Iterable[Wanted], key: str | None, side: str | None = None) -> str:
    """Return the PostgreSQL tsquery for a query within a perimeter (None: anywhere), for a reader of one side.

    All tokens share one document, with words under the prefix « w ».
    """
    parts = [f"'{words.key_token(key)}'"] if key is not None else []
    for one in wanted:
        tokens = (*(f"w{form}" for form in one.forms), *one.keys, *_own(one.forms, side))
        parts.append("(" + " | ".join(f"'{token}'" for token in tokens) + ")")
    return " & ".join(parts)


def _own(forms: Iterable[str], side: str | None) -> Iterator[str]:
    """Yield the tokens under which a side finds what it alone may read."""
    if side is not None:
        mark = words.own_mark(side)
        yield from (mark + form for form in forms)
