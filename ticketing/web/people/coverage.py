"""Find whose people an actor may read, and which organisations the agreements of the actor's académie cover."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from flask import g

from charters.model import Role
from matrix import Conventions
from matrix.wording import with_sites
from ticketing.in_force import routing


@dataclass(frozen=True, slots=True)
class Places:
    """The organisations that mandates and accounts belong to, by kind: (id, name) in the order of the names."""

    academie: tuple[tuple[str, str], ...]
    departement: tuple[tuple[str, str], ...]
    etablissement: tuple[tuple[str, str], ...]

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the organisations as (heading, [(id, name)]), for a select."""
        return [
            ("Académie", list(self.academie)),
            ("Collectivités et partenaires", list(self.departement)),
            ("Établissements", list(self.etablissement)),
        ]

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of all the organisations."""
        return frozenset(key for group in (self.academie, self.departement, self.etablissement) for key, _ in group)


# --- people ---


def readable() -> Collection[str] | None:
    """Return the organisations whose people this actor may read.

    For a référent: those of the référent's own département. For an administrator: those that the agreements of the
    académie cover, or None for all of them where there is no other académie.
    """
    mandate = g.actor.mandate
    if mandate.role is not Role.ADMINISTRATEUR:
        return (mandate.scope_id,)
    return _covered(routing.router().conventions, mandate.scope_id)


@lru_cache(maxsize=8)
def _covered(conventions: Conventions, academie: str) -> frozenset[str] | None:
    if set(conventions.academies) <= {academie}:
        return None
    return _gather(conventions, academie).ids


def elsewhere() -> frozenset[str]:
    """Return the organisations that only other académies' agreements cover: the actor may not read what they do."""
    return _elsewhere(routing.router().conventions, g.actor.mandate.scope_id)


@lru_cache(maxsize=8)
def _elsewhere(conventions: Conventions, academie: str) -> frozenset[str]:
    others = (_gather(conventions, other).ids for other in conventions.academies if other != academie)
    return frozenset().union(*others) - _gather(conventions, academie).ids


def places() -> list[tuple[str, str]]:
    """Return (id, name) of the établissements that the académie's agreements cover, by name."""
    return list(covered().etablissement)


def covered() -> Places:
    """Return the organisations that the agreements of the actor's académie cover."""
    return _gather(routing.router().conventions, g.actor.mandate.scope_id)


@lru_cache(maxsize=8)
def _gather(conventions: Conventions, academie: str) -> Places:
    """Return the établissements of this académie, and the organisations that their agreements bind."""
    bodies: dict[str, dict[str, str]] = {"EN": {academie: academie}, "CL": {}, "Etab": {}}
    for item, place in conventions.under(academie):
        for party in item.parties:
            key, name = conventions.organisation(item.id, party, place.id)
            if key == place.id:
                bodies["Etab"][key] = with_sites(name, place)
            elif key != party:  # else the party has no body here: that of other établissements only
                bodies["EN" if key == academie else "CL"][key] = name
    ordered = {
        role: tuple(sorted(found.items(), key=lambda pair: pair[1].casefold())) for role, found in bodies.items()
    }
    return Places(ordered["EN"], ordered["CL"], ordered["Etab"])
