"""Days in France: public holidays worked out, school holidays read from an editable table. Pure.

« Temps scolaire » has no definition in the agreements that use it. What is certainly outside it is told: the days
without class of the official calendar, weekends, public holidays, and the night.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

#: Before and after these hours, no collège is in session whatever its timetable.
MORNING, EVENING = time(7), time(19)


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of mainland France in a year (Code du travail, L3133-1).

    Worked out here: the `holidays` library, which a test holds it against, is 16 MB of countries in every web worker.
    """
    easter = _easter(year)
    moving = {easter + timedelta(days=days) for days in (1, 39, 50)}  # Easter Monday, Ascension, Whit Monday
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    return frozenset(moving | {date(year, month, day) for month, day in fixed})


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def years_after(day: date, years: int) -> date:
    """The same day `years` later; a 29 February becomes a 1 March."""
    return months_after(day, 12 * years)


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later (before, when negative); past a month's end, the next one's first."""
    whole = day.year * 12 + day.month - 1 + months
    year, month = divmod(whole, 12)
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        following = whole + 1
        return date(following // 12, following % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class SchoolHoliday:
    """Days without class in a zone, `first` and `last` included."""

    zone: str
    name: str
    first: date
    last: date


class SchoolCalendar:
    """The days without class of the three zones."""

    def __init__(self, holidays: Iterable[SchoolHoliday] = ()) -> None:
        self._closed: dict[str, frozenset[date]] = {}
        for zone, of_zone in _by_zone(holidays).items():
            self._closed[zone] = frozenset(
                one.first + timedelta(days=days) for one in of_zone for days in range((one.last - one.first).days + 1)
            )

    def in_session(self, zone: str, moment: datetime) -> bool:
        """Whether `moment`, on the clock of Paris, may be school time: a day of class, between `MORNING` and `EVENING`.

        On a day that the table does not reach, only weekends, public holidays and nights are known to be outside it.
        """
        day = moment.date()
        if day.weekday() > 4 or not MORNING <= moment.time() < EVENING:
            return False
        return day not in self._closed.get(zone, ()) and day not in public_holidays(day.year)


def _by_zone(holidays: Iterable[SchoolHoliday]) -> dict[str, list[SchoolHoliday]]:
    found: dict[str, list[SchoolHoliday]] = {}
    for one in holidays:
        found.setdefault(one.zone, []).append(one)
    return found
