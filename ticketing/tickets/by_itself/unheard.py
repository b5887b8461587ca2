"""Whether the requester's side may have answered what the ticket does not know, or could not answer: it is not closed.

A mail on the ticket that was set aside waits for a person; a suspension (VIII) keeps its people from answering.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from charters.tables.access import Account, OrganisationSuspension
from matrix.working_time import WorkingCalendar
from ticketing.hours import rules
from ticketing.mail.incoming import store as incoming
from ticketing.model import Kind
from ticketing.tables import Ticket, TicketEvent


def put_off(session: Session, row: Row[Any], calendar: WorkingCalendar | None, days: int, now: datetime) -> bool:
    """Put off the closing of a ticket whose requester may be unheard, under its lock; False where nothing says so.

    What lasts is looked at again on the next working day; a suspension that ended leaves the `days` of the rule anew.
    """
    until = _next_look(session, row, calendar, days, now)
    if until is None:
        return False
    session.execute(update(Ticket).where(Ticket.number == row.number).values(nudge_at=until))
    return True


def spoke(session: Session, row: Row[Any], since: datetime) -> bool:
    """Whether the établissement wrote on a resolved ticket since then, or may have: a mail set aside, a suspension."""
    word = select(TicketEvent.id).where(
        TicketEvent.ticket_id == row.number,
        TicketEvent.kind == Kind.COMMENT.value,
        TicketEvent.visibility == "public",
        TicketEvent.side == row.etablissement,
        TicketEvent.at > max(since, row.resolved_at),
    )
    return (
        session.scalar(word.limit(1)) is not None
        or incoming.awaits(session, row.number, row.opened_by, row.resolved_at)
        or bool(_suspensions(session, row, since))
    )


def let_be(session: Session, row: Row[Any]) -> None:
    """Let a ticket wait on without reminder or closing: the rule that asked for them was ended on that very day."""
    session.execute(update(Ticket).where(Ticket.number == row.number).values(nudge_at=None))


def _next_look(
    session: Session, row: Row[Any], calendar: WorkingCalendar | None, days: int, now: datetime
) -> datetime | None:
    since = row.held_since or now
    ends = _suspensions(session, row, since)
    if None in ends or incoming.awaits(session, row.number, row.opened_by, since):
        return _after(calendar, now, 1)
    lifted = max((one for one in ends if one is not None), default=None)
    anew = _after(calendar, lifted, days) if lifted is not None else now
    return anew if anew > now else None


def _suspensions(session: Session, row: Row[Any], since: datetime) -> Sequence[datetime | None]:
    """Return when the suspensions that kept the requester's side out since then ended; None for one that lasts."""
    mine = select(Account.organisation).where(Account.id == row.opened_by).scalar_subquery()
    ended = OrganisationSuspension.lifted_at
    return session.scalars(
        select(ended).where(
            or_(OrganisationSuspension.organisation == row.etablissement, OrganisationSuspension.organisation == mine),
            or_(ended.is_(None), ended > since),
        )
    ).all()


def _after(calendar: WorkingCalendar | None, start: datetime, days: int) -> datetime:
    """Return the opening of the `days`-th working day; of the day itself where nobody says when the party opens."""
    found = rules.after_days(calendar, start, days) if calendar is not None else None
    return found or start + timedelta(days=days)
