"""What a step on several tickets needs to know of them, within a perimeter."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from charters.database import db
from charters.model import Perimeter
from ticketing.tickets.store import SCOPE, TICKET


def places_of(own: Perimeter, numbers: Collection[int]) -> list[tuple[str, str]]:
    """Return (établissement, holder) of the tickets of these numbers that the perimeter holds, each pair once."""
    rows = db.session.execute(
        select(TICKET.c.etablissement, TICKET.c.holder_organisation)
        .join(SCOPE, SCOPE.c.ticket_id == TICKET.c.number)
        .where(SCOPE.c.key == own.key, TICKET.c.number.in_(numbers))
        .distinct()
        .order_by(TICKET.c.etablissement, TICKET.c.holder_organisation)
    )
    return [(row.etablissement, row.holder_organisation) for row in rows]
