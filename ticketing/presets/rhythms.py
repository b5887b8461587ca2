"""How often a preset opens a ticket by itself, and on which days. Pure."""

from __future__ import annotations

from datetime import date

from matrix.days import months_after

#: Rhythm -> its words on the page.
RHYTHMS = {
    "month": "Chaque mois",
    "quarter": "Chaque trimestre",
    "year": "Chaque année",
    "school-year": "À chaque rentrée, le 1er septembre",
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "school-year": 12}
_SEPTEMBER = 9


def first(rhythm: str, wanted: date) -> date:
    """Return the first day of a rhythm that begins on `wanted`: that day, or the 1 September from it on."""
    if rhythm != "school-year":
        return wanted
    start = date(wanted.year, _SEPTEMBER, 1)
    return start if start >= wanted else date(wanted.year + 1, _SEPTEMBER, 1)


def next_after(rhythm: str, starts_on: date, day: date) -> date:
    """Return the first day of a rhythm after `day`; days passed over while nothing ran are not made up for.

    Days are counted from the first, so that « le 31 » does not slip to an earlier day for good.
    """
    step = _MONTHS[rhythm]
    months = (day.year - starts_on.year) * 12 + day.month - starts_on.month
    turn = max(months // step, 0)
    found = months_after(starts_on, turn * step)
    while found <= day:
        turn += 1
        found = months_after(starts_on, turn * step)
    return found
