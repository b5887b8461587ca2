"""Tickets whose wait ends by itself: on hold until a day, resolved for days without a word."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from ticketing.model import State
from ticketing.tables import Ticket
from ticketing.tickets import lifecycle
from ticketing.tickets.by_itself import unheard
from ticketing.tickets.by_itself.program import each


def close_resolved(now: datetime, days: int, at_most: int = 500) -> int:
    """Close the tickets resolved for `days` days without a word, for the scheduler, and return how many.

    The days are counted from the last word of the établissement.
    """
    limit = now - timedelta(days=days)
    text = f"Clos de lui-même : résolu depuis {days} jours sans nouvelle du demandeur."
    wanted = select(Ticket.number).where(Ticket.state == State.RESOLVED.value, Ticket.resolved_at <= limit)
    return each(
        wanted.order_by(Ticket.resolved_at).limit(at_most),
        lambda row: row.state == State.RESOLVED.value and row.resolved_at <= limit,
        lambda step: (
            None
            if unheard.spoke(step.act.session, step.row, limit)
            else lifecycle.close(step.standing, step.author, text, now)
        ),
        now,
    )


def wake(now: datetime, at_most: int = 500) -> int:
    """Take off hold the tickets whose day has come, for the scheduler, and return how many."""
    return each(
        select(Ticket.number).where(Ticket.wake_at <= now).order_by(Ticket.wake_at).limit(at_most),
        lambda row: row.state == State.ON_HOLD.value and row.wake_at is not None and row.wake_at <= now,
        lambda step: lifecycle.resume(step.standing, step.author, now),
        now,
    )
