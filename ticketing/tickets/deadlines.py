"""When a ticket is promised to be resolved, in the desk's working time. Pure.

Instants have a time zone, and those that come out are in UTC. Working time is Monday to Friday, 8 h to 12 h and 13 h 30
to 17 h 30 on the clock of Paris, public holidays apart. The clock stops while a ticket waits (on hold): its promise
moves by the working time that it waited.
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
    """The instant promised at opening: the activity's working days (`TARGETS`) after it."""
    return add_working(opened_at, WORKING_DAY * TARGETS.get(activity, OTHER_TARGET), holidays)


def pushed(due: datetime, held_since: datetime, until: datetime, holidays: Holidays = public_holidays) -> datetime:
    """The promise after a wait: `due` moved by the working time from `held_since` to `until`."""
    return add_working(due, working_between(held_since, until, holidays), holidays)


def add_working(start: datetime, amount: timedelta, holidays: Holidays = public_holidays) -> datetime:
    """The instant at which `amount` of working time has passed since `start`.

    It is never in the middle of a closed span: what ends exactly at closing time is due at closing time.
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
    """The working time from `start` to `end`; nothing when `end` is not after it."""
    total = timedelta()
    if end <= start:
        return total
    for begin, close in _spans(start, holidays):
        if begin >= end:
            break
        total += max(min(close, end) - max(begin, start), timedelta())
    return total


def _spans(start: datetime, holidays: Holidays) -> Iterator[tuple[datetime, datetime]]:
    """The working spans in UTC, from the local day of `start` on, without end."""
    day = start.astimezone(PARIS).date()
    while True:
        if day.weekday() < 5 and day not in holidays(day.year):
            for opens, closes in SPANS:
                yield _instant(day, opens), _instant(day, closes)
        day += timedelta(days=1)


def _instant(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, PARIS).astimezone(UTC)


def late(state: State, due_at: datetime, held_since: datetime | None, now: datetime) -> bool:
    """Whether an open ticket has passed its promise; the clock of one that waits stopped at `held_since`."""
    return state.is_open and due_at < (held_since or now)
