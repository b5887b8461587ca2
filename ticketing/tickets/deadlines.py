"""By when a ticket is due, whether it is late, and the order of the queue; and the working time of the desk. Pure.

Only a delay that a text sets makes a ticket due (`ticketing.tickets.delays`): with none, nothing is promised, and the
ticket is never late. No text stops its delay while a ticket waits, so that nothing moves it. `late` is the one rule,
and `LATE_SQL` says the same of the rows of `ticket_scope`: lists, rows, counts and pages all ask one of the two.

Instants have a time zone, and results are in UTC. Working time is Monday to Friday, 8 h to 12 h and 13 h 30 to 17 h 30
on the clock of Paris, without public holidays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matrix.days import public_holidays
from ticketing.model import State

PARIS = ZoneInfo("Europe/Paris")
SPANS = ((time(8), time(12)), (time(13, 30), time(17, 30)))

#: Added to the rank of an open ticket without delay, so that it comes after every delay (seconds: the year 5138).
NO_DELAY = 10**11
#: In SQL, what `late` says: on a row `s` of `ticket_scope` in an open state, `:now` in whole seconds.
LATE_SQL = "s.rank < :now"

#: year -> its public holidays.
Holidays = Callable[[int], frozenset[date]]


def rank(due_at: datetime | None, opened_at: datetime) -> int:
    """Return the place of an open ticket in a queue: the nearest delay first, then the oldest without delay."""
    return int(due_at.timestamp()) if due_at is not None else NO_DELAY + int(opened_at.timestamp())


def late(state: State, due_at: datetime | None, now: datetime) -> bool:
    """Whether a ticket is late: it is open, and past the delay that a text sets for it."""
    return state.is_open and due_at is not None and past(due_at, now)


def past(due_at: datetime, now: datetime) -> bool:
    """Whether a delay has passed, in whole seconds, as ranks count."""
    return int(due_at.timestamp()) < int(now.timestamp())


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
