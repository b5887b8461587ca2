"""Choices and checks of the forms about people: roles by kind of scope, movements of staff, errors of a mandate."""

from __future__ import annotations

from charters.model import Role, ScopeKind
from charters.people import declarations
from ticketing.web.frame import ROLE_NAMES
from ticketing.web.people import coverage

ROLE_CHOICES = [
    ("Établissement", [(role.value, ROLE_NAMES[role]) for role in (Role.CMI, Role.RESEAU, Role.CHEF)]),
    (
        "Collectivité ou partenaire",
        [
            (Role.TECH_DEPARTEMENT.value, "Technicien d’une collectivité ou d’un partenaire"),
            (Role.REFERENT.value, "Référent d’une collectivité ou d’un partenaire"),
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
    """Return the kind of a scope that the agreements name; « établissement » for any other."""
    places = coverage.covered()
    if scope_id in dict(places.academie):
        return "academie"
    return "departement" if scope_id in dict(places.departement) else "etablissement"


def role_faults(role: str, scope_id: str) -> dict[str, str]:
    """Return the errors, by field, of giving this role on this scope; `add_mandate` refuses unknown roles."""
    faults = mandate_faults({"role": role, "scope_id": scope_id})
    return {"role": "Ce rôle ne se donne pas ici : choisissez dans la liste."} if faults else {}


def mandate_faults(typed: dict[str, str]) -> dict[str, str]:
    """Return the errors of a mandate by field; `add_mandate` refuses an unknown role."""
    if typed["role"] not in set(Role) or not typed["scope_id"]:
        return {}  # `add_mandate` has the sentences for these
    kind = Role(typed["role"]).scope_kind
    if typed["scope_id"] in dict(getattr(coverage.covered(), kind)):
        return {}
    wanted = {"academie": "une académie", "departement": "une collectivité", "etablissement": "un établissement"}[kind]
    return {"scope_id": f"Ce rôle porte sur {wanted} : choisissez dans cette partie de la liste."}
