"""What the page of a ticket says of the ticket that it depends on, and of those that depend on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g

from ticketing.model import Bond
from ticketing.tickets.bonds import rules, shown
from ticketing.views import TicketView
from ticketing.web.tickets.bonds import cascade


def card(ticket: TicketView, depended: bool) -> dict[str, Any]:
    """Return what the page shows of a ticket's bonds, within the mandate's own perimeter.

    A reason to read opens this ticket alone: of those bound to it, no more shows than the mandate sees.
    """
    dependants = shown.dependants(g.perimeter, ticket.number) if depended else ()
    return {
        "parent": shown.parent(g.perimeter, ticket.parent_id) if ticket.parent_id else None,
        "duplicates": [one for one in dependants if one.bond is Bond.DUPLICATE],
        "children": [one for one in dependants if one.bond is Bond.CHILD],
        "to_resolve": (following := cascade.own_open(g.actor, dependants)),
        "read_with": " ".join(f"{one.number}:{one.version}" for one in following),
    }


def offered(ticket: TicketView, now: datetime) -> frozenset[str]:
    """Return the steps that the page offers: a duplicate is not opened again after its time."""
    late = "unmerge" in ticket.steps and not rules.undoable(ticket.closed_at, now)
    return ticket.steps - {"unmerge"} if late else ticket.steps
