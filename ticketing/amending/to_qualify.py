"""List the tickets that wait to be qualified on a cell that the agreement leaves blank, and what they cost."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Cost:
    """What a blank cell costs now: how many tickets wait on it, and for how many hours in all, nights included."""

    tickets: int = 0
    hours: int = 0


def costs(actor: Actor, convention: str, now: datetime, service: str | None = None) -> dict[tuple[str, str], Cost]:
    """Return what each blank cell of an agreement costs, (service, activity) -> cost, the dearest first.

    Only the tickets of the actor's own perimeter count: those that the académie holds. With `service`, its cells alone.
    A ticket waits from the decision that left it to be qualified.
    """
    key = perimeter(actor).key
    if key is None:
        return {}
    wanted = _waiting(key, convention, TICKET.c.service, TICKET.c.activity, DECISION.c.at)
    if service is not None:
        wanted = wanted.where(SCOPE.c.service == service)
    waits: dict[tuple[str, str], list[float]] = {}
    for row in db.session.execute(wanted):
        waits.setdefault((row.service, row.activity), []).append(max(0.0, (now - row.at).total_seconds()))
    found = {cell: Cost(len(seconds), int(sum(seconds) // 3600)) for cell, seconds in waits.items()}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].hours, -pair[1].tickets, pair[0])))


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
