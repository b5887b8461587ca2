"""The periods of the figures: a month, a school year, or the whole. Pure.

A month is written « 2026-10 », a school year (September to August) « annee-2026 » for 2026-2027, and the whole « tout
». Months are those of Europe/Paris: a ticket of 30 September at 22:30 UTC belongs to October.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from matrix.wording import MONTHS

PARIS = ZoneInfo("Europe/Paris")
ALL = "tout"
SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
_FORM = re.compile(r"(?:(?P<month>[0-9]{4}-(?:0[1-9]|1[0-2]))|annee-(?P<year>[0-9]{4})|tout)", re.ASCII)


def month_of(instant: datetime) -> str:
    """Return the month of an aware instant on the calendar of Paris: « 2026-10 »."""
    local = instant.astimezone(PARIS)
    return f"{local.year:04d}-{local.month:02d}"


def year_of(month: str) -> str:
    """Return the school year of a month: « annee-2026 » from September 2026 to August 2027."""
    year, number = int(month[:4]), int(month[5:])
    return f"annee-{year if number >= 9 else year - 1:04d}"


def is_period(text: str) -> bool:
    """Return whether the text has the form of a period, which may have no figures."""
    return _FORM.fullmatch(text) is not None


def is_month(period: str) -> bool:
    """Return whether the period is a month."""
    return _FORM.fullmatch(period) is not None and period[:1].isdigit()


def following(month: str) -> str:
    """Return the month after this one."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1:04d}-01" if number == 12 else f"{year:04d}-{number + 1:02d}"


def months_between(first: str, last: str) -> Iterator[str]:
    """Yield every month from the first to the last, both included, in order."""
    month = first
    while month <= last:
        yield month
        month = following(month)


def months_of(period: str, first: str, last: str) -> list[str]:
    """Return the months to draw for a period, among those between `first` and `last`.

    A month is drawn with the eleven months before it, for comparison; a school year with its own months.
    """
    months = list(months_between(first, last))
    if is_month(period):
        return [month for month in months if month <= period][-12:]
    if period == ALL:
        return months
    return [month for month in months if year_of(month) == period]


def starts(month: str) -> datetime:
    """Return the first instant of a month in Paris, in UTC."""
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=PARIS).astimezone(UTC)


def label(period: str) -> str:
    """Return the period in words: « Octobre 2026 », « Année scolaire 2026-2027 », « Depuis le début »."""
    if period == ALL:
        return "Depuis le début"
    if period.startswith("annee-"):
        year = int(period[6:])
        return f"Année scolaire {year}-{year + 1}"
    return f"{MONTHS[int(period[5:]) - 1].capitalize()} {period[:4]}"


def short_label(month: str) -> str:
    """Return the month in short, for the axis of a chart: « oct. 26 »."""
    return f"{SHORT_MONTHS[int(month[5:]) - 1]} {month[2:4]}"


def bounds(period: str) -> tuple[str, str]:
    """Return the first and the last month of a period; the whole goes from « 0000-00 » to « 9999-99 »."""
    if period == ALL:
        return "0000-00", "9999-99"
    if period.startswith("annee-"):
        year = int(period[6:])
        return f"{year:04d}-09", f"{year + 1:04d}-08"
    return period, period


def last_sunday(instant: datetime, last: str) -> str:
    """Return the last Sunday of Paris that has ended at an instant, in the month `last` or before: « 2026-11-29 ».

    Before any ticket there was none: « ».
    """
    if last < "1900":
        return ""
    day = instant.astimezone(PARIS).date() - timedelta(days=1)
    if month_of(instant) > last:
        day = min(day, starts(following(last)).astimezone(PARIS).date() - timedelta(days=1))
    return (day - timedelta(days=(day.weekday() + 1) % 7)).isoformat()


def year_before(period: str) -> str:
    """Return the same period a year earlier; « » for the whole, and before the year 1."""
    if period == ALL:
        return ""
    digits = period[6:] if period.startswith("annee-") else period[:4]
    year = int(digits) - 1
    if year < 1:
        return ""
    return f"annee-{year:04d}" if period.startswith("annee-") else f"{year:04d}{period[4:]}"


def day_label(day: str) -> str:
    """Return an ISO day in the French form: « 29/11/2026 »."""
    return f"{day[8:]}/{day[5:7]}/{day[:4]}"
