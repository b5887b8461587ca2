"""The gate: decides whether an actor may do an action on a scope (annexe 6, 2.2 and 2.3). Pure.

The actions of each role are `permissions.MAY`; the tickets that each role sees are the conditions of `SEES`, here. The
rows of `ticket_scope` give the same tickets by keys (`permissions.perimeter`, `ticketing.perimeter_keys.scope_keys`).

The gate denies by default. For something that the actor may not see, the page answers 404, as if it did not exist. An
act that is not allowed on something visible is refused with its reason (403).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from charters import permissions
from charters.model import Actor, Mandate, Role, Scope, Verdict
from charters.permissions import (
    ACCOUNTS_ONLY,
    ASKING_OR_HOLDING,
    AUTHOR_ONLY,
    AUTHOR_OR_HOLDER,
    HOLDER_ONLY,
    READING,
    Action,
)

_NO_MANDATE = "Aucun mandat n’est actif : rien n’est visible."
_NOT_SEEN = "Ce ticket n’est pas dans le périmètre de votre mandat actif."
_NOT_THIS_ROLE = "Votre mandat actif ne permet pas cette action."
_NOT_BY_MAIL = "Un courriel ne permet pas cette action : elle se fait sur la page, après connexion."
_NOT_HELD = "Seule la partie qui tient le ticket peut faire cela."
_NEITHER = "Seuls l’établissement qui demande et la partie qui tient le ticket peuvent faire cela."
_NOT_AUTHOR = "Seule la personne qui a ouvert le ticket peut faire cela."
_NEITHER_AUTHOR = "Seules la personne qui a ouvert le ticket et la partie qui le tient peuvent faire cela."
_ACCOUNTS = "Le gestionnaire réseau ne traite que les tickets de comptes confiés au collège (annexe 5)."
_NOT_CONFIRMED = (
    "Le chef d’établissement n’a pas confirmé votre mandat en octobre : il ne permet plus que de lire. Demandez-lui de "
    "répondre à la campagne."
)
_NOT_HERE = "Votre mandat actif ne porte pas sur cet établissement."


def permits(actor: Actor, action: Action, scope: Scope | None = None) -> Verdict:
    """Whether `actor` may do `action` on `scope` (None: no ticket is concerned, or only the role is asked about).

    Returns a Verdict: `visible` False means 404; `allowed` False with `visible` means 403; `reason` is in French.
    """
    mandate = actor.mandate
    if mandate is None:
        return Verdict(False, False, _NO_MANDATE)
    granted = action in permissions.granted(actor)
    if mandate.read_only and action not in READING:
        seen = scope is None or sees(actor, scope)
        return Verdict(False, seen, _NOT_CONFIRMED if seen else _NOT_SEEN)
    if scope is None:
        return Verdict(True, True) if granted else Verdict(False, False, _NOT_THIS_ROLE)
    if action is Action.OPEN:
        return _opening(granted, scope.etablissement == mandate.scope_id)
    if action is Action.OPEN_FOR:
        return _opening(granted, mandate.scope_id in (scope.etablissement, scope.academie, *scope.involved))
    if action is Action.READ_WITH_REASON:
        if granted and scope.academie == mandate.scope_id:
            return Verdict(True, True)
        return Verdict(False, sees(actor, scope), _NOT_THIS_ROLE)
    if not sees(actor, scope):
        return Verdict(False, False, _NOT_SEEN)
    if not granted:
        return Verdict(False, True, _NOT_BY_MAIL if actor.zone == "mail" else _NOT_THIS_ROLE)
    if action in HOLDER_ONLY and scope.holder != mandate.scope_id:
        return Verdict(False, True, _NOT_HELD)
    if action in ASKING_OR_HOLDING and mandate.scope_id not in (scope.etablissement, scope.holder):
        return Verdict(False, True, _NEITHER)
    if action in AUTHOR_ONLY and scope.author != actor.account_id:
        return Verdict(False, True, _NOT_AUTHOR)
    if action in AUTHOR_OR_HOLDER and mandate.scope_id != scope.holder and scope.author != actor.account_id:
        return Verdict(False, True, _NEITHER_AUTHOR)
    if (mandate.role, action) in ACCOUNTS_ONLY and not scope.account_service:
        return Verdict(False, True, _ACCOUNTS)
    return Verdict(True, True)


def sees(actor: Actor, scope: Scope) -> bool:
    """Whether a ticket of this scope is in the actor's perimeter, so that no reason must be given to read it."""
    mandate = actor.mandate
    if mandate is None:
        return False
    account = actor.account_id
    for alternatives in SEES[mandate.role]:
        for condition in alternatives:
            if condition.holds(account, mandate, scope):
                break
        else:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition for seeing a ticket: its sentence when true, its sentence when false, its test."""

    yes: str
    no: str
    holds: Callable[[int, Mandate, Scope], bool]


@dataclass(frozen=True, slots=True)
class Reason:
    """The result of a condition for one person, under one mandate, and one ticket."""

    holds: bool
    text: str


def reasons(actor: Actor, scope: Scope) -> tuple[tuple[Reason, ...], ...]:
    """Why the actor sees, or does not see, a ticket: the conditions that `sees` checks, each with its sentence.

    Every group must hold, and one condition of a group is enough. Without a mandate there is no group.
    """
    mandate = actor.mandate
    if mandate is None:
        return ()
    found = []
    for alternatives in SEES[mandate.role]:
        told = []
        for condition in alternatives:
            holds = condition.holds(actor.account_id, mandate, scope)
            told.append(Reason(holds, condition.yes if holds else condition.no))
        found.append(tuple(told))
    return tuple(found)


_HERE = Condition(
    "Le ticket est de l’établissement du mandat.",
    "Le ticket est d’un autre établissement que celui du mandat.",
    lambda account, mandate, scope: scope.etablissement == mandate.scope_id,
)
_NOT_KEPT = Condition(
    "Le chef d’établissement ne l’a pas rendu confidentiel.",
    "Le chef d’établissement l’a rendu confidentiel.",
    lambda account, mandate, scope: not scope.confidential,
)
_OPENED = Condition(
    "Le titulaire du mandat l’a ouvert comme gestionnaire réseau.",
    "Le titulaire du mandat ne l’a pas ouvert comme gestionnaire réseau.",
    lambda account, mandate, scope: scope.opened_by == account,
)
_SHARED = Condition(
    "Il est partagé avec le titulaire du mandat.",
    "Il n’est pas partagé avec le titulaire du mandat.",
    lambda account, mandate, scope: account in scope.shared_with,
)
_HOLDS = Condition(
    "L’organisme du mandat tient le ticket.",
    "L’organisme du mandat ne tient pas le ticket.",
    lambda account, mandate, scope: mandate.scope_id == scope.holder,
)
_INVOLVED = Condition(
    "L’organisme du mandat l’a tenu, ou y contribue.",
    "L’organisme du mandat ne l’a jamais tenu et n’y contribue pas.",
    lambda account, mandate, scope: mandate.scope_id in scope.involved,
)
_NEVER = Condition(
    "",
    "Un lecteur ne voit que les chiffres, et aucun ticket.",
    lambda account, mandate, scope: False,
)
_WORKERS = ((_HOLDS, _INVOLVED),)

#: Role -> groups of conditions (annexe 6, 2.2): every group must hold, and one condition of a group is enough.
SEES: dict[Role, tuple[tuple[Condition, ...], ...]] = {
    Role.CMI: ((_HERE,), (_NOT_KEPT,)),
    Role.CHEF: ((_HERE,),),
    Role.RESEAU: ((_HERE,), (_OPENED, _SHARED)),
    Role.TECH_DEPARTEMENT: _WORKERS,
    Role.REFERENT: _WORKERS,
    Role.TECH_ACADEMIE: _WORKERS,
    Role.ADMINISTRATEUR: ((_HOLDS,),),  # anything else with a reason (3)
    Role.LECTEUR: ((_NEVER,),),
}


def _opening(granted: bool, here: bool) -> Verdict:
    """The verdict on opening a ticket in an établissement, whatever the service; `here`: the mandate bears on it.

    For a caller, the mandate may also be one on a side that may answer there: `scope.involved`, or the académie.

    Which services a role may ask for is the agreement's affair (annexe 5): the desk asks `Conventions.opens` about it.
    """
    if not granted:
        return Verdict(False, False, _NOT_THIS_ROLE)
    if not here:
        return Verdict(False, False, _NOT_HERE)
    return Verdict(True, True)
