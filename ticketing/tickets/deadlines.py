"""By when a ticket is due, whether it is late, and the order of the queue; and the working time of the desk. Pure.

A delay that a text sets (`ticketing.tickets.delays`) and what a party promised (`ticketing.hours.promises`) make a
ticket due, by the nearest end still to be kept: with neither, it is never late. `late` is the one rule, and `LATE_SQL`
says the same of the rows of `ticket_scope`: lists, rows, counts and pages all ask one of the two.

Instants have a time zone, and results are in UTC. Working time is Monday to Friday, 8 h to 12 h and 13 h 30 to 17 h 30
on the clock of Paris, without public holidays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matrix.days import public_holidays
from ticketing.model import State
from ticketing.urgency import offset

PARIS = ZoneInfo("Europe/Paris")
SPANS = ((time(8), time(12)), (time(13, 30), time(17, 30)))

#: In SQL, what `late` says: on a row `s` of `ticket_scope` in an open state, `:now` in whole seconds.
LATE_SQL = "s.rank < :now"

#: Added to the rank of a ticket on hold without delay: what can be done now comes before it. A delay runs on meanwhile.
HELD = 10**12

#: year -> its public holidays.
Holidays = Callable[[int], frozenset[date]]


def rank(
    due_at: datetime | None, opened_at: datetime, after: int = offset(None, None), state: State = State.NEW
) -> int:
    """Return the place of an open ticket in a queue: the nearest delay first, then the most urgent and the oldest.

    `after` is `urgency.offset` of the ticket: what a text sets comes before what people say. Without delay, a ticket on
    hold comes after those on which something can be done.
    """
    if due_at is not None:
        return int(due_at.timestamp())
    return after + int(opened_at.timestamp()) + (HELD if state is State.ON_HOLD else 0)


def late(state: State, due_at: datetime | None, now: datetime) -> bool:
    """Whether a ticket is late: it is open, and past the nearest end that is to be kept."""
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
