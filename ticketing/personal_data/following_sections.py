"""What a person put on tickets beside words of the thread: labels of a side, and satisfaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select

from ticketing.personal_data.reach import DataSubject, ExportReach
from ticketing.tables import TicketLabel, TicketOpinion
from ticketing.tables.teams import Team, TeamMember
from ticketing.tickets.store import TICKET

LABEL: Any = TicketLabel.__table__
OPINION: Any = TicketOpinion.__table__


def labels(subject: DataSubject, reach: ExportReach) -> Any:
    """Return the query of the labels that the person put, with their words where the own side keeps them in reach."""
    seen = reach.side_of(LABEL.c.side, LABEL.c.ticket_id, TICKET.c.academie)
    return (
        select(
            LABEL.c.ticket_id,
            func.coalesce(case((seen, LABEL.c.word)), "").label("word"),
            LABEL.c.at,
            seen.label("in_reach"),
        )
        .join(TICKET, TICKET.c.number == LABEL.c.ticket_id)
        .where(LABEL.c.account_id == subject.id)
        .order_by(LABEL.c.ticket_id, LABEL.c.folded)
    )


def opinions(subject: DataSubject, reach: ExportReach) -> Any:
    """Return the query of the person's satisfaction, with the sentence where the ticket is in reach."""
    seen = reach.ticket(OPINION.c.ticket_id, TICKET.c.academie)
    return (
        select(
            OPINION.c.ticket_id,
            OPINION.c.score,
            func.coalesce(case((seen, OPINION.c.words)), "").label("words"),
            OPINION.c.at,
            seen.label("in_reach"),
        )
        .join(TICKET, TICKET.c.number == OPINION.c.ticket_id)
        .where(OPINION.c.account_id == subject.id)
        .order_by(OPINION.c.ticket_id)
    )


def teams(subject: DataSubject, _reach: ExportReach) -> Any:
    """Return the query of the teams of the person."""
    return (
        select(Team.name, Team.side)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.account_id == subject.id)
        .order_by(Team.id)
    )
