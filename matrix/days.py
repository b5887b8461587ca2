"""Days in France: public holidays, which are computed, and school holidays, which an editable table lists. Pure.

The agreements that use « temps scolaire » do not define it. This module finds what is certainly outside it: the days
without class of the official calendar, weekends, public holidays, and the night.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

#: No collège is in session before `MORNING` or after `EVENING`, whatever its timetable.
MORNING, EVENING = time(7), time(19)


#: Territory -> (days that move with Easter, counted from Easter Sunday; days that do not, as month and day) which are
#: public holidays there beside those of the whole country, since 2012. The day of the abolition of slavery is each
#: territory's own (loi 83-550 of 30 June 1983, décrets 83-1003 and 2012-553); Alsace and Moselle keep the local law
#: (ordonnance of 16 August 1892); Guadeloupe keeps Mi-Carême and Good Friday by usage, as the library has them.
_LOCAL: dict[str, tuple[tuple[int, ...], tuple[tuple[int, int], ...]]] = {
    "metropole": ((), ()),
    "alsace-moselle": ((-2,), ((12, 26),)),
    "guadeloupe": ((-24, -2), ((5, 27), (7, 21))),
    "guyane": ((), ((6, 10),)),
    "la-reunion": ((), ((12, 20),)),
    "martinique": ((), ((5, 22), (7, 21))),
    "mayotte": ((), ((4, 27),)),
    "saint-barthelemy": ((), ((10, 9),)),
    "saint-martin": ((), ((5, 28), (7, 21))),
    "saint-pierre-et-miquelon": ((), ()),
}
TERRITORIES = frozenset(_LOCAL)


@lru_cache(maxsize=512)
def public_holidays(year: int, territory: str = "metropole") -> frozenset[date]:
    """The public holidays of a year (Code du travail, L3133-1) in a territory, one of `TERRITORIES`.

    They are computed here because the `holidays` library, with which a test compares them, takes 16 MB in every web
    worker.
    Raises KeyError for a territory that is not known.
    """
    easter = _easter(year)
    moving, fixed = _LOCAL[territory]
    moving = (1, 39, 50, *moving)  # Easter Monday, Ascension, Whit Monday
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25), *fixed)
    return frozenset(
        {easter + timedelta(days=days) for days in moving} | {date(year, month, day) for month, day in fixed}
    )


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def years_after(day: date, years: int) -> date:
    """The same date `years` later; 29 February becomes 1 March."""
    return months_after(day, 12 * years)


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later (earlier when negative).

    Where that month has no such day, it is the first day of the next month.
    """
    whole = day.year * 12 + day.month - 1 + months
    year, month = divmod(whole, 12)
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        following = whole + 1
        return date(following // 12, following % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class SchoolHoliday:
    """A period without class in a zone, from `first` to `last` inclusive."""

    zone: str
    name: str
    first: date
    last: date


class SchoolCalendar:
    """The days without class of the three zones. `path` is the file that lists them, None where there is none."""

    def __init__(self, holidays: Iterable[SchoolHoliday] = (), path: Path | None = None) -> None:
        self.path = path
        self._closed: dict[str, frozenset[date]] = {}
        for zone, of_zone in _by_zone(holidays).items():
            self._closed[zone] = frozenset(
                one.first + timedelta(days=days) for one in of_zone for days in range((one.last - one.first).days + 1)
            )

    @property
    def last(self) -> date | None:
        """The last day without class that the table gives in every zone, None where it gives none."""
        return min((max(days) for days in self._closed.values()), default=None)

    def without_class(self, zone: str, day: date) -> bool:
        """Whether the table lists a day among the school holidays of a zone."""
        return day in self._closed.get(zone, ())

    def last_day_of_class(self, zone: str, year: int) -> date | None:
        """The last day of class before the summer holidays that begin in `year`; None where the table lacks them.

        The summer holidays are the first four weeks without class from mid-June on.
        """
        summer = next((day for day in _run(date(year, 6, 15), 60) if self._whole_weeks(zone, day)), None)
        if summer is None:
            return None
        before = (summer - timedelta(days=back) for back in range(1, 15))
        return next((day for day in before if day.weekday() < 5 and day not in public_holidays(year)), None)

    def _whole_weeks(self, zone: str, first: date) -> bool:
        return all(self.without_class(zone, day) for day in _run(first, 28))

    def in_session(self, zone: str, moment: datetime) -> bool:
        """Whether `moment`, on the clock of Paris, may be school time: a day of class, between `MORNING` and `EVENING`.

        On a day that the table does not reach, only weekends, public holidays and nights are known to be outside it.
        """
        day = moment.date()
        if day.weekday() > 4 or not MORNING <= moment.time() < EVENING:
            return False
        return not self.without_class(zone, day) and day not in public_holidays(day.year)


def _run(first: date, days: int) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range(days))


def _by_zone(holidays: Iterable[SchoolHoliday]) -> dict[str, list[SchoolHoliday]]:
    found: dict[str, list[SchoolHoliday]] = {}
    for one in holidays:
        found.setdefault(one.zone, []).append(one)
    return found
