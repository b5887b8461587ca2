"""Turn a declared movement into an account, a mandate or an end of activity, in one commit by the académie.

The form is filled in from the declaration; the administrator may correct it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, true

from charters.database import db, writing, written_at
from charters.days import today
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.model import Actor, Role, ScopeKind
from charters.people import accounts, sigles
from charters.people.declarations import DeclarationView, Movement, handle, waiting
from charters.tables.access import Account, MandateRow
from matrix import french

#: Kind of scope -> (words of a function, role) in order; the first word found decides the role.
_GUESSES: dict[ScopeKind, tuple[tuple[str, Role], ...]] = {
    "etablissement": (
        ("reseau", Role.RESEAU),
        ("correspondant", Role.CMI),
        ("cmi", Role.CMI),
        ("princip", Role.CHEF),
        ("chef", Role.CHEF),
        ("proviseur", Role.CHEF),
        ("direct", Role.CHEF),
    ),
    "departement": (
        ("referent", Role.REFERENT),
        ("technicien", Role.TECH_DEPARTEMENT),
        ("agent", Role.TECH_DEPARTEMENT),
    ),
    "academie": (),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whom a declaration may concern. `named`: first and last name are those declared."""

    id: int
    sigle: str
    name: str
    function: str
    named: bool
    only_here: bool  # no mandate in force elsewhere
    roles: frozenset[str]  # in force here


def guessed_role(function: str, kind: ScopeKind) -> str:
    """The role that a function's name suggests, empty when it suggests none."""
    words = french.name(function)
    return next((role.value for word, role in _GUESSES[kind] if word in words), "")


def suggested_sigle(first_name: str, last_name: str) -> str:
    """A free sigle: « p.durand », or « p.durand2 » if the first was ever given; empty if no letter fits a sigle."""
    first, last = (
        "".join(x for x in french.name(part) if x.isascii() and x.isalnum()) for part in (first_name, last_name)
    )
    if not first or not last:
        return ""
    base = f"{first[0]}.{last}"[:28]
    taken = set(db.session.scalars(select(Account.sigle).where(Account.sigle.startswith(base, autoescape=True))))
    for number in range(1, 50):
        sigle = base if number == 1 else f"{base}{number}"
        if sigle not in taken and not sigles.retired(sigles.mark(sigle)):
            return sigle
    return ""


def candidates(
    organisations: Collection[str] | None, declared: DeclarationView, *, now: datetime, limit: int = 100
) -> list[Candidate]:
    """People in activity attached or working where the movement was declared, those with the declared name first."""
    day = today(now)
    rows = db.session.execute(_people_there(organisations, declared.scope, day).limit(limit)).all()
    here: dict[int, set[str]] = {}
    for account_id, role in db.session.execute(
        select(MandateRow.account_id, MandateRow.role).where(
            MandateRow.scope_id == declared.scope, *_in_force(day), MandateRow.account_id.in_([row.id for row in rows])
        )
    ):
        here.setdefault(account_id, set()).add(role)
    wanted = french.name(declared.name)
    found = [
        Candidate(
            row.id,
            row.sigle,
            f"{row.first_name} {row.last_name}",
            row.function,
            french.name(f"{row.first_name} {row.last_name}") == wanted,
            not row.elsewhere,
            frozenset(here.get(row.id, ())),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.named)


def _people_there(organisations: Collection[str] | None, scope: str, day: date) -> Select[*tuple[Any, ...]]:
    """The query of people attached to this scope or with a mandate on it; `elsewhere`: they have another mandate."""
    mandate = exists().where(MandateRow.account_id == Account.id, *_in_force(day))
    return (
        select(
            Account.id,
            Account.sigle,
            Account.first_name,
            Account.last_name,
            Account.function,
            mandate.where(MandateRow.scope_id != scope).correlate(Account).label("elsewhere"),
        )
        .where(
            true() if organisations is None else Account.organisation.in_(organisations),
            or_(Account.ends_on.is_(None), Account.ends_on >= day),
            Account.pseudonymised_at.is_(None),
            or_(Account.organisation == scope, mandate.where(MandateRow.scope_id == scope).correlate(Account)),
        )
        .order_by(Account.last_name, Account.first_name, Account.id)
    )


def _in_force(day: date) -> tuple[ColumnElement[bool], ...]:
    return MandateRow.starts_on <= day, or_(MandateRow.ends_on.is_(None), MandateRow.ends_on >= day)


def arrive(
    scopes: Collection[str] | None,
    declaration_id: int,
    form: accounts.AccountForm,
    role: str,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Create the account of a declared arrival, with a mandate there from its day. Returns the account's id.

    Raises Invalid (every field, « role » among them), Refused, NotFound.
    """
    with writing():
        now = written_at(now)
        declared = _open(scopes, declaration_id, Movement.ARRIVAL)
        faults = _role_faults(role)
        try:
            account_id = accounts.create_account(form, actor=actor, now=now)
        except Invalid as invalid:
            raise Invalid(invalid.errors | faults) from invalid
        if faults:
            raise Invalid(faults)
        accounts.add_mandate(account_id, role, declared.scope, declared.on, actor=actor, now=now)
        handle(scopes, declaration_id, actor=actor, now=now)
    return account_id


def join(
    scopes: Collection[str] | None, declaration_id: int, account_id: int, role: str, *, actor: Actor, now: datetime
) -> None:
    """Give a mandate for a declared arrival to a person who already has an account. Raises the errors of `arrive`."""
    with writing():
        now = written_at(now)
        declared = _open(scopes, declaration_id, Movement.ARRIVAL)
        if faults := _role_faults(role):
            raise Invalid(faults)
        accounts.add_mandate(account_id, role, declared.scope, declared.on, actor=actor, now=now)
        handle(scopes, declaration_id, actor=actor, now=now)


def depart(
    scopes: Collection[str] | None, declaration_id: int, account_id: int, *, whole: bool, actor: Actor, now: datetime
) -> None:
    """End a person's mandates here, or with `whole` the activity, on a departure's day. Raises Refused, NotFound."""
    with writing():
        now = written_at(now)
        declared = _open(scopes, declaration_id, Movement.DEPARTURE)
        if whole:
            if account_id == actor.account_id:
                raise Refused("Vous ne pouvez pas mettre fin à votre propre activité.")
            accounts.end_account(account_id, declared.on, actor=actor, now=now)
        else:
            if not _end_here(account_id, declared.scope, declared.on, actor=actor, now=now):
                raise Refused("Cette personne n’a pas ici de mandat auquel mettre fin.")
        handle(scopes, declaration_id, actor=actor, now=now)


# Seven parameters: scopes and id identify a declaration, and a change has a function and perhaps a role.
def change(
    scopes: Collection[str] | None,
    declaration_id: int,
    account_id: int,
    function: str,
    role: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a person's function; with `role`, give a new mandate here from the declared day and end the former one.

    Raises Invalid (« function », « role »), Refused, NotFound.
    """
    function = accounts.squeeze(function)
    faults = _role_faults(role) if role else {}
    size, sentence = accounts.WANTED["function"]
    if not accounts.legible(function):
        faults["function"] = sentence
    elif len(function) > size:
        faults["function"] = f"Ne dépassez pas {size} caractères."
    if faults:
        raise Invalid(faults)
    with writing() as session:
        now = written_at(now)
        declared = _open(scopes, declaration_id, Movement.CHANGE)
        account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
        if account is None:
            raise NotFound(str(account_id))
        account.function = function
        audit.record("account.changed", actor=actor, subject=account.sigle, now=now, details={"fields": "function"})
        if role:
            _end_here(account_id, declared.scope, declared.on - timedelta(days=1), actor=actor, now=now)
            accounts.add_mandate(account_id, role, declared.scope, declared.on, actor=actor, now=now)
        handle(scopes, declaration_id, actor=actor, now=now)


def _end_here(account_id: int, scope: str, on: date, *, actor: Actor, now: datetime) -> int:
    """End on that day this person's mandates here that last longer. Returns their number."""
    ids = db.session.scalars(
        select(MandateRow.id).where(
            MandateRow.account_id == account_id,
            MandateRow.scope_id == scope,
            or_(MandateRow.ends_on.is_(None), MandateRow.ends_on > on),
        )
    ).all()
    for mandate_id in ids:
        accounts.end_mandate(mandate_id, on, actor=actor, now=now)
    return len(ids)


def _open(scopes: Collection[str] | None, declaration_id: int, movement: Movement) -> DeclarationView:
    """The declaration, if it is unhandled and of this kind of movement. Raises NotFound, Refused."""
    declared = waiting(scopes, declaration_id, lock=True)
    if declared.movement is not movement:
        raise NotFound(str(declaration_id))
    return declared


def _role_faults(role: str) -> dict[str, str]:
    return {} if role in set(Role) else {"role": "Choisissez un rôle dans la liste."}
