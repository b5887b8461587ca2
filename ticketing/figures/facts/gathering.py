"""Read what facts are folded from: decisions, answers on satisfaction, and the history that the caller has read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import urgency
from ticketing.figures.facts.folding import Asked, Entry, Story
from ticketing.hours import promises
from ticketing.model import Kind
from ticketing.tables import DecisionRow, TicketOpinion


def asked(session: Session, numbers: Sequence[int]) -> Mapping[int, list[Asked]]:
    """Return what each decision of some tickets was on, in order: the opening's, then each correction's."""
    request = DecisionRow.data["request"]
    columns = [request[name].as_string() for name in ("service", "activity", "user_category")]
    found: dict[int, list[Asked]] = defaultdict(list)
    for number, status, convention, service, activity, category in session.execute(
        select(DecisionRow.ticket_id, DecisionRow.status, DecisionRow.convention, *columns)
        .where(DecisionRow.ticket_id.in_(numbers))
        .order_by(DecisionRow.ticket_id, DecisionRow.id)
    ):
        found[number].append(Asked(service or "", activity or "", convention or "", category or "", status))
    return found


def opinions(session: Session, numbers: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """Return what was answered on satisfaction for some tickets: its score, when."""
    chosen = select(TicketOpinion.ticket_id, TicketOpinion.score, TicketOpinion.at)
    rows = session.execute(chosen.where(TicketOpinion.ticket_id.in_(numbers)))
    return {number: (score, at) for number, score, at in rows}


def story(ticket: Any, history: Sequence[Any], decided: Sequence[Asked], opinion: tuple[int, datetime] | None) -> Story:
    """Return what is folded of a ticket, from its row, its entries in order and its decisions."""
    return Story(
        etablissement=ticket.etablissement,
        urgency=_at_first(history, urgency.priority(ticket.impact, ticket.urgency) or 0),
        entries=[
            Entry(one.kind, one.at, one.data or {}, one.author_id, one.side, one.visibility == "public")
            for one in history
        ],
        asked=decided,
        promised=promises.unpacked(ticket.engagements, "asked"),
        opinion=opinion,
    )


def _at_first(history: Sequence[Any], now: int) -> int:
    """Return the priority that a ticket had at its opening: that before the first correction, else the present one."""
    corrected = next((one.data for one in history if one.kind == Kind.ADJUSTED), None)
    return int(corrected["priority"][0]) if corrected else now
