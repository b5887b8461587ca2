"""What a party's rule asks of the program: remind requesters, close what they leave unanswered, tell référents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from charters.database import db
from matrix.french.grammar import of
from matrix.wording import with_article
from ticketing.hours import known, rules
from ticketing.hours.rules import SILENT
from ticketing.model import HoldReason, Kind, State
from ticketing.tables import Ticket, TicketEvent
from ticketing.tickets.by_itself import outcomes, unheard
from ticketing.tickets.by_itself.program import each
from ticketing.tickets.changing.standing import Outcome
from ticketing.tickets.transaction import Underway


def remind(now: datetime, at_most: int = 500) -> int:
    """Remind the requesters whose answer is awaited, then close what stays unanswered; return how many tickets.

    A rule that was ended since then asks nothing any more: the ticket waits on.
    """
    wanted = select(Ticket.number).where(Ticket.nudge_at <= now).order_by(Ticket.nudge_at).limit(at_most)
    return each(
        wanted,
        lambda row: (
            row.state == State.ON_HOLD.value
            and row.hold_reason == HoldReason.REQUESTER.value
            and row.nudge_at is not None
            and row.nudge_at <= now
        ),
        lambda step: _nudged(step, now),
        now,
    )


def _nudged(step: Underway, now: datetime) -> Outcome | None:
    standing = step.standing
    organisation = standing.holder.organisation
    # The rule of the day of the question: a later edit changes nothing for who was asked before.
    rule = known.rule(organisation, standing.held_since or now)
    if rule is None or not (rule.close if standing.nudges else rule.remind):
        unheard.let_be(step.act.session, step.row)
        return None
    if standing.nudges and rule.close:
        if unheard.put_off(step.act.session, step.row, known.calendar(organisation), rule.close, now):
            return None
        days = f"{rule.close} jour ouvré" if rule.close == 1 else f"{rule.close} jours ouvrés"
        words = f"règle fixée par {with_article(standing.holder.name)} : {days} après le rappel"
        return outcomes.unanswered(standing, words, now)
    calendar = known.calendar(organisation)
    closes = rules.after_days(calendar, now, rule.close) if rule.close and calendar else None
    return outcomes.reminded(standing, _question(step.row.number), closes)


def _question(number: int) -> str:
    """Return the words of the question that a ticket waits on, « » once they are masked."""
    row = db.session.execute(
        select(TicketEvent.body, TicketEvent.masked_at)
        .where(TicketEvent.ticket_id == number, TicketEvent.kind == Kind.QUESTION.value)
        .order_by(TicketEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return "" if row is None or row.masked_at is not None else str(row.body)


def alert(now: datetime, at_most: int = 500) -> int:
    """Tell the référents of the tickets that are late, or on which nobody acted, and return how many they are."""
    wanted = select(Ticket.number).where(Ticket.alert_at <= now).order_by(Ticket.alert_at).limit(at_most)
    return each(
        wanted,
        lambda row: row.alert_at is not None and row.alert_at <= now,
        lambda step: _alerted(step, now),
        now,
    )


def _alerted(step: Underway, now: datetime) -> Outcome | None:
    standing = step.standing
    silent = standing.silent_at is not None and standing.silent_at <= now and SILENT not in standing.alerted
    why = SILENT if silent else standing.engagements.nearest(standing.due_at, standing.paused)[1]
    if why not in outcomes.WHY:  # nothing is late any more
        return None
    return outcomes.alerted(standing, why, of(with_article(standing.holder.name)))
