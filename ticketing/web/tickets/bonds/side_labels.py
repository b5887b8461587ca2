"""The words of the reader's side on a ticket, as its page shows them."""

from __future__ import annotations

from typing import Any

from flask import g, request

from charters.permissions import MAY, Action
from ticketing.following import labels
from ticketing.views import TicketView


def shown(ticket: TicketView, labelled: bool) -> dict[str, Any]:
    """Return the words on a ticket, whether the reader may add one, and those that the side uses where the form shows.

    Who reads with a reason reads the words of every side, as their notes, and adds none.
    """
    reading = g.get("reading")
    perimeter = reading.perimeter if reading else g.perimeter
    may = not reading and g.actor.role is not None and Action.NOTE in MAY[g.actor.role]
    adding = may and request.args.get("etape") == "etiquettes"
    return {
        "may_label": may,
        "labels": labels.of_ticket(perimeter, ticket.number) if labelled or reading else (),
        "label_words": labels.proposed(g.perimeter) if adding else (),
    }
