"""The people of the side that holds a ticket who may work it: whom it may be assigned to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from charters.database import db
from charters.days import today
from charters.gate import permits
from charters.model import Actor, Mandate, Perimeter, Role, Scope
from charters.people import presence
from charters.permissions import MAY, Action
from charters.tables.access import Account, MandateRow
from ticketing.model import OPEN_STATES
from ticketing.tickets.store import SCOPE, TICKET

_WORKING = tuple(role.value for role in Role if Action.WORK in MAY[role])


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person who may act for a side, under one of the mandates in force."""

    account: int
    name: str
    mandate: Mandate

    def works(self, scope: Scope) -> bool:
        """Whether the gate lets this person work a ticket of this scope."""
        return permits(Actor(self.account, "", "", False, self.mandate), Action.WORK, scope).allowed


def colleagues(side: str, now: datetime) -> tuple[Colleague, ...]:
    """Return those who work for a side today, by name: a person is there once for each mandate."""
    return _read(_of_side(side, today(now)))


def who_may_work(scope: Scope, now: datetime) -> dict[int, str]:
    """Return account -> name of the people of the holder's side who may work a ticket today, by name."""
    return {one.account: one.name for one in colleagues(scope.holder, now) if one.works(scope)}


def in_charge_of(own: Perimeter, accounts: Collection[int], side: str) -> Counter[int]:
    """Return how many open tickets that the side holds each of these people has in charge, as far as one sees them."""
    rows: Any = db.session.execute(
        select(TICKET.c.assignee_id, func.count())
        .join(SCOPE, (SCOPE.c.ticket_id == TICKET.c.number) & (SCOPE.c.key == own.key))
        .where(
            TICKET.c.assignee_id.in_(accounts),
            TICKET.c.state != "closed",
            TICKET.c.state.in_([state.value for state in OPEN_STATES]),
            TICKET.c.holder_organisation == side,
        )
        .group_by(TICKET.c.assignee_id)
    )
    return Counter(dict(iter(rows)))


def _of_side(side: str, day: date) -> Any:
    return (
        select(
            Account.id,
            Account.first_name,
            Account.last_name,
            MandateRow.id.label("mandate"),
            MandateRow.role,
            MandateRow.scope_id,
            MandateRow.starts_on,
            MandateRow.ends_on,
        )
        .join(MandateRow, MandateRow.account_id == Account.id)
        .where(
            MandateRow.scope_id == side,
            MandateRow.role.in_(_WORKING),
            presence.acting(day),
            presence.in_activity(day),
            ~presence.suspended(Account.organisation),
            ~presence.suspended(MandateRow.scope_id),
        )
        .order_by(Account.last_name, Account.first_name, Account.id)
    )


def _read(query: Any) -> tuple[Colleague, ...]:
    return tuple(
        Colleague(
            row.id,
            f"{row.first_name} {row.last_name}",
            Mandate(row.mandate, Role(row.role), row.scope_id, row.starts_on, row.ends_on),
        )
        for row in db.session.execute(query)
    )
