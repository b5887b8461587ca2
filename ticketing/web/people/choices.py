"""The choices of the forms about people: roles by kind of organisation, movements of staff, and their faults."""

from __future__ import annotations

from charters.model import Role, ScopeKind
from charters.people import declarations
from ticketing.web.frame import ROLE_NAMES
from ticketing.web.people import coverage

ROLE_CHOICES = [
    ("Collège", [(role.value, ROLE_NAMES[role]) for role in (Role.CMI, Role.RESEAU, Role.CHEF)]),
    (
        "Département",
        [
            (Role.TECH_DEPARTEMENT.value, "Technicien du département"),
            (Role.REFERENT.value, "Référent du département"),
        ],
    ),
    (
        "Académie",
        [
            (Role.TECH_ACADEMIE.value, "Technicien de l’académie"),
            (Role.ADMINISTRATEUR.value, "Administrateur"),
            (Role.LECTEUR.value, "Lecteur (chiffres seulement)"),
        ],
    ),
]

MOVEMENT_NAMES = {
    declarations.Movement.ARRIVAL: "Arrivée",
    declarations.Movement.DEPARTURE: "Départ",
    declarations.Movement.CHANGE: "Changement",
}


def kind_of(scope_id: str) -> ScopeKind:
    """What a place that this académie's agreements name is; an établissement, when they do not."""
    places = coverage.covered()
    if scope_id in dict(places.academie):
        return "academie"
    return "departement" if scope_id in dict(places.departement) else "etablissement"


def role_faults(role: str, scope_id: str) -> dict[str, str]:
    """What is wrong with giving this role there: {} when nothing is. Unknown roles are refused by `add_mandate`."""
    faults = mandate_faults({"role": role, "scope_id": scope_id})
    return {"role": "Ce rôle ne se donne pas ici : choisissez dans la liste."} if faults else {}


def mandate_faults(typed: dict[str, str]) -> dict[str, str]:
    """What is wrong with a mandate of this role there, by field; an unknown role is refused by `add_mandate`."""
    if typed["role"] not in set(Role) or not typed["scope_id"]:
        return {}  # `add_mandate` has its sentences for these
    kind = Role(typed["role"]).scope_kind
    if typed["scope_id"] in dict(getattr(coverage.covered(), kind)):
        return {}
    wanted = {"academie": "une académie", "departement": "une collectivité", "etablissement": "un établissement"}[kind]
    return {"scope_id": f"Ce rôle porte sur {wanted} : choisissez dans cette partie de la liste."}
