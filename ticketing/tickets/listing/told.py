"""The tickets of a side of which its référent was told, and that still call for an act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from charters.model import Perimeter
from charters.statements import Fixed
from ticketing.hours.rules import SILENT
from ticketing.model import State
from ticketing.tickets.listing import columns
from ticketing.tickets.store import SCOPE, TICKET
from ticketing.views import ListRow

_MOST = 25
_TOLD = Fixed(
    select(SCOPE.c.rank, *(TICKET.c[name] for name in columns.LISTED), TICKET.c.alerted)
    .join(SCOPE, SCOPE.c.ticket_id == TICKET.c.number)
    .where(
        SCOPE.c.key == bindparam("key"),
        TICKET.c.holder_organisation == bindparam("side"),
        TICKET.c.alerted != "",
    )
    .order_by(SCOPE.c.rank, TICKET.c.number)
    .limit(_MOST)
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a référent was told of: tickets on which nobody acted, and late ones; each empties as somebody acts."""

    silent: tuple[ListRow, ...] = ()
    late: tuple[ListRow, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is something to show."""
        return bool(self.silent or self.late)


def told(perimeter: Perimeter, now: datetime) -> Told:
    """Return the tickets that the perimeter's side holds and of which its référent was told, the most urgent first."""
    if perimeter.key is None or not perimeter.side:
        return Told()
    found: list[Any] = list(_TOLD.run({"key": perimeter.key, "side": perimeter.side}))
    rows = [*zip(columns.lines(found, now), (one.alerted.split() for one in found), strict=True)]
    silent = tuple(row for row, codes in rows if SILENT in codes and row.state is State.NEW and not row.assignee_id)
    return Told(silent, tuple(row for row, _ in rows if row.late and row not in silent))
