"""Tells what will be erased and when, as the person concerned is shown it; and puts or lifts legal holds.

The days are those by which `purging` acts: what is past its time is erased in the night that follows.
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
from ticketing.tables import Ticket
from ticketing.tickets.search import number as ticket_number

SHOWN = 50


@dataclass(frozen=True, slots=True)
class DataFate:
    """What becomes of a ticket's or a person's data: erased on a day, held meanwhile, or gone."""

    goes_on: date | None  # None: what starts the count has not happened
    held: bool
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScheduledErasure:
    """A ticket or a person whose time comes: what to call it, where its page is, the day, whether it is held."""

    id: int
    name: str
    goes_on: date
    held: bool


def of_ticket(number: int, months: int) -> DataFate:
    """What becomes of a ticket that is there. That the reader may know is the caller's to check."""
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
    """What becomes of an account that is there."""
    row = db.session.execute(
        select(
            Account.ends_on, Account.pseudonymised_at, Account.id.in_(legal_holds.held_accounts()).label("held")
        ).where(Account.id == account_id)
    ).one()
    return DataFate(_after(row.ends_on, months) if row.ends_on else None, row.held, row.pseudonymised_at)


def tickets(actor: Actor, months: int) -> list[ScheduledErasure]:
    """The closed tickets of the actor's académie whose time comes first."""
    assert actor.mandate is not None
    rows = db.session.execute(
        select(Ticket.number, Ticket.closed_at, Ticket.number.in_(legal_holds.held_tickets()).label("held"))
        .where(
            Ticket.state == State.CLOSED.value,
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
    """The accounts that ended, of these organisations (None: of all), whose time comes first."""
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
    """The day whose night erases it: the first on which the months are past."""
    return months_after(day, months) + timedelta(days=1)


# --- what is kept for the law ---------------------------------------------------------------------------------------


def held_ticket(actor: Actor, number: int) -> LegalHoldView | None:
    """The hold in force on a ticket, with its reason, for administrators of its académie."""
    return next((hold for hold in legal_holds.of(actor, ticket=number) if hold.lifted_at is None), None)


def hold_ticket(actor: Actor, number: str, reason: str, now: datetime) -> int:
    """Keep a ticket of the actor's académie whatever its age; gives its number. Raises Invalid, charters' Refused."""
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
    """Keep a person of these organisations. Raises Invalid, Refused, NotFound."""
    directory.person(organisations, account_id, now=now)
    legal_holds.put(account_id=account_id, reason=reason, actor=actor, now=now)
