"""Words that mean the same in tickets, and compounds however they are written; `conventions/synonyms.toml` lists them.

A term is a word or several (« wi-fi », « mot de passe »). Texts are indexed with their terms of several words in one
(« motdepasse »), so that a search for one spelling is a search for one token. Terms are told by stems
(`matrix.french.stem`): « mots de passe » is one too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from matrix import french

FILE = Path(__file__).parent.parent / "conventions" / "synonyms.toml"


@dataclass(frozen=True, slots=True)
class Term:
    """A term: its words, and all that it finds, each in one word (« mdp », « motdepasse »), itself first."""

    words: tuple[str, ...]
    finds: tuple[str, ...]

    @property
    def glued(self) -> str:
        """Return the words of the term in one, cut as any word is."""
        return _glued(self.words)


class Synonyms:
    """The terms of a file of groups, found in texts."""

    def __init__(self, groups: Iterable[Mapping[str, list[str]]], prefixes: Iterable[str] = ()) -> None:
        """Take groups with `same` and, if need be, `kinds`, each a list of terms; a term may stand in several."""
        finds: dict[tuple[str, ...], dict[str, None]] = {}
        for group in groups:
            same, kinds = ([_words(term) for term in group.get(name, [])] for name in ("same", "kinds"))
            everything = [_glued(words) for words in (*same, *kinds)]
            for words in same:
                finds.setdefault(words, {}).update(dict.fromkeys((_glued(words), *everything)))
            for words in kinds:
                finds.setdefault(words, {})[_glued(words)] = None
        self._starting: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
        for words, found in finds.items():
            term = Term(words, tuple(found))
            for written in {words, (term.glued,)}:
                stems = tuple(map(french.stem, written))
                self._starting.setdefault(stems[0], []).append((stems, term))
        for terms in self._starting.values():
            terms.sort(key=lambda pair: (-len(pair[0]), pair[1].words))
        self._stems = frozenset(french.stem(word) for words in finds for word in words)
        self._prefixes = tuple(french.fold(prefix) for prefix in prefixes)

    def knows(self, word: str) -> bool:
        """Return whether a word is one of some term's words, whatever its inflexion."""
        return french.stem(word) in self._stems

    def compounds(self, words: Sequence[french.Word]) -> Iterator[str]:
        """Yield each term of several words that a text holds, in one word; terms may overlap."""
        for start in range(len(words) - 1):
            for stems, term in self._starting.get(french.stem(words[start].text), ()):
                if len(stems) > 1 and _stands(stems, words, start):
                    yield term.glued

    def terms(self, words: Sequence[french.Word]) -> Iterator[tuple[int, int, Term]]:
        """Yield the terms of a search as (first word, word after the last, term): the longest at each place."""
        start = 0
        while start < len(words):
            for stems, term in self._starting.get(french.stem(words[start].text), ()):
                if _stands(stems, words, start):
                    yield start, start + len(stems), term
                    start += len(stems) - 1
                    break
            start += 1

    def parts(self, word: str) -> tuple[str, str] | None:
        """Return the two parts of a word that begins with a known first part (« vidéo », « projecteur »), or None."""
        folded = french.unaccented(word)
        for prefix in self._prefixes:
            if folded.startswith(prefix) and len(word) - len(prefix) >= _REST_MIN:
                return word[: len(prefix)], word[len(prefix) :]
        return None


#: The fewest letters after a first part: « micros » is no compound.
_REST_MIN = 3


@cache
def shipped() -> Synonyms:
    """Return the terms that ship with the program."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Synonyms(data["group"], data["prefixes"])


def _words(term: str) -> tuple[str, ...]:
    return tuple(word.text for word in french.words(term))


def _glued(words: tuple[str, ...]) -> str:
    return "".join(words)[: french.WORD_MAX]


def _stands(stems: tuple[str, ...], words: Sequence[french.Word], start: int) -> bool:
    """Return whether the words from `start` on have these stems and follow each other in one phrase."""
    if len(words) - start < len(stems):
        return False
    rest = zip(stems[1:], words[start + 1 : start + len(stems)], strict=True)
    return all(word.tie and french.stem(word.text) == stem for stem, word in rest)
