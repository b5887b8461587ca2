"""The demonstration shows tickets that depend on each other."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from charters.database import db
from charters.permissions import perimeter
from ticketing.demo import bonds
from ticketing.demo.cast import actor
from ticketing.joining import together
from ticketing.tables import Ticket, TicketLink, TicketWatcher


def test_the_tickets_depend_on_each_other(app_context: Any, cast: Any) -> None:
    bonds.play(datetime.now(UTC))
    columns = (Ticket.number, Ticket.state, Ticket.parent_id, Ticket.parent_bond)
    tickets = [tuple(row) for row in db.session.execute(select(*columns).order_by(Ticket.number))]
    assert tickets == [
        (1, "in_progress", None, ""),
        (2, "closed", 1, "duplicate"),
        (3, "new", None, ""),
        (4, "new", 3, "child"),
        (5, "new", 3, "child"),
        (6, "new", None, ""),
        (7, "new", None, ""),
        *((number, "new", None, "") for number in (8, 9, 10)),
    ]
    alike = together.together(perimeter(actor("d1.agent")), datetime.now(UTC))
    assert alike is not None and [one.number for one in alike.tickets] == [8, 9, 10], "the queue shows these as one"
    watching = db.session.execute(select(TicketWatcher.ticket_id, TicketWatcher.through)).all()
    assert [tuple(row) for row in watching] == [(1, 2)], "the requester of the duplicate follows the other"
    assert db.session.execute(select(TicketLink.ticket_id, TicketLink.earlier_id)).one() == (7, 6), (
        "a part of the other"
    )
