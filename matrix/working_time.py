"""Working time in the opening hours of a party: how much lies between two instants, and when so much has passed. Pure.

A calendar is a list of `Hours`, each from a day on: hours of the week with their breaks, the public holidays of a
territory, the school holidays of a zone where the party closes for them, and its own closures. Days are those of the
territory's own clock. Opening hours never touch the night in which clocks change (`FIRST_HOUR`), so that seconds since
midnight on that clock are seconds of time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matrix.days import SchoolCalendar, public_holidays

#: No party opens before this hour: clocks change between 2 h and 3 h.
FIRST_HOUR = time(4)
#: How far ahead `WorkingCalendar.add` looks before it says that the party never opens, in days.
FURTHEST = 10 * 366

#: Territory of `matrix.days` -> the clock of its people.
CLOCKS = {
    "metropole": "Europe/Paris",
    "alsace-moselle": "Europe/Paris",
    "guadeloupe": "America/Guadeloupe",
    "guyane": "America/Cayenne",
    "la-reunion": "Indian/Reunion",
    "martinique": "America/Martinique",
    "mayotte": "Indian/Mayotte",
    "saint-barthelemy": "America/St_Barthelemy",
    "saint-martin": "America/Marigot",
    "saint-pierre-et-miquelon": "America/Miquelon",
}

#: (opens, closes) in minutes since midnight; a day has none, or some in order that do not touch.
Span = tuple[int, int]
CLOSED_WEEK: tuple[tuple[Span, ...], ...] = ((),) * 7


class NeverOpen(ValueError):
    """Raised when a calendar has not enough working time in the ten years that follow."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Days on which a party is closed, `first` and `last` inclusive, and why in a few words."""

    first: date
    last: date
    label: str


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours of a party from the day `since` on: `week` has the spans of Monday to Sunday.

    `zone` is the school zone whose holidays close the party, « » if they do not.
    """

    since: date
    week: tuple[tuple[Span, ...], ...]
    territory: str = "metropole"
    zone: str = ""
    closures: tuple[Closure, ...] = ()


@dataclass(frozen=True, slots=True)
class DayCount:
    """A day of a sum: its open spans within the sum and their seconds, or why it has none."""

    day: date
    spans: tuple[Span, ...]
    seconds: int
    why: str = ""  # « jour férié », « fermé », « vacances scolaires », or the words of a closure


class WorkingCalendar:
    """The working time of one party. `versions` are its hours in any order, at least one.

    Days before the first version have its hours: nothing else is known of them. Days and hours are those of one clock,
    that of the territory of the last version.
    """

    def __init__(self, versions: Sequence[Hours], school: SchoolCalendar | None = None) -> None:
        if not versions:
            raise ValueError("a calendar has at least one version")
        self.versions = tuple(sorted(versions, key=lambda one: one.since))
        self._since = [one.since for one in self.versions]
        self._school = school or SchoolCalendar()
        self.clock = ZoneInfo(CLOCKS[self.versions[-1].territory])
        self._origin = 0  # the ordinal of the first counted day, 0 before the first question
        self._before: list[int] = [0]  # day since the origin -> working seconds before that day

    def on(self, day: date) -> Hours:
        """Return the hours in force on a day."""
        return self.versions[max(bisect_right(self._since, day) - 1, 0)]

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the spans of a day during which the party is open, in minutes since midnight; none if it is closed."""
        hours = self.on(day)
        spans = hours.week[day.weekday()]
        return () if not spans or self._closing(hours, day) else spans

    def why_closed(self, day: date) -> str:
        """Return why the party is closed on a day, in a few French words; « » if it is open."""
        hours = self.on(day)
        return self._closing(hours, day) or ("" if hours.week[day.weekday()] else "fermé")

    def _closing(self, hours: Hours, day: date) -> str:
        if day in public_holidays(day.year, hours.territory):
            return "jour férié"
        for closure in hours.closures:
            if closure.first <= day <= closure.last:
                return closure.label or "fermeture"
        return "vacances scolaires" if hours.zone and self._school.without_class(hours.zone, day) else ""

    def between(self, start: datetime, end: datetime) -> int:
        """Return the seconds of working time from `start` to `end`, both aware; 0 if `end` is not after `start`."""
        return max(self._until(end) - self._until(start), 0) if end > start else 0

    def add(self, start: datetime, seconds: int) -> datetime:
        """Return the first instant, in UTC, at which `seconds` of working time have passed since `start`.

        What ends exactly at closing time is due at closing time. Raises NeverOpen.
        """
        if seconds <= 0:
            return start.astimezone(UTC)
        target = self._until(start) + seconds
        last = self._index(start) + FURTHEST
        while self._before[-1] < target:
            if len(self._before) > last:
                raise NeverOpen
            self._add_day()
        index = bisect_left(self._before, target) - 1
        left, day = target - self._before[index], date.fromordinal(self._origin + index)
        for opens, closes in self.spans(day):
            if left <= (closes - opens) * 60:
                return self._instant(day, opens * 60 + left)
            left -= (closes - opens) * 60
        raise AssertionError("unreachable: the day has the seconds that its sum counts")

    def unfolded(self, start: datetime, end: datetime, at_most: int = 40) -> tuple[DayCount, ...]:
        """Return the sum of `between` day by day, from the day of `start` to that of `end`; `at_most` days of it."""
        return tuple(day for day, _ in zip(self._days(start, end), range(at_most), strict=False))

    def _days(self, start: datetime, end: datetime) -> Iterator[DayCount]:
        begins, ends = self._local(start), self._local(end)
        day = begins.date()
        while day <= ends.date():
            low = _seconds(begins) if day == begins.date() else 0
            high = _seconds(ends) if day == ends.date() else 24 * 3600
            cut = [(max(opens * 60, low), min(closes * 60, high)) for opens, closes in self.spans(day)]
            kept = [(opens, closes) for opens, closes in cut if closes > opens]
            spans = tuple((opens // 60, closes // 60) for opens, closes in kept)
            yield DayCount(day, spans, sum(closes - opens for opens, closes in kept), self.why_closed(day))
            day += timedelta(days=1)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.clock)

    def _instant(self, day: date, seconds: int) -> datetime:
        local = datetime.combine(day, time()) + timedelta(seconds=seconds)
        return local.replace(tzinfo=self.clock).astimezone(UTC)

    def _index(self, moment: datetime) -> int:
        """Return the place of a moment's day in the sums, which begin earlier if the day needs it."""
        day = self._local(moment).date()
        if not self._origin or day.toordinal() < self._origin:
            self._origin, self._before = date(max(day.year - 1, 1), 1, 1).toordinal(), [0]
        return day.toordinal() - self._origin

    def _until(self, moment: datetime) -> int:
        """Return the working seconds from the origin to a moment, in whole seconds."""
        index = self._index(moment)
        while len(self._before) <= index:
            self._add_day()
        clock = _seconds(self._local(moment))
        spans = self.spans(date.fromordinal(self._origin + index))
        return self._before[index] + sum(max(min(clock, closes * 60) - opens * 60, 0) for opens, closes in spans)

    def _add_day(self) -> None:
        day = date.fromordinal(self._origin + len(self._before) - 1)
        self._before.append(self._before[-1] + sum(closes - opens for opens, closes in self.spans(day)) * 60)


def _seconds(local: datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second
