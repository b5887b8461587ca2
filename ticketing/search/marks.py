"""Where the words of a search stand in a text, to be shown marked. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from matrix import french

_WORD = re.compile(r"[^\W_]+")
#: Letters shown before and after the first match of an excerpt.
_BEFORE, _AFTER = 25, 110
#: The letters of a text in which a match is looked for: a page of hits has 25 texts, of ten thousand letters at most.
READ_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: its letters, and whether the search looked for them."""

    text: str
    marked: bool = False


def marked(text: str, forms: Collection[str]) -> tuple[Piece, ...]:
    """Return a text cut into pieces, with the words marked of which a form is looked for."""
    pieces: list[Piece] = []
    at = 0
    for start, end in _found(text, forms):
        pieces += [Piece(text[at:start])] if start > at else []
        pieces.append(Piece(text[start:end], True))
        at = end
    return (*pieces, Piece(text[at:])) if at < len(text) else tuple(pieces)


def excerpt(text: str, forms: Collection[str]) -> tuple[Piece, ...]:
    """Return the words around the first match in a text, marked; nothing if no word of its beginning is looked for."""
    line = " ".join(text[:READ_MAX].split())
    first = next(_found(line, forms), None)
    if first is None:
        return ()
    start, end = max(0, first[0] - _BEFORE), min(len(line), first[1] + _AFTER)
    cut = line[start:end]
    if start:
        cut = "… " + cut.partition(" ")[2] if " " in cut[: first[0] - start] else f"…{cut}"
    if end < len(line):
        cut = f"{cut.rpartition(' ')[0]} …" if " " in cut[first[1] - start :] else f"{cut}…"
    return marked(cut, forms)


def _found(text: str, forms: Collection[str]) -> Iterator[tuple[int, int]]:
    for match in _WORD.finditer(text):
        if not _forms(match[0]).isdisjoint(forms):
            yield match.span()


@lru_cache(maxsize=20_000)  # a page of hits has two hundred words, nearly all of them met before
def _forms(written: str) -> frozenset[str]:
    """Return the forms under which a search finds a word, whole or without the article glued to it."""
    said = [word.text for word in french.words(written)]
    spellings = [*said, *(french.without_article(word) for word in said)]
    return frozenset(form for word in spellings if word for form in french.forms(word))
