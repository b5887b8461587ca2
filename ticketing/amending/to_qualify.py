"""List the tickets that wait to be qualified on a cell that the agreement leaves blank, and where each would go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from charters.database import db
from charters.model import Actor
from charters.permissions import perimeter
from matrix import Router, wording
from matrix.request_facts import facts_of
from ticketing.in_force import routing
from ticketing.tickets.store import DECISION, OPEN_CODES, SCOPE, TICKET

#: How many tickets are shown at most: those that have waited longest.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class TicketToQualify:
    """A ticket that waits to be qualified, with the status and the holding organisation that the cell would give it."""

    number: int
    version: int
    title: str
    etablissement_name: str
    opened_at: datetime
    status: str
    holder_role: str
    holder_name: str

    @property
    def moves(self) -> bool:
        """Whether the cell settles the ticket. On the ticket's own day, the cell may still say nothing."""
        return self.status != "to_qualify"


def on_cell(actor: Actor, convention: str, service: str, activity: str, rules: Router) -> list[TicketToQualify]:
    """Return open tickets on this cell that the actor's académie holds to qualify, oldest first, routed by `rules`."""
    key = perimeter(actor).key
    if key is None:
        return []
    rows = db.session.execute(
        _waiting(key, convention, TICKET)
        .where(SCOPE.c.service == service, TICKET.c.activity == activity)
        .order_by(TICKET.c.number)
        .limit(SHOWN)
    )
    return [_would_go(row, rules) for row in rows]


def counts(actor: Actor, convention: str) -> Counter[tuple[str, str]]:
    """Return how many tickets wait on each blank cell of an agreement: (service, activity) -> number."""
    key = perimeter(actor).key
    if key is None:
        return Counter()
    rows = db.session.execute(_waiting(key, convention, TICKET.c.service, TICKET.c.activity))
    return Counter((row.service, row.activity) for row in rows)


def _waiting(key: str, convention: str, *columns: Any) -> Any:
    """Return the SQL condition for open tickets held by the académie whose present decision says « to qualify »."""
    return (
        select(*columns)
        .select_from(SCOPE)
        .join(TICKET, TICKET.c.number == SCOPE.c.ticket_id)
        .join(DECISION, DECISION.c.id == TICKET.c.decision_id)
        .where(
            SCOPE.c.key == key,
            SCOPE.c.state.in_(OPEN_CODES),
            DECISION.c.status == "to_qualify",
            DECISION.c.convention == convention,
        )
    )


def _would_go(row: Row[Any], rules: Router) -> TicketToQualify:
    request = routing.request_for(row.etablissement, row.service, row.activity, facts_of(row), row.opened_at)
    decision = rules.route(request)
    held_by = routing.holder(rules.conventions, decision.convention, decision.party, row.etablissement)
    return TicketToQualify(
        row.number,
        row.version,
        row.title,
        wording.at(row.etablissement_name, row.etablissement_commune),
        row.opened_at,
        decision.status,
        held_by.role,
        held_by.name,
    )
