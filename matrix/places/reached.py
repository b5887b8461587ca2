"""The parties that mean something at one établissement, and those that are only other établissements' own. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from matrix.model import Case, Convention, Etablissement
from matrix.owners import OWN, own_party
from matrix.places.known import at
from matrix.places.transfers import concerns


def reached(convention: Convention, place: Etablissement) -> tuple[str, ...]:
    """The parties that the agreement may name to an établissement, each once: by a role, the desk, a cell, a rule."""
    return tuple(dict.fromkeys(_reached(convention, place)))


def _reached(convention: Convention, place: Etablissement) -> Iterator[str]:
    parties = convention.parties
    for role in OWN:
        own = own_party(role, place, parties)
        if own is not None:
            yield own
    yield convention.desk
    yield from (party for _, party, _ in convention.notes.values() if party is not None)
    for move in convention.transfers:
        if concerns(move, convention, place):
            yield from (move.target, move.source)
    for version in convention.versions:
        for cell in version.cells.values():
            for case in at(cell, place, parties).cases:
                yield from _named(case)


def _named(case: Case) -> Iterator[str]:
    if case.party is not None:
        yield case.party
    yield from case.candidates
    yield from (part.party for part in case.contributors)


def strangers(convention: Convention, place: Etablissement) -> frozenset[str]:
    """The parties that are other établissements' own: the commune of another school, the école where this is a collège.

    So is a party that only takes over by a transfer which is not about this établissement. A party that the agreement
    names here, by a cell for example, is none.
    """
    near, others = set(reached(convention, place)), convention.etablissements.values()
    elsewhere = {one.owner for one in others} | {one.academie for one in others}
    found = set()
    for name, body in convention.parties.items():
        homeless = not body.organisation and place.body(name) is None
        if homeless or (name not in near and (body.role == "Etab" or body.successor or name in elsewhere)):
            found.add(name)
    return frozenset(found)
