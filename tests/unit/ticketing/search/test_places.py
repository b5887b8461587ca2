"""Établissements by their names: each word, the commune, the UAI; words that too many of them have tell nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from matrix import load_conventions
from ticketing.search import places, query
from ticketing.search.words import key_token

SHIPPED = places.places(load_conventions())


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("desaix", "desaix-tarbes"),
        ("Desaix", "desaix-tarbes"),
        ("lapacca", "la-serre-de-sarsan-lourdes"),  # a site
        ("0131266f", "0131266F"),
        ("0131266F", "0131266F"),
        ("aubagne", "0131266F"),
        ("fébus", "gaston-febus-lannemezan"),
        ("febus", "gaston-febus-lannemezan"),
    ],
)
def test_a_place_is_named_by_each_word_and_by_its_uai(word: str, found: str) -> None:
    assert found in SHIPPED.named(word.lower())


@pytest.mark.parametrize("word", ["de", "la", "zzzz", "collège", ""])
def test_other_words_name_none(word: str) -> None:
    assert SHIPPED.named(word) == frozenset()


_NAMES = [f"{one}o{two}" for one in "bcdfgklm" for two in "bcdfgklm"]


def test_a_word_of_too_many_places_tells_nothing_beside_one_that_tells() -> None:
    made: Any = SimpleNamespace(
        etablissements={
            str(n): SimpleNamespace(id=f"p{n}", name=f"Saint Nom{_NAMES[n]}", commune="Port", sites=())
            for n in range(places.NAMED_MAX + 1)
        }
    )
    known = places.Places(made)
    assert known.named("saint") == frozenset() and known.is_common("saint") and not known.is_common("nombob")
    [told] = query.query("collège Saint Nombob", known)
    assert told.keys == (key_token("chef:p0"),)
    assert [one.typed for one in query.query("collège saint", known)] == ["collège", "saint"]
    assert query.heard("collège Saint Nombob", known) == (["nombob"], ["collège", "saint"])


def test_a_corrected_name_is_found_at_once() -> None:
    before = load_conventions()
    assert places.places(before) is places.places(before)
    one = before.etablissements["desaix-tarbes"]
    renamed: Any = SimpleNamespace(etablissements={one.id: replace(one, name="Zinzolin")})
    assert places.Places(renamed).named("zinzolin") == {"desaix-tarbes"}
