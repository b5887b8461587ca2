"""Who calls, and where one may open for them: établissements of a side, their known people, what is typed of a caller.

A ticket opened for a caller is filed as if the caller had opened it. Whoever takes the call sees it afterwards by the
perimeter alone: opening gives no sight of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from charters.database import db
from charters.days import today
from charters.gate import permits
from charters.model import Actor, Role, Scope
from charters.people import presence
from charters.permissions import Action, perimeter
from charters.tables.access import Account, MandateRow
from matrix import Router, french
from ticketing import model
from ticketing.errors import NotFound
from ticketing.in_force import routing
from ticketing.model import Caller, Draft
from ticketing.tickets import queries
from ticketing.tickets.row_values import Asking

#: The roles of an établissement's people, whose names are offered to whoever takes the call.
_ROLES = (Role.CMI.value, Role.RESEAU.value, Role.CHEF.value)
_NAME_MIN = 2
_TELEPHONE = re.compile(r"\+?[\d .()/-]{4,30}")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, slots=True)
class Known:
    """A person of an établissement with a mandate there: account, name, whether as gestionnaire réseau, sigle."""

    account: int
    name: str
    network: bool
    sigle: str


def scope(rules: Router, etablissement: str) -> Scope:
    """Return what the gate needs to know of an établissement: its académie, and the sides that may answer there."""
    return Scope(
        etablissement,
        academie=rules.conventions.academie(etablissement),
        holder="",
        involved=_sides(rules).get(etablissement, frozenset()),
    )


@lru_cache(maxsize=2)
def _sides(rules: Router) -> Mapping[str, frozenset[str]]:
    """Return the organisations that may hold a ticket of each établissement."""
    conventions = rules.conventions
    return {
        place: frozenset(body.organisation for body in routing.parties(conventions, place))
        for place in conventions.etablissements
    }


def may_open_for(rules: Router, actor: Actor, etablissement: str) -> bool:
    """Whether the actor may open a ticket there for a caller; False for an établissement that no agreement names."""
    known = etablissement in rules.conventions.etablissements
    return known and permits(actor, Action.OPEN_FOR, scope(rules, etablissement)).allowed


def places(rules: Router, actor: Actor) -> list[tuple[str, str]]:
    """Return (id, name) of the établissements where the actor may open for a caller, by name."""
    conventions = rules.conventions
    found = [
        (place, routing.side_name(conventions, place))
        for place in conventions.etablissements
        if may_open_for(rules, actor, place)
    ]
    return sorted(found, key=lambda pair: french.name(pair[1]))


def people(etablissement: str, now: datetime) -> tuple[Known, ...]:
    """Return the people with a mandate in force today on an établissement, by name."""
    day = today(now)
    rows = db.session.execute(
        select(Account.id, Account.sigle, Account.first_name, Account.last_name, MandateRow.role)
        .join(MandateRow, MandateRow.account_id == Account.id)
        .where(
            MandateRow.scope_id == etablissement,
            MandateRow.role.in_(_ROLES),
            presence.begun(day),
            presence.in_activity(day),
        )
        .order_by(Account.last_name, Account.first_name, Account.id)
    )
    found: dict[int, Known] = {}
    for row in rows:
        before = found.get(row.id)
        network = row.role == Role.RESEAU.value or (before is not None and before.network)
        found[row.id] = Known(row.id, f"{row.first_name} {row.last_name}", network, row.sigle)
    return tuple(found.values())


def asking(caller: Caller, etablissement: str, now: datetime) -> Asking:
    """Return whose request it is: the one person of the établissement who bears this name, else the name as typed."""
    wanted = french.name(caller.name)
    named = [person for person in people(etablissement, now) if french.name(person.name) == wanted]
    if len(named) == 1:
        one = named[0]
        return Asking(one.account, one.name, one.network, one.sigle)
    return Asking(None, caller.name)


def checked(draft: Draft) -> tuple[Draft, dict[str, str]]:
    """Return the cleaned draft, and the fault of each field; `on_behalf_of` says who called and how to reach them."""
    if draft.caller is None:
        return model.check_draft(draft)
    caller = Caller(model.clean_line(draft.caller.name), model.clean_line(draft.caller.reach))
    told = f"{caller.name} (à joindre : {caller.reach})" if caller.reach else caller.name
    clean, errors = model.check_draft(replace(draft, caller=caller, on_behalf_of=told))
    if errors.pop("on_behalf_of", None):
        errors["caller"] = f"Le nom et le moyen de joindre dépassent {model.LINE_MAX} caractères : abrégez."
    if len(caller.name) < _NAME_MIN:
        errors["caller"] = "Dites qui appelle : une personne de la liste, ou un nom."
    if caller.reach and not (_TELEPHONE.fullmatch(caller.reach) or _ADDRESS.fullmatch(caller.reach)):
        errors["reach"] = "Donnez un numéro de téléphone ou une adresse électronique, ou laissez vide."
    return clean, errors


def sees(actor: Actor, number: int) -> bool:
    """Whether the actor's own perimeter shows a ticket: opening it for a caller gives no right to read it."""
    try:
        queries.row_of(perimeter(actor), number)
    except NotFound:
        return False
    return True
