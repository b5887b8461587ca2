"""Say what will be erased and when, as shown to the person concerned; put and lift legal holds.

The days are those by which `purging` acts: what is past its retention is erased in the following night.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from charters.database import db
from charters.days import today
from charters.model import Actor
from charters.people import directory, legal_holds
from charters.people.legal_holds import LegalHoldView
from charters.tables.access import Account
from matrix.days import months_after
from ticketing.errors import Invalid
from ticketing.model import State
from ticketing.search.query import number as ticket_number
from ticketing.tables import Ticket
from ticketing.tables.tickets import CLOSED

SHOWN = 50


@dataclass(frozen=True, slots=True)
class DataFate:
    """Holds the fate of a ticket's or a person's data: erased on a day, held meanwhile, or already erased."""

    goes_on: date | None  # the day of erasure; None while the event that starts the count has not happened
    held: bool
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScheduledErasure:
    """A ticket or a person to be erased: its label, the address of its page, the day, whether it is under a hold."""

    id: int
    name: str
    goes_on: date
    held: bool


def of_ticket(number: int, months: int) -> DataFate:
    """Return the fate of an existing ticket. The caller checks that the reader may know it."""
    row = db.session.execute(
        select(
            Ticket.closed_at,
            Ticket.state,
            Ticket.pseudonymised_at,
            Ticket.number.in_(legal_holds.held_tickets()).label("held"),
        ).where(Ticket.number == number)
    ).one()
    closed = row.closed_at if row.state == State.CLOSED.value else None
    return DataFate(_after(today(closed), months) if closed else None, row.held, row.pseudonymised_at)


def of_person(account_id: int, months: int) -> DataFate:
    """Return the fate of an existing account."""
    row = db.session.execute(
        select(
            Account.ends_on, Account.pseudonymised_at, Account.id.in_(legal_holds.held_accounts()).label("held")
        ).where(Account.id == account_id)
    ).one()
    return DataFate(_after(row.ends_on, months) if row.ends_on else None, row.held, row.pseudonymised_at)


def tickets(actor: Actor, months: int) -> list[ScheduledErasure]:
    """Return the closed tickets of the actor's académie that will be erased first."""
    assert actor.mandate is not None
    rows = db.session.execute(
        select(Ticket.number, Ticket.closed_at, Ticket.number.in_(legal_holds.held_tickets()).label("held"))
        .where(
            CLOSED,
            Ticket.pseudonymised_at.is_(None),
            Ticket.closed_at.is_not(None),
            Ticket.academie == actor.mandate.scope_id,
        )
        .order_by(Ticket.closed_at, Ticket.number)
        .limit(SHOWN)
    )
    return [
        ScheduledErasure(row.number, f"Ticket n° {row.number}", _after(today(row.closed_at), months), row.held)
        for row in rows
    ]


def people(organisations: Collection[str] | None, months: int) -> list[ScheduledErasure]:
    """Return the ended accounts of these organisations (None: of all) that will be erased first."""
    query = select(
        Account.id,
        Account.first_name,
        Account.last_name,
        Account.ends_on,
        Account.id.in_(legal_holds.held_accounts()).label("held"),
    ).where(Account.ends_on.is_not(None), Account.pseudonymised_at.is_(None))
    if organisations is not None:
        query = query.where(Account.organisation.in_(organisations))
    rows: Any = db.session.execute(query.order_by(Account.ends_on, Account.id).limit(SHOWN))
    return [
        ScheduledErasure(row.id, f"{row.first_name} {row.last_name}", _after(row.ends_on, months), row.held)
        for row in rows
    ]


def _after(day: date, months: int) -> date:
    """Return the day in whose night it is erased: the first day on which the months are past."""
    return months_after(day, months) + timedelta(days=1)


# --- what is kept for the law ---------------------------------------------------------------------------------------


def held_ticket(actor: Actor, number: int) -> LegalHoldView | None:
    """Return the hold in force on a ticket, with its reason, for administrators of its académie, or None."""
    return next((hold for hold in legal_holds.of(actor, ticket=number) if hold.lifted_at is None), None)


def hold_ticket(actor: Actor, number: str, reason: str, now: datetime) -> int:
    """Put a hold on a ticket of the actor's académie and return its number. Raises Invalid, charters' Refused."""
    wanted = ticket_number(number) or 0
    row = db.session.execute(
        select(Ticket.academie, Ticket.pseudonymised_at).where(Ticket.number == wanted)
    ).one_or_none()
    if actor.mandate is None or row is None or row.academie != actor.mandate.scope_id:
        raise Invalid({"number": "Aucun ticket de votre académie ne porte ce numéro."})
    if row.pseudonymised_at is not None:
        raise Invalid({"number": "Les données personnelles de ce ticket sont déjà effacées."})
    legal_holds.put(ticket=wanted, reason=reason, actor=actor, now=now)
    return wanted


def hold_person(
    actor: Actor, organisations: Collection[str] | None, account_id: int, reason: str, now: datetime
) -> None:
    """Put a hold on a person of these organisations. Raises Invalid, Refused, NotFound."""
    directory.person(organisations, account_id, now=now)
    legal_holds.put(account_id=account_id, reason=reason, actor=actor, now=now)
