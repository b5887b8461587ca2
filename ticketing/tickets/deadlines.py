"""Compute when a ticket is promised to be resolved, in the desk's working time. Pure.

Instants have a time zone, and results are in UTC. Working time is Monday to Friday, 8 h to 12 h and 13 h 30 to 17 h 30
on the clock of Paris, without public holidays. The clock stops while a ticket is on hold: its promise moves by the
working time of the hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matrix.days import public_holidays
from ticketing.model import State

PARIS = ZoneInfo("Europe/Paris")
SPANS = ((time(8), time(12)), (time(13, 30), time(17, 30)))
WORKING_DAY = timedelta(hours=8)

#: Activity -> working days promised, from opening to resolution.
TARGETS = {"mco": 2, "assistance": 1}
OTHER_TARGET = 5

#: year -> its public holidays.
Holidays = Callable[[int], frozenset[date]]


def due_at(activity: str, opened_at: datetime, holidays: Holidays = public_holidays) -> datetime:
    """Return the instant promised at opening: the activity's working days (`TARGETS`) after it."""
    return add_working(opened_at, WORKING_DAY * TARGETS.get(activity, OTHER_TARGET), holidays)


def pushed(due: datetime, held_since: datetime, until: datetime, holidays: Holidays = public_holidays) -> datetime:
    """Return the promise after a hold: `due` moved by the working time from `held_since` to `until`."""
    return add_working(due, working_between(held_since, until, holidays), holidays)


def add_working(start: datetime, amount: timedelta, holidays: Holidays = public_holidays) -> datetime:
    """Return the instant at which `amount` of working time has passed since `start`.

    It is never inside a closed span: what ends exactly at closing time is due at closing time.
    """
    left, start = amount, start.astimezone(UTC)
    for begin, end in _spans(start, holidays):
        begin = max(begin, start)
        if begin >= end:
            continue
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise AssertionError("unreachable: the spans never end")


def working_between(start: datetime, end: datetime, holidays: Holidays = public_holidays) -> timedelta:
    """Return the working time from `start` to `end`, or zero if `end` is not after `start`."""
    total = timedelta()
    if end <= start:
        return total
    for begin, close in _spans(start, holidays):
        if begin >= end:
            break
        total += max(min(close, end) - max(begin, start), timedelta())
    return total


def _spans(start: datetime, holidays: Holidays) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working spans in UTC, from the local day of `start` on, without end."""
    day = start.astimezone(PARIS).date()
    while True:
        if day.weekday() < 5 and day not in holidays(day.year):
            for opens, closes in SPANS:
                yield _instant(day, opens), _instant(day, closes)
        day += timedelta(days=1)


def _instant(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, PARIS).astimezone(UTC)


def late(state: State, due_at: datetime, held_since: datetime | None, now: datetime) -> bool:
    """Whether an open ticket has passed its promise; the clock of a ticket on hold stopped at `held_since`."""
    return state.is_open and due_at < (held_since or now)
