"""Établissements found by the words of their name and commune, or by their UAI. Pure.

The index of tickets holds no names of établissements: each ticket is filed under a key of its own établissement, and a
search asks for the keys of those that are named so today. A name that is corrected is thus found at once.
"""

from __future__ import annotations

from functools import lru_cache

from matrix import french
from matrix.conventions import Conventions
from matrix.model import Etablissement

#: A word that names more établissements than this tells nothing (« Saint »), unless another word names one of them.
NAMED_MAX = 60
#: Words for what they all are, folded.
KINDS = frozenset({"college", "colleges", "ecole", "ecoles", "lycee", "lycees", "cite", "scolaire", "etablissement"})


class Places:
    """The établissements of the agreements, by the forms of the words that name them."""

    def __init__(self, conventions: Conventions) -> None:
        self._named: dict[str, set[str]] = {}
        for place in conventions.etablissements.values():
            for word in french.words(" ".join(_names(place))):
                if not word.ignored and french.unaccented(word.text) not in KINDS:
                    for form in french.forms(word.text):
                        self._named.setdefault(form, set()).add(place.id)

    @property
    def words(self) -> frozenset[str]:
        """Return the forms of all words that name établissements."""
        return frozenset(self._named)

    def named(self, word: str) -> frozenset[str]:
        """Return the ids of the établissements that a word names; none for a word that many names have."""
        found = self._all(word)
        return frozenset(found) if len(found) <= NAMED_MAX else frozenset()

    def is_common(self, word: str) -> bool:
        """Return whether a word says little beside one that names an établissement: « collège », « Saint »."""
        return french.unaccented(word) in KINDS or len(self._all(word)) > NAMED_MAX

    def _all(self, word: str) -> set[str]:
        found: set[str] = set()
        for form in french.forms(word):
            found |= self._named.get(form, set())
        return found


@lru_cache(maxsize=4)
def places(conventions: Conventions) -> Places:
    """Return the établissements of the agreements, kept for the next search."""
    return Places(conventions)


def key(etablissement: str) -> str:
    """Return the perimeter key under which every ticket of an établissement is filed (`perimeter_keys.scope_keys`)."""
    return f"chef:{etablissement}"


def _names(place: Etablissement) -> tuple[str, ...]:
    return place.id, place.name, place.commune, *place.sites
