"""Whom an article is for, as keys: one side, the perimeter of an académie, or everybody of an agreement.

The rule stands in two places: `reader_keys` says by which keys an actor reads, `covers` whether an établissement reads
under a key. Both go by `keys_of`. A département that two agreements bind reads what is written for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from charters.gate import permits
from charters.model import Actor
from charters.permissions import Action, granted
from matrix import Conventions
from ticketing.in_force import routing, signatories

SIDE, AGREEMENT, ACADEMIE, OWN = "side:", "accord:", "academie:", "own:"

#: Groups of options of a select: (label, [(key, name)]).
Groups = list[tuple[str, list[tuple[str, str]]]]


@lru_cache(maxsize=4096)
def keys_of(conventions: Conventions, scope: str) -> tuple[str, ...]:
    """Return the keys under which everybody with a mandate on `scope`, établissement or organisation, reads."""
    bound = _agreements(conventions, scope)
    academies = dict.fromkeys(one for convention in bound for one in _academies(conventions, convention, scope))
    return (f"{SIDE}{scope}", *(f"{AGREEMENT}{one}" for one in bound), *(f"{ACADEMIE}{one}" for one in academies))


def _agreements(conventions: Conventions, scope: str) -> tuple[str, ...]:
    """Return the agreements that bind an établissement or an organisation."""
    if scope in conventions.etablissements:
        return tuple(one.id for one in conventions.of(scope))
    return tuple(one for one in conventions.ids if scope in _organisations(conventions, one))


@lru_cache(maxsize=64)
def _organisations(conventions: Conventions, convention_id: str) -> frozenset[str]:
    bound = signatories.bound(conventions, convention_id)
    found = {one for side in bound for one in side.organisations}
    return frozenset(found | {conventions.academie(one) for one in conventions[convention_id].etablissements})


def _academies(conventions: Conventions, convention_id: str, scope: str) -> Iterator[str]:
    """Yield the académies of the établissements of an agreement that are `scope`, or for which it answers there."""
    convention = conventions[convention_id]
    for place in [scope] if scope in convention.etablissements else convention.etablissements:
        academie = conventions.academie(place, convention)
        answering = (conventions.organisation(convention_id, one, place)[0] for one in convention.parties)
        if scope in (place, academie) or scope in answering:
            yield academie


def reader_keys(actor: Actor) -> tuple[str, ...]:
    """Return the keys by which an actor reads articles; none without a mandate that may."""
    if actor.mandate is None or not permits(actor, Action.READ_ARTICLES).allowed:
        return ()
    scope = actor.mandate.scope_id
    own = (own_key(scope),) if Action.WRITE_ARTICLES in granted(actor) else ()
    return keys_of(routing.router().conventions, scope) + own


def own_key(side: str) -> str:
    """Return the key of those who write for a side: they read its drafts, and what it withdrew."""
    return f"{OWN}{side}"


def covers(audience: str, etablissement: str) -> bool:
    """Whether the people of an établissement read what is published for an audience."""
    return audience in keys_of(routing.router().conventions, etablissement)


def offered(side: str) -> Groups:
    """Return the audiences for which a side may write, in groups: an établissement writes for itself alone."""
    conventions = routing.router().conventions
    own = [(f"{SIDE}{side}", routing.side_name(conventions, side))]
    if side in conventions.etablissements:
        return [("Votre établissement", own)]
    agreements = [one for one in conventions.ids if side in _organisations(conventions, one)]
    wide = [key for key in keys_of(conventions, side) if key.startswith(AGREEMENT)]
    wide += [f"{ACADEMIE}{side}"] if side in conventions.academies else []
    sides = {f"{SIDE}{one}" for item in agreements for one in _organisations(conventions, item)} - {own[0][0]}
    places = {f"{SIDE}{one}" for item in agreements for one in conventions[item].etablissements}
    return [
        ("Tous", [(key, name(key)) for key in wide]),
        ("Votre côté", own),
        ("Une partie", _named(sides - places)),
        ("Un établissement", _named(places)),
    ]


def _named(keys: set[str]) -> list[tuple[str, str]]:
    return sorted(((key, name(key)) for key in keys), key=lambda one: (one[1].casefold(), one[0]))


def name(key: str) -> str:
    """Return whom a key is for, in words."""
    conventions = routing.router().conventions
    kind, _, about = key.partition(":")
    if f"{kind}:" == AGREEMENT:
        return f"Tous ceux de l’accord «\u00a0{conventions[about].title}\u00a0»" if about in conventions else about
    if f"{kind}:" == ACADEMIE:
        return f"Tout le périmètre : {routing.side_name(conventions, about)}"
    return routing.side_name(conventions, about)
