"""Whether the recipient of a notice may still read it, asked at the moment of sending."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Row, exists, select, update

from charters.database import reading, writing
from charters.days import today
from charters.model import Actor, Mandate, Perimeter, Role
from charters.people import presence
from charters.permissions import perimeter
from charters.tables.access import Account, MandateRow, OrganisationSuspension
from ticketing.mail import outbox
from ticketing.mail.sending import leases
from ticketing.tables import Notice, Ticket, TicketEvent

Seen = Literal["yes", "held", "suspended", "masked", ""]


def seen(notice: Row[Any], usage_for_staff: bool, now: datetime) -> Seen:
    """Return whether the recipient, under a mandate in force today, still has the ticket in the perimeter.

    An internal entry is read under a mandate of the side that wrote it alone.

    « held »: the recipient's access was closed after the notice was claimed; « suspended »: only under mandates on a
    collectivité whose access is suspended; « masked »: the words are masked.
    """
    day = today(now)
    with reading() as session:
        if session.execute(select(leases.kept_out(notice.recipient_id, usage_for_staff))).scalar():
            return "held"
        row = session.execute(
            select(Ticket.scope_keys, TicketEvent.masked_at, TicketEvent.visibility, TicketEvent.side)
            .outerjoin(TicketEvent, TicketEvent.id == notice.event_id)
            .where(Ticket.number == notice.ticket_id)
        ).one()
        mandates = session.execute(_mandates_in_force(notice.recipient_id, day)).all()
    if row.masked_at is not None:
        return "masked"
    suspended = {one.suspended for one in mandates if _reads(perimeter(_actor(notice.recipient_id, one)), row)}
    return "yes" if False in suspended else "suspended" if suspended else ""


def _reads(own: Perimeter, row: Any) -> bool:
    """Whether a perimeter holds the ticket, and the entry if it is internal."""
    return own.key in row.scope_keys and (row.visibility != "internal" or own.side == row.side)


def turn_away(notice: Row[Any], now: datetime) -> None:
    """Drop a notice that its recipient may no longer read; others are told in the place of a requester who left."""
    with writing() as session:
        done: Any = session.execute(
            update(Notice)
            .where(Notice.id == notice.id, Notice.state == "pending", Notice.lease == notice.lease)
            .values(state="dropped", last_error="Le destinataire ne voit plus ce ticket.")
        )
        if done.rowcount:
            ticket = session.execute(select(Ticket.__table__).where(Ticket.number == notice.ticket_id)).one()
            outbox.redirect(session, notice, ticket, now)


def _mandates_in_force(account_id: int, day: date) -> Any:
    """Return the query of an account's mandates on a day, and whether each one's organisation is suspended."""
    suspended = (
        exists()
        .where(OrganisationSuspension.organisation == MandateRow.scope_id, OrganisationSuspension.lifted_at.is_(None))
        .correlate(MandateRow)
    )
    return (
        select(
            MandateRow.id,
            MandateRow.role,
            MandateRow.scope_id,
            MandateRow.starts_on,
            MandateRow.ends_on,
            suspended.label("suspended"),
        )
        .join(Account, Account.id == MandateRow.account_id)
        .where(Account.id == account_id, presence.in_activity(day), presence.begun(day))
    )


def _actor(account_id: int, row: Row[Any]) -> Actor:
    """Return the recipient under a mandate: a perimeter needs only the account and the mandate."""
    return Actor(account_id, "", "", False, Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on))
