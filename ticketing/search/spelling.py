"""Words near a word that was typed: one letter too many, missing, changed, or two in the wrong order. Pure.

The vocabulary is an argument, and it is the caller's to see that every word of it may be shown to the reader.
"""

from __future__ import annotations

from collections.abc import Iterable

from matrix import french

#: A shorter word has neighbours by chance: « son », « sol ».
LETTERS_MIN = 4
#: The most words that one typed word is corrected into.
CORRECTIONS_MAX = 4


def nearest(word: str, vocabulary: Iterable[str]) -> tuple[str, ...]:
    """Return the words of the vocabulary at the smallest distance of a word; none beyond the errors that it may hold.

    A word of four to six letters may hold one error, a longer one two. Accents count for nothing.
    """
    typed = french.fold(word)
    most = 0 if len(typed) < LETTERS_MIN or typed.isdigit() else 1 if len(typed) < 7 else 2
    found: dict[str, int] = {}
    letters = set(typed)
    for known in vocabulary:
        plain = french.fold(known)
        if not most or abs(len(plain) - len(typed)) > most or plain.isdigit() or len(letters - set(plain)) > most:
            continue
        away = distance(typed, plain, most)
        if away is None:
            continue
        if away < most:
            most = max(away, 1)
        found[known] = away
    least = min(found.values(), default=0)
    best = sorted((known for known, away in found.items() if away == least), key=lambda one: (-_alike(typed, one), one))
    return tuple(best[:CORRECTIONS_MAX])


def _alike(typed: str, known: str) -> int:
    """Return how many first letters two words share: people rarely err on the first ones."""
    shared = 0
    for one, other in zip(typed, french.fold(known), strict=False):
        if one != other:
            break
        shared += 1
    return shared


def distance(one: str, other: str, most: int) -> int | None:
    """Return the number of errors between two words, two letters in the wrong order being one; None beyond `most`."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        older, before, row = before, row, [index]
        for place, wanted in enumerate(other, 1):
            cost = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != wanted))
            if index > 1 and place > 1 and letter == other[place - 2] and one[index - 2] == wanted:
                cost = min(cost, older[place - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return None
    return row[-1] if row[-1] <= most else None
