"""The party of a role at one établissement: « EN » is its own académie, « CL » its collectivité, « Etab » itself. Pure.

An agreement may be signed by several collectivités (a département for its collèges, a région for its lycées) or
académies, and may cover écoles and collèges together. Where it has one party of a role, the cell's word means that
party. Where it has several, the case keeps the role as its party, « CL », and each établissement gives its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from matrix.model import Convention, Etablissement, PartyBody

#: The roles whose party each établissement has of its own.
OWN = ("EN", "CL", "Etab")
#: The roles of those who are expected to pay for what an établissement has.
PAYING = ("CL", "Etab")
#: The party that an établissement of each kind is, the preferred one first.
_ITSELF = {
    "college": ("college", "etablissement"),
    "lycee": ("lycee", "etablissement"),
    "ecole": ("ecole", "etablissement"),
    "cite-scolaire": ("cite-scolaire", "etablissement"),
}
_GENERIC = {
    "EN": PartyBody("EN", "EN", "l’académie de l’établissement", "EN"),
    "CL": PartyBody("CL", "CL", "la collectivité de l’établissement", "CL"),
    "Etab": PartyBody("Etab", "Etab", "l’établissement", "*"),
}


def standing_for(role: str, parties: Mapping[str, PartyBody]) -> list[str]:
    """The parties that the word of a role may mean, in their order.

    A party that only helps is left out; so is one that only takes over by a transfer, unless there is no other. « EN »
    is an académie, « academie » or « academie-nord »: a GIP that plays the same role is meant only where there is none.
    """
    found = [name for name, body in parties.items() if body.role == role and not body.contributor_only]
    if role == "EN":
        return [name for name in found if name.startswith("academie")] or found
    return [name for name in found if not parties[name].successor] or found


def own_party(role: str, place: Etablissement, parties: Mapping[str, PartyBody]) -> str | None:
    """The party of a role at an établissement: its académie, its owner, or itself; None where that cannot be known.

    The owner is the one that the établissement names, else the agreement's only collectivité; so with the académie.
    """
    named = place.owner if role == "CL" else place.academie if role == "EN" else None
    if named in parties:
        return named
    found = standing_for(role, parties)
    if role == "Etab" and len(found) > 1:
        return next((name for name in _ITSELF.get(place.kind, ()) if name in found), None)
    return found[0] if len(found) == 1 else None


def body_of(party: str, parties: Mapping[str, PartyBody]) -> PartyBody | None:
    """The body of a party, or for a role that several parties play the words that stand for all of them."""
    return parties.get(party) or (_GENERIC.get(party) if standing_for(party, parties) else None)


def unowned(convention: Convention, parties: Collection[str | None]) -> list[str]:
    """The établissements for which one of `parties` is a role, « CL » for example, that nobody can be known to play."""
    roles = [role for role in OWN if role in parties]
    return [
        name
        for name, place in convention.etablissements.items()
        if any(own_party(role, place, convention.parties) is None for role in roles)
    ]


def owners(parties: Mapping[str, PartyBody]) -> list[str]:
    """The parties that an établissement may name as its owner: every collectivité that may answer."""
    return [name for name, body in parties.items() if body.role == "CL" and not body.contributor_only]
