"""What a text says, clue by clue: words, concepts, whose use it is, and in what manner it is said. Pure.

Shares tell what is said from what is only mentioned: a place (« salle info ») is not the matter, what works (« le
réseau marche, mais… ») still less; the thing named first counts more than those that follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from matrix import french
from matrix.suggestions.lexicon import Spelling, Words, stem

#: What is read of a text: the matter stands at its beginning.
READ_MAX = 1500
#: How much each kind of clue says of the service.
WORD, FAINT, PAIR, PART, CONCEPT, AUDIENCE, ACTIVITY = 1.0, 0.25, 0.25, 0.07, 1.5, 2.0, 1.0
#: The share of a place, of what works, and of the first thing named.
PLACE, FINE, FIRST = 0.25, 0.1, 1.4
#: The length of the parts of words, by which a word that nobody knows is still like another.
PART_LENGTH = 4


class Clue(NamedTuple):
    """A clue: its key (kind and name), its weight, and the words of the text that give it (first, after the last)."""

    key: str
    weight: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is read: its words, their stems, how much each counts, and whether it asks a question."""

    words: Sequence[french.Word]
    stems: Sequence[str]
    shares: Sequence[float]
    asks: bool


def read(text: str, words: Words, spelling: Spelling | None) -> Reading:
    """Return the reading of a text; without `spelling` its words are taken as they stand."""
    text = text[:READ_MAX]
    found = french.words(text)
    stems = [spelling.read(word.text) if spelling else stem(word.text) for word in found]
    shares = [1.0] * len(found)
    for first, last, _ in words.places.found(stems):
        shares[first:last] = [PLACE] * (last - first)
    for first, last in _fine(found, stems, french.normal(text)):
        shares[first:last] = [FINE] * (last - first)
    return Reading(found, stems, shares, "?" in text)


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


_PARTING = _stems("mais sauf seulement seul hormis excepté pourtant")
_WORKS = _stems("marche marchent fonctionne fonctionnent va vont")
_WELL = _stems("bien ok nickel normal parfait normalement correctement")
#: Words with which « marche » is no good news, or no news: « ne marche pas », « comment ça marche », « ça marche mal ».
_UNLESS = _stems("ne n pas plus pa pu jamais aucun rien mal comment quand si peu impossible non lentement trop depuis")
_SIGNS = frozenset(",;:!?()\n")


def _fine(words: Sequence[french.Word], stems: Sequence[str], plain: str) -> Iterator[tuple[int, int]]:
    """Yield the clauses, as spans of words, that say of something that it works, or that it is not the matter."""
    cuts = [0]
    for at in range(1, len(words)):
        between = plain[words[at - 1].end : words[at].start]
        if _SIGNS.intersection(between) or ". " in between or stems[at] in _PARTING:
            cuts.append(at)
    for first, last in zip(cuts, [*cuts[1:], len(words)], strict=True):
        clause, goes_on = stems[first:last], last < len(words)
        works = not _WORKS.isdisjoint(clause) and _UNLESS.isdisjoint(clause)
        if (works and (goes_on or not _WELL.isdisjoint(clause))) or (goes_on and _denied(clause)):
            yield first, last


def _denied(clause: Sequence[str]) -> bool:
    """Return whether a clause begins with « ce n’est pas »."""
    begins = [one for one in clause[:5] if one not in ("n", "ne")][:3]
    return begins in (["c", "est", "pas"], ["ce", "est", "pas"])


def clues(reading: Reading, words: Words, activity: str) -> list[Clue]:
    """Return the clues of a text on its service; `activity` is one: a thing is bought elsewhere than it is mended."""
    found = [Clue(f"m:{activity}", ACTIVITY, 0, 0)]
    seen: set[str] = set()
    for first, last, names in words.concepts.found(reading.stems):
        share = max(reading.shares[first:last])
        if share > PLACE and not seen:
            share *= FIRST
        for name in names:
            if f"c:{name}" not in seen:
                seen.add(f"c:{name}")
                found.append(Clue(f"c:{name}", CONCEPT * share, first, last))
    for first, last, names in words.audiences.found(reading.stems):
        for name in names:
            if f"a:{name}" not in seen:
                seen.add(f"a:{name}")
                found.append(Clue(f"a:{name}", AUDIENCE, first, last))
    found.extend(_words(reading, words.faint))
    return found


def _words(reading: Reading, faint: frozenset[str]) -> Iterator[Clue]:
    """Yield the clues of words by themselves, of their parts, and of words with their neighbour."""
    seen: set[str] = set()
    before = ""
    for at, (word, own, share) in enumerate(zip(reading.words, reading.stems, reading.shares, strict=True)):
        if len(own) < 2 or word.ignored:
            continue
        if own not in seen:
            seen.add(own)
            yield Clue(f"w:{own}", (FAINT if own in faint else WORD) * share, at, at + 1)
            if own not in faint:
                for start in range(len(own) - PART_LENGTH + 1):
                    yield Clue(f"g:{own[start : start + PART_LENGTH]}", PART * share, at, at + 1)
        if before:
            yield Clue(f"b:{before} {own}", PAIR * share, at - 1, at + 1)
        before = own


_NEGATIONS = _stems("plus pas pa jamais aucun rien pu")


def manner(reading: Reading, words: Words) -> list[str]:
    """Return the clues of a text on its activity: its words that tell no matter, each beside its neighbour."""
    told = words.telling
    plain = [stem if stem in told else "*" for stem in reading.stems]
    found = {f"w:{stem}" for stem in plain if stem != "*"}
    found.update(f"b:{one} {other}" for one, other in pairwise(plain) if one != "*" or other != "*")
    found.update((f"f:{' '.join(plain[:1])}", f"f:{' '.join(plain[:2])}"))
    if reading.asks:
        found.add("?")
    return sorted(found)


def denies(reading: Reading) -> bool:
    """Return whether a text says « ne … plus » or its like of anything that matters."""
    stems = [stem if share > FINE else "" for stem, share in zip(reading.stems, reading.shares, strict=True)]
    return any(
        stem in ("n", "ne") and not _NEGATIONS.isdisjoint(stems[at + 1 : at + 6]) for at, stem in enumerate(stems)
    )
