"""Who among some people sees a ticket today, under one of their own mandates; for those who are to be told of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, literal, select
from sqlalchemy.orm import Session

from charters.model import Actor, Mandate, Role
from charters.people import presence
from charters.permissions import perimeter
from charters.signing import signing
from charters.tables.access import Account, MandateRow


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who sees a ticket, and the sides for which this person reads it: whose notes are read too."""

    account: int
    sigle: str
    name: str
    sides: frozenset[str]


def people(
    session: Session, which: ColumnElement[bool], keys: Collection[str], day: date, usage_for_staff: bool
) -> tuple[Reader, ...]:
    """Return those whom `which` chooses (accounts, mandates) that see a ticket filed under these keys, by name.

    Who has a charter left to sign, or is of a suspended collectivité, sees nothing. `usage_for_staff`: people of the
    Éducation nationale sign the charter of use too.
    """
    rows: Sequence[Any] = session.execute(
        select(
            MandateRow.id,
            MandateRow.account_id,
            MandateRow.role,
            MandateRow.scope_id,
            MandateRow.starts_on,
            MandateRow.ends_on,
            Account.sigle,
            Account.first_name,
            Account.last_name,
        )
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            which,
            presence.in_activity(day),
            presence.begun(day),
            ~presence.suspended(Account.organisation),
            ~presence.suspended(MandateRow.scope_id),
            ~signing.unsigned(literal(usage_for_staff)),
        )
        .order_by(Account.last_name, Account.first_name, Account.id)
    ).all()
    found: dict[int, Reader] = {}
    for row in rows:
        own = perimeter(_actor(row))
        if own.key is None or own.side is None or own.key not in keys:
            continue
        known = found.get(row.account_id)
        sides = (known.sides if known else frozenset()) | {own.side}
        found[row.account_id] = Reader(row.account_id, row.sigle, f"{row.first_name} {row.last_name}", sides)
    return tuple(found.values())


def seeing(session: Session, accounts: Collection[int], keys: Collection[str], day: date) -> frozenset[int]:
    """Return those of the accounts that see a ticket filed under these keys, under a mandate in force."""
    if not accounts:
        return frozenset()
    mandates: Sequence[Any] = session.execute(
        select(
            MandateRow.id,
            MandateRow.account_id,
            MandateRow.role,
            MandateRow.scope_id,
            MandateRow.starts_on,
            MandateRow.ends_on,
        )
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            MandateRow.account_id.in_(sorted(accounts)),
            presence.in_activity(day),
            presence.begun(day),
            ~presence.suspended(MandateRow.scope_id),
        )
    ).all()
    return frozenset(row.account_id for row in mandates if (perimeter(_actor(row)).key or "") in keys)


def _actor(row: Any) -> Actor:
    """Return a person under a mandate: a perimeter needs only the account and the mandate."""
    mandate = Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on)
    return Actor(row.account_id, "", "", False, mandate)
