"""Which organisations the agreements of an académie cover: whose people it administers, and whom it is told of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from matrix import Conventions
from matrix.wording import with_sites


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
            ("Collectivités", list(self.departement)),
            ("Établissements", list(self.etablissement)),
        ]

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of all the organisations."""
        return frozenset(key for group in (self.academie, self.departement, self.etablissement) for key, _ in group)


@lru_cache(maxsize=8)
def administered(conventions: Conventions, academie: str) -> frozenset[str] | None:
    """Return the organisations whose people an académie administers; None for all, where there is no other académie."""
    if academies(conventions) <= {academie}:
        return None
    return covered(conventions, academie).ids


@lru_cache(maxsize=8)
def academies(conventions: Conventions) -> frozenset[str]:
    """Return the académies that the agreements name."""
    return frozenset(
        body.organisation for item in conventions for body in item.parties.values() if body.party == "academie"
    )


@lru_cache(maxsize=8)
def elsewhere(conventions: Conventions, academie: str) -> frozenset[str]:
    """Return the organisations that only other académies' agreements cover."""
    others = (covered(conventions, other).ids for other in academies(conventions) - {academie})
    return frozenset().union(*others) - covered(conventions, academie).ids


@lru_cache(maxsize=8)
def covered(conventions: Conventions, academie: str) -> Places:
    """Return the organisations of the agreements that this académie signed."""
    bodies: dict[str, dict[str, str]] = {"EN": {academie: academie}, "CL": {}, "Etab": {}}
    for item in conventions:
        parties = item.parties.values()
        if not any(body.organisation == academie for body in parties):
            continue
        for body in parties:
            if body.organisation != "*":
                bodies[body.role][body.organisation] = body.name
        for place in item.etablissements.values():
            for body in parties:
                if body.organisation == "*" or (body.party == "departement" and place.departement):
                    key, name = conventions.organisation(item.id, body.party, place.id)
                    bodies[body.role][key] = with_sites(name, place) if key == place.id else name
    ordered = {
        role: tuple(sorted(found.items(), key=lambda pair: pair[1].casefold())) for role, found in bodies.items()
    }
    return Places(ordered["EN"], ordered["CL"], ordered["Etab"])
