"""The gate: may this actor do this, on that? Pure; it applies the page of `permissions` to a scope (annexe 6, 2.2).

Deny by default. What may not be seen is not visible (the page answers 404, as for what does not exist); an act that is
not allowed on what may be seen is refused by name (403).
"""

from __future__ import annotations

from charters.model import Actor, Mandate, Role, Scope, Verdict
from charters.permissions import ACCOUNTS_ONLY, HOLDER_ONLY, MAY, Action

_NO_MANDATE = "Aucun mandat n’est actif : rien n’est visible."
_NOT_SEEN = "Ce ticket n’est pas dans le périmètre de votre mandat actif."
_NOT_THIS_ROLE = "Votre mandat actif ne permet pas cette action."
_NOT_HELD = "Seule la partie qui tient le ticket peut faire cela."
_ACCOUNTS = "Le gestionnaire réseau ne traite que les tickets de comptes confiés au collège (annexe 5)."
_NOT_HERE = "Votre mandat actif ne porte pas sur cet établissement."


def permits(actor: Actor, action: Action, scope: Scope | None = None) -> Verdict:
    """Whether `actor` may do `action` on `scope` (None: an action that bears on no ticket, or the role alone is asked).

    Gives a Verdict: `visible` False calls for 404, `allowed` False on what is visible for 403; `reason` in French.
    """
    mandate = actor.mandate
    if mandate is None:
        return Verdict(False, False, _NO_MANDATE)
    granted = action in MAY[mandate.role]
    if scope is None:
        return Verdict(True, True) if granted else Verdict(False, False, _NOT_THIS_ROLE)
    if action is Action.OPEN:
        return _opening(mandate, granted, scope)
    if action is Action.READ_WITH_REASON:
        if granted and scope.academie == mandate.scope_id:
            return Verdict(True, True)
        return Verdict(False, sees(actor, scope), _NOT_THIS_ROLE)
    if not sees(actor, scope):
        return Verdict(False, False, _NOT_SEEN)
    if not granted:
        return Verdict(False, True, _NOT_THIS_ROLE)
    if action in HOLDER_ONLY and scope.holder != mandate.scope_id:
        return Verdict(False, True, _NOT_HELD)
    if (mandate.role, action) in ACCOUNTS_ONLY and not scope.account_service:
        return Verdict(False, True, _ACCOUNTS)
    return Verdict(True, True)


def sees(actor: Actor, scope: Scope) -> bool:
    """Whether a ticket of this scope is in the actor's perimeter, without any reason to give."""
    mandate = actor.mandate
    if mandate is None:
        return False
    match mandate.role:
        case Role.CMI:
            return scope.etablissement == mandate.scope_id and not scope.confidential
        case Role.CHEF:
            return scope.etablissement == mandate.scope_id
        case Role.RESEAU:
            own = scope.opened_by == actor.account_id or actor.account_id in scope.shared_with
            return scope.etablissement == mandate.scope_id and own
        case Role.TECH_DEPARTEMENT | Role.REFERENT | Role.TECH_ACADEMIE:
            return mandate.scope_id == scope.holder or mandate.scope_id in scope.involved
        case Role.ADMINISTRATEUR:
            return scope.holder == mandate.scope_id
        case Role.LECTEUR:
            return False


def _opening(mandate: Mandate, granted: bool, scope: Scope) -> Verdict:
    """Opening bears on an établissement; which services a role opens for is the agreement's to say (annexe 5)."""
    if not granted:
        return Verdict(False, False, _NOT_THIS_ROLE)
    if scope.etablissement != mandate.scope_id:
        return Verdict(False, False, _NOT_HERE)
    return Verdict(True, True)
