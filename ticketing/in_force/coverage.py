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
            ("Collectivités et partenaires", list(self.departement)),
            ("Établissements", list(self.etablissement)),
        ]

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of all the organisations."""
        return frozenset(key for group in (self.academie, self.departement, self.etablissement) for key, _ in group)


@lru_cache(maxsize=8)
def administered(conventions: Conventions, academie: str) -> frozenset[str] | None:
    """Return the organisations whose people an académie administers; None for all, where there is no other académie."""
    if set(conventions.academies) <= {academie}:
        return None
    return covered(conventions, academie).ids


@lru_cache(maxsize=8)
def elsewhere(conventions: Conventions, academie: str) -> frozenset[str]:
    """Return the organisations that only other académies' agreements cover."""
    others = (covered(conventions, other).ids for other in conventions.academies if other != academie)
    return frozenset().union(*others) - covered(conventions, academie).ids


@lru_cache(maxsize=8)
def covered(conventions: Conventions, academie: str) -> Places:
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
