"""What confirmed tickets teach: in how many of each service a word stands. Counts, never texts. Pure.

A count keeps no text, no ticket and no order of words. A word is kept only once at least `TICKETS_MIN` tickets of at
least `PLACES_MIN` établissements hold it, and a word that follows a title (« Mme Durand ») is never counted: what one
person or one collège writes cannot be told from the counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

from matrix import french
from matrix.suggestions.clues import READ_MAX

TICKETS_MIN, PLACES_MIN = 5, 3
#: The fewest letters of a word that is counted.
LETTERS_MIN = 3
#: The most that one word says, for or against a service.
SAYS_MAX = 2.0
_TITLES = frozenset(
    ("m", "mr", "mrs", "mme", "mmes", "mlle", "monsieur", "madame", "mademoiselle", "dr", "docteur", "me")
)
#: How many words after a title may be a name: « Mme Anne Durand ».
_NAME_WORDS = 2


class Confirmed(NamedTuple):
    """A ticket whose service somebody confirmed: where, on what, and the words of it that may be counted."""

    etablissement: str
    service: str
    stems: frozenset[str]


def countable(text: str) -> frozenset[str]:
    """Return the stems of a text that may be counted: words of letters, no stop words, none that follows a title."""
    found: set[str] = set()
    named = 0
    for word in french.words(text[:READ_MAX]):
        if word.text in _TITLES:
            named = _NAME_WORDS
        elif named:
            named -= 1
        elif len(word.text) >= LETTERS_MIN and word.text.isalpha() and not word.ignored:
            found.add(french.stem(word.text))
    return frozenset(found)


@dataclass(frozen=True)
class Counts:
    """In how many tickets of each service each stem stands, and how many tickets each service has."""

    by_stem: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    tickets: Mapping[str, float] = field(default_factory=dict)

    def merged(self, other: Counts, weight: float = 1.0) -> Counts:
        """Return these counts and `weight` times the others."""
        by_stem = {
            stem: _sum(self.by_stem.get(stem, {}), other.by_stem.get(stem, {}), weight)
            for stem in sorted({*self.by_stem, *other.by_stem})
        }
        return Counts(by_stem, _sum(self.tickets, other.tickets, weight))

    def says(self, stem: str) -> Mapping[str, float]:
        """Return what a stem says of each service: how much oftener it stands in its tickets than in all."""
        held = self.by_stem.get(stem)
        if not held:
            return {}
        share = sum(held.values()) / sum(self.tickets.values())
        lifts = {service: log((held.get(service, 0) + 1) / (share * of + 1)) for service, of in self.tickets.items()}
        return {service: max(-SAYS_MAX, min(SAYS_MAX, lift)) for service, lift in lifts.items()}


def counted(confirmed: Iterable[Confirmed]) -> Counts:
    """Return the counts of confirmed tickets, without the words that too few tickets or établissements hold."""
    by_stem: dict[str, dict[str, float]] = {}
    places: dict[str, set[str]] = {}
    tickets: dict[str, float] = {}
    for one in confirmed:
        tickets[one.service] = tickets.get(one.service, 0) + 1
        for stem in one.stems:
            held = by_stem.setdefault(stem, {})
            held[one.service] = held.get(one.service, 0) + 1
            places.setdefault(stem, set()).add(one.etablissement)
    kept = {
        stem: by_stem[stem]
        for stem in sorted(by_stem)
        if sum(by_stem[stem].values()) >= TICKETS_MIN and len(places[stem]) >= PLACES_MIN
    }
    return Counts(kept, tickets)


def _sum(some: Mapping[str, float], others: Mapping[str, float], weight: float) -> dict[str, float]:
    return {key: some.get(key, 0) + weight * others.get(key, 0) for key in sorted({*some, *others})}
