"""Compute the working time between two instants in constant time, for folding many histories. Pure.

The result equals that of `deadlines.working_between` (a test compares them), which goes from day to day; this module
sums the working seconds of whole days once, and then only subtracts.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from matrix.days import public_holidays
from ticketing.tickets.deadlines import PARIS, SPANS, Holidays, working_between

_SPANS = tuple(
    (opens.hour * 3600 + opens.minute * 60, closes.hour * 3600 + closes.minute * 60) for opens, closes in SPANS
)
_WHOLE = sum(closes - opens for opens, closes in _SPANS)


class WorkClock:
    """A clock of working time from the first of January of `year`; earlier time is counted day by day.

    Working hours never include the night in which clocks change, so the local clock gives the seconds since midnight.
    """

    def __init__(self, year: int = 2015, holidays: Holidays = public_holidays) -> None:
        self._holidays = holidays
        self._origin = date(year, 1, 1).toordinal()
        self._before: list[int] = [0]  # day since the origin -> working seconds before that day
        self._works: list[bool] = []

    def between(self, start: datetime, end: datetime) -> int:
        """Return the seconds of working time from `start` to `end`, both aware; 0 if `end` is not after `start`."""
        if end <= start:
            return 0
        local_start, local_end = start.astimezone(PARIS), end.astimezone(PARIS)
        if local_start.toordinal() < self._origin:
            return int(working_between(start, end, self._holidays).total_seconds())
        return self._until(local_end) - self._until(local_start)

    def _until(self, local: datetime) -> int:
        day = local.toordinal() - self._origin
        while len(self._works) <= day:
            self._add_day()
        total = self._before[day]
        if self._works[day]:
            clock = local.hour * 3600 + local.minute * 60 + local.second
            total += sum(max(min(clock, closes) - opens, 0) for opens, closes in _SPANS)
        return total

    def _add_day(self) -> None:
        day = date.fromordinal(self._origin) + timedelta(days=len(self._works))
        works = day.weekday() < 5 and day not in self._holidays(day.year)
        self._works.append(works)
        self._before.append(self._before[-1] + (_WHOLE if works else 0))
