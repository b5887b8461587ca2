"""The words that suggestions know: concepts, proper nouns, places, audiences, manners; and errors in them. Pure.

They are written in `lexicon.toml`, as people write them; `matrix.suggestions.compiled` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from matrix import french

#: A word is corrected from this length on, by one letter; one letter of a shorter one makes another word of it.
CORRECTED_MIN = 5

Stems = tuple[str, ...]


class Phrases:
    """Terms of one or several words, each with the names of what it stands for, found in the stems of a text."""

    def __init__(self, known: Mapping[str, Sequence[str]] | None = None) -> None:
        """Take terms as `written` gives them: their stems with blanks between -> their names."""
        self._known: dict[Stems, list[str]] = {}
        self._starting: dict[str, list[tuple[Stems, list[str]]]] = {}
        for term, names in (known or {}).items():
            for name in names:
                self._add(tuple(term.split(" ")), name)

    def add(self, term: str, name: str) -> None:
        """Add a term as people write it; one of two words is found glued too (« vidéoprojecteur »)."""
        stems = stems_of(term)
        self._add(stems, name)
        if len(stems) == 2:
            self._add((stem("".join(word.text for word in french.words(term))),), name)

    def _add(self, stems: Stems, name: str) -> None:
        names = self._known.get(stems)
        if names is None:
            names = self._known[stems] = []
            same = self._starting.setdefault(stems[0], [])
            same.append((stems, names))
            same.sort(key=lambda pair: -len(pair[0]))
        if name not in names:
            names.append(name)

    def found(self, stems: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
        """Yield (first, after the last, names) of the longest term at each place; terms do not overlap."""
        at = 0
        while at < len(stems):
            for term, names in self._starting.get(stems[at], ()):
                if len(term) == 1 or tuple(stems[at : at + len(term)]) == term:
                    yield at, at + len(term), names
                    at += len(term) - 1
                    break
            at += 1

    def names_of(self, term: str) -> list[str]:
        """Return what a term stands for, or nothing."""
        return self._known.get(stems_of(term), [])

    def stems(self) -> set[str]:
        """Return the stems of all terms."""
        return {stem for term in self._known for stem in term}

    def written(self) -> dict[str, list[str]]:
        """Return the terms as JSON can keep them."""
        return {" ".join(term): names for term, names in sorted(self._known.items())}


def spelt(text: str) -> set[str]:
    """Return the words of a text that others may stand for with an error in them, without accents."""
    plain = (french.unaccented(word.text) for word in french.words(text))
    return {word for word in plain if len(word) >= CORRECTED_MIN and word.isalpha()}


def stems_of(text: str) -> Stems:
    """Return the stems of all words of a text, in order."""
    return tuple(stem(word.text) for word in french.words(text))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem of a word; what rings (« sonne », « sonnerie ») is kept apart from sound (« son »)."""
    return "sonn" if french.unaccented(word).startswith("sonn") else french.stem(word)


@dataclass(frozen=True)
class Words:
    """What `lexicon.toml` holds, ready to be found in texts.

    `named` gives numbers of `names`, the services of proper nouns with their weights; `manners` those of `activities`,
    each an activity and how strongly its words tell it. `beside`: the general services of the special ones. `mended`:
    the services of what is out of order, by those of what is added.
    """

    concepts: Phrases
    named: Phrases
    places: Phrases
    audiences: Phrases
    manners: Phrases
    faint: frozenset[str]
    names: Sequence[Mapping[str, float]]
    activities: Sequence[tuple[str, float]]
    beside: Mapping[str, Sequence[str]]
    mended: Mapping[str, str]

    @cached_property
    def telling(self) -> frozenset[str]:
        """The stems that tell in what manner a thing is said, whatever the thing."""
        return self.faint | self.manners.stems() | {stem(word) for word in french.STOP_WORDS}

    def stems(self) -> set[str]:
        """Return all stems that these words have."""
        terms = (self.concepts, self.named, self.places, self.audiences, self.manners)
        return set(self.faint).union(*(one.stems() for one in terms))


def words_from(data: Mapping[str, Any], synonyms: Iterable[Mapping[str, Any]]) -> Words:
    """Return the words of a lexicon as its file gives them; a concept also holds the synonyms of its words."""
    concepts, named, places, audiences, manners = (Phrases() for _ in range(5))
    for name, terms in data["concepts"].items():
        _add_all(concepts, terms, name)
    for group in synonyms:
        meant = [name for term in group["same"] for name in concepts.names_of(term)]
        if meant:
            terms = (*group["same"], *group.get("kinds", ()))
            _add_all(concepts, [term for term in terms if not concepts.names_of(term)], meant[0])
    for number, entry in enumerate(data["names"]):
        _add_all(named, entry["words"], str(number))
    _add_all(places, data["places"], "place")
    for audience, terms in data["audiences"].items():
        _add_all(audiences, terms, audience)
    for number, entry in enumerate(data["manner"]):
        _add_all(manners, entry["words"], str(number))
    return Words(
        concepts=concepts,
        named=named,
        places=places,
        audiences=audiences,
        manners=manners,
        faint=frozenset(stem for word in data["faint"] for stem in stems_of(word)),
        names=[entry["services"] for entry in data["names"]],
        activities=[(entry["activity"], entry["weight"]) for entry in data["manner"]],
        beside=data["beside"],
        mended=data["mended"],
    )


def _add_all(phrases: Phrases, terms: Iterable[str], name: str) -> None:
    for term in terms:
        phrases.add(term, name)


class Spelling:
    """The words that are known, and which of them a word with one wrong letter stands for."""

    def __init__(self, known: Iterable[str], stems: Iterable[str]) -> None:
        """Take the words without accents that may be meant, and the stems that are known as they stand."""
        self._stems = frozenset(stems)
        self._like: dict[tuple[str, int], list[str]] = {}
        for word in known:
            self._like.setdefault((word[0], len(word)), []).append(word)

    def read(self, word: str) -> str:
        """Return the stem of a word: its own if known, without a glued article, that of the nearest; or its own."""
        own = stem(word)
        if own in self._stems or not word.isalpha():
            return own
        rest = french.without_article(word)
        if rest and stem(rest) in self._stems:
            return stem(rest)
        for written in (word, rest):
            if near := self._near(french.unaccented(written)):
                return stem(near)
        return own

    def _near(self, word: str) -> str:
        """Return the known word that is one error away, or an empty text; the first letter is taken to be right."""
        if len(word) < CORRECTED_MIN:
            return ""
        for length in (len(word), len(word) + 1, len(word) - 1):
            for known in self._like.get((word[0], length), ()):
                if _one_away(known, word):
                    return known
        return ""


def _one_away(one: str, other: str) -> bool:
    """Return whether one letter added, left out or changed, or two neighbours swapped, make one word of the other."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, others = one[start:], other[start:]
    swapped = rest[:2] == others[:2][::-1] and rest[2:] == others[2:]
    return swapped or rest[1:] == others or rest == others[1:] or rest[1:] == others[1:]
