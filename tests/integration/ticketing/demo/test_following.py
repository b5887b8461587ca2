"""The demonstration shows a ticket at each moment that a correspondant follows."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from charters.database import db
from ticketing.demo import following
from ticketing.tables import Ticket, TicketLink, TicketOpinion


def test_the_tickets_stand_at_each_moment(app_context: Any, cast: Any) -> None:
    following.play(datetime.now(UTC))
    tickets = db.session.execute(select(Ticket.state, Ticket.hold_reason, Ticket.needs_info).order_by(Ticket.number))
    assert [tuple(row) for row in tickets] == [
        ("on_hold", "attente-demandeur", False),
        ("new", None, True),
        ("resolved", None, False),
        ("new", None, False),
        ("closed", None, False),
    ]
    assert db.session.scalars(select(TicketOpinion.score)).all() == [2]
    assert db.session.execute(select(TicketLink.ticket_id, TicketLink.earlier_id)).one() == (4, 3)
