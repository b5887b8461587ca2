"""Which open tickets look like a sentence: those that share a word that tells, the most alike first. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from matrix import french
from matrix.suggestions import shipped
from ticketing.views import ListRow

#: The most tickets shown: a glance, not a list to read.
SHOWN_MAX = 3
#: The fewest letters of a word that is compared, but for names such as « TBI ».
LETTERS_MIN = 3


def telling(text: str) -> frozenset[str]:
    """Return the stems of a text that tell what it is about: no stop word, none that stands in tickets on anything."""
    faint = shipped().words.faint
    found = (
        french.stem(word.text) for word in french.words(text) if len(word.text) >= LETTERS_MIN and not word.ignored
    )
    return frozenset(stem for stem in found if stem not in faint)


def alike(sentence: str, rows: Iterable[ListRow]) -> tuple[ListRow, ...]:
    """Return the tickets that look like a sentence; one that holds up many is shown whatever its words."""
    said = telling(sentence)
    shared = {row: len(said & telling(row.title)) + (1 if row.urgent else 0) for row in rows}
    found = sorted((row for row in shared if shared[row]), key=lambda row: (-shared[row], -row.number))
    return tuple(found[:SHOWN_MAX])
