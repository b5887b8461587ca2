"""Why a ticket stands where it does in the queue, in one line: promise, urgency, age, what is not read. Pure.

It says what `ticketing.tickets.deadlines.rank` orders by, in that order, then what the reader has not read.
"""

from __future__ import annotations

from datetime import datetime

from ticketing.formats import short_date
from ticketing.model import State
from ticketing.views import ListRow


def why(row: ListRow, now: datetime, news: str = "") -> str:
    """Return the reasons of a row's place; `news` is the title of what the reader has not read. Empty once resolved."""
    if not row.state.is_open:
        return ""
    told = []
    if row.due_at is not None:
        when = short_date(row.due_at)
        told.append(f"en retard depuis le {when}" if row.late else f"délai ou engagement au {when}")
    elif row.state is State.ON_HOLD:
        told.append("en attente : passe après ce qui peut se faire")
    if row.urgent:
        told.append(row.urgent.lower())
    days = (now - row.opened_at).days
    told.append("ouvert depuis " + (f"{days} jours" if days > 1 else "un jour" if days else "moins d’un jour"))
    if news:
        told.append(f"non lu : {news.lower()}")
    return ", ".join(told)
