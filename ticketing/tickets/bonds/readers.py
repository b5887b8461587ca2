"""Who among some people sees a ticket today, under one of their own mandates; for those who are to be told of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charters.model import Actor, Mandate, Role
from charters.people import presence
from charters.permissions import perimeter
from charters.tables.access import Account, MandateRow


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
