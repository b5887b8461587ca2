"""Whose data the file of a person holds, and which tickets' words may be in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import false, or_, select

from charters.model import Perimeter
from ticketing.tickets.store import SCOPE


@dataclass(frozen=True, slots=True)
class DataSubject:
    """Holds the person whose data is read. `alone`: nobody else has this name, so the name identifies the person."""

    id: int
    sigle: str
    first_name: str
    last_name: str
    alone: bool

    @property
    def name(self) -> str:
        """Return the person's name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class ExportReach:
    """Says which tickets' words may be in the file: of a perimeter, of an académie, or none if both are None."""

    perimeter: Perimeter | None = None
    academie: str = ""

    def ticket(self, number: Any, academie: Any) -> Any:
        """Return the SQL condition that this ticket's own words may be in the file."""
        if self.academie:
            return academie == self.academie
        if self.perimeter is None or self.perimeter.key is None:
            return false()
        return select(SCOPE.c.key).where(SCOPE.c.key == self.perimeter.key, SCOPE.c.ticket_id == number).exists()

    def side_of(self, side: Any, number: Any, academie: Any) -> Any:
        """Return the SQL condition that what a side keeps for itself on a ticket may be in the file."""
        if self.academie:
            return self.ticket(number, academie)
        mine = self.perimeter.side if self.perimeter else None
        return self.ticket(number, academie) & (side == (mine or ""))

    def entry(self, table: Any, number: Any, academie: Any) -> Any:
        """Return the SQL condition that an entry or a file may be in the file: internal ones are their side's."""
        if self.academie:
            return self.ticket(number, academie)
        side = self.perimeter.side if self.perimeter else None
        return self.ticket(number, academie) & or_(table.c.visibility == "public", table.c.side == (side or ""))
