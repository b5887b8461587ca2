"""A cell that applies « pendant le temps scolaire » only; outside school time its answer carries a warning."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from matrix.days import SchoolCalendar
from matrix.model import Decision, Request
from matrix.router.fact_cell import FactCell

PARIS = ZoneInfo("Europe/Paris")


class SchoolTimeCell:
    """The cell's answer in school time, and that answer with a warning outside it. `zone` is the calendar's."""

    __slots__ = ("asked", "calendar", "inside", "outside", "zone")

    def __init__(
        self, inside: Decision | FactCell, outside: Decision | FactCell, zone: str, calendar: SchoolCalendar
    ) -> None:
        self.inside, self.outside, self.zone, self.calendar = inside, outside, zone, calendar
        self.asked: tuple[str, ...] = () if isinstance(inside, Decision) else inside.asked

    def decide(self, request: Request) -> Decision:
        """The decision for a request, by the time at which its ticket was opened."""
        opened = request.opened_at
        paris = opened if opened.tzinfo is None else opened.astimezone(PARIS)
        found = self.inside if self.calendar.in_session(self.zone, paris) else self.outside
        return found if isinstance(found, Decision) else found.decide(request)
