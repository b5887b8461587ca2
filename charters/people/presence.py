"""Who is there to act, as conditions in queries: people admitted, mandates in force, mandates that may act.

The gate judges a request by the same rules (`sessions`, `gate`); these conditions find people and mandates without a
request: the recipients of mails, the person in charge of a ticket, those who answer in somebody's place.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, or_, select

from charters.database import db
from charters.model import Role
from charters.tables.access import Account, MandateRow, OrganisationSuspension

#: A day, or the parameter that stands for it in a statement built once.
Day = date | BindParameter[date]


def in_activity(day: Day) -> ColumnElement[bool]:
    """In a query on accounts: the activity is not over, the account is neither disabled nor forgotten."""
    return and_(
        or_(Account.ends_on.is_(None), Account.ends_on >= day),
        Account.locked_at.is_(None),
        Account.pseudonymised_at.is_(None),
    )


def in_force(day: Day) -> ColumnElement[bool]:
    """In a query on mandates: those not ended by that day, by their own end or by a campaign's closing day.

    The closing day is tested too, since the scheduler that writes the mandate's end from it may be late.
    """
    return and_(
        or_(MandateRow.ends_on.is_(None), MandateRow.ends_on >= day),
        or_(MandateRow.lapses_on.is_(None), MandateRow.lapses_on >= day),
    )


def begun(day: Day) -> ColumnElement[bool]:
    """In a query on mandates: those in force that have begun."""
    return and_(MandateRow.starts_on <= day, in_force(day))


def acting(day: Day) -> ColumnElement[bool]:
    """In a query on mandates: those begun that the October campaign does not restrict to reading (II.2)."""
    return and_(begun(day), or_(MandateRow.confirm_by.is_(None), MandateRow.confirm_by >= day))


def suspended(organisation: Any) -> ColumnElement[bool]:
    """In a query: whether the access of the organisation in this column is suspended (VIII).

    A suspension excludes the people attached to the organisation and stops its mandates; a person attached elsewhere
    keeps the other mandates.
    """
    return (
        exists()
        .where(OrganisationSuspension.organisation == organisation, OrganisationSuspension.lifted_at.is_(None))
        .correlate_except(OrganisationSuspension)
    )


def administers(account_id: int | None, day: date, academie: str = "") -> bool:
    """Whether this person is an administrator who may act that day, of that académie where one is named."""
    query = (
        select(MandateRow.id)
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            Account.id == account_id,
            MandateRow.role == Role.ADMINISTRATEUR,
            *([MandateRow.scope_id == academie] if academie else []),
            acting(day),
            in_activity(day),
            ~suspended(Account.organisation),
        )
    )
    return db.session.scalar(query.limit(1)) is not None
