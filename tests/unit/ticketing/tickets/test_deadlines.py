"""Working time across lunch, nights, week-ends, holidays and changes of the clock; what makes a ticket late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix import days
from ticketing import urgency
from ticketing.model import State
from ticketing.tickets.deadlines import add_working, late, rank, working_between

PARIS = ZoneInfo("Europe/Paris")


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (paris(2026, 11, 17, 10), 1, paris(2026, 11, 17, 11)),
        (paris(2026, 11, 17, 10), 2, paris(2026, 11, 17, 12)),  # it ends with the morning, not after lunch
        (paris(2026, 11, 17, 11), 2, paris(2026, 11, 17, 14, 30)),
        (paris(2026, 11, 17, 12, 30), 1, paris(2026, 11, 17, 14, 30)),
        (paris(2026, 11, 17, 17), 1, paris(2026, 11, 18, 8, 30)),
        (paris(2026, 11, 17, 23), 1, paris(2026, 11, 18, 9)),
        (paris(2026, 11, 20, 17), 1, paris(2026, 11, 23, 8, 30)),  # a week-end
        (paris(2026, 4, 30, 17), 4, paris(2026, 5, 4, 11, 30)),  # 1 May, then a week-end
        (paris(2026, 12, 24, 17), 8, paris(2026, 12, 28, 17)),  # Christmas is a Friday
        (paris(2025, 12, 31, 17, 30), 1, paris(2026, 1, 2, 9)),  # across the end of the year
        (paris(2026, 10, 23, 17), 1, paris(2026, 10, 26, 8, 30)),  # the clock goes back on Sunday the 25th
        (paris(2026, 3, 27, 17), 1, paris(2026, 3, 30, 8, 30)),  # and forward on Sunday 29 March
    ],
)
def test_working_time_is_counted_on_the_clock_of_paris(start: datetime, hours: int, end: datetime) -> None:
    found = add_working(start, timedelta(hours=hours))
    assert found == end
    assert found.utcoffset() == timedelta(0)
    assert working_between(start, end) == timedelta(hours=hours)


def test_holidays_can_be_given() -> None:
    closed = frozenset({date(2026, 11, 18)})
    found = add_working(paris(2026, 11, 17, 17), timedelta(hours=1), lambda year: closed)
    assert found == paris(2026, 11, 19, 8, 30)


def test_french_public_holidays() -> None:
    known = days.public_holidays(2026)
    assert {date(2026, 1, 1), date(2026, 4, 6), date(2026, 5, 14), date(2026, 7, 14), date(2026, 11, 11)} <= known
    assert len(known) == 11


def test_public_holidays_are_those_of_the_library() -> None:
    library = pytest.importorskip("holidays")
    for year in range(2008, 2100):
        assert days.public_holidays(year) == frozenset(library.country_holidays("FR", years=year)), year


def test_no_time_backwards() -> None:
    assert working_between(paris(2026, 11, 17, 11), paris(2026, 11, 17, 10)) == timedelta()


@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    minutes=st.integers(1, 3000),
    more=st.integers(0, 3000),
)
def test_adding_and_measuring_agree(start: datetime, minutes: int, more: int) -> None:
    begin = start.replace(tzinfo=UTC, microsecond=0)
    end = add_working(begin, timedelta(minutes=minutes))
    assert end > begin and working_between(begin, end) == timedelta(minutes=minutes)
    assert add_working(begin, timedelta(minutes=minutes + more)) >= end
    assert end.astimezone(PARIS).weekday() < 5 and end.astimezone(PARIS).date() not in days.public_holidays(end.year)


@pytest.mark.parametrize(
    ("state", "due", "now", "is_late"),
    [
        (State.NEW, paris(2026, 11, 17, 12), paris(2026, 11, 17, 12), False),  # at the very instant
        (State.NEW, paris(2026, 11, 17, 12), paris(2026, 11, 17, 12, 0, 1), True),
        (State.NEW, paris(2026, 11, 17, 12), paris(2026, 11, 17, 12, 0, 0, 900_000), False),  # ranks are whole seconds
        (State.IN_PROGRESS, paris(2026, 11, 17, 12), paris(2026, 11, 17, 11), False),
        (State.ON_HOLD, paris(2026, 11, 17, 12), paris(2026, 11, 20, 9), True),  # no text stops its delay
        (State.RESOLVED, paris(2026, 11, 17, 12), paris(2026, 11, 20, 9), False),
        (State.CLOSED, paris(2026, 11, 17, 12), paris(2026, 11, 20, 9), False),
        (State.NEW, None, paris(2036, 11, 17, 12), False),  # no text sets a delay: never late
    ],
)
def test_an_open_ticket_is_late_past_the_delay_of_a_text(
    state: State, due: datetime | None, now: datetime, is_late: bool
) -> None:
    assert late(state, due, now) is is_late


@given(
    due=st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
)
def test_the_rank_of_an_open_ticket_says_whether_it_is_late(due: datetime | None, now: datetime) -> None:
    """`LATE_SQL` compares the rank with the present: it must say what `late` says."""
    due, now = due.replace(tzinfo=UTC) if due else None, now.replace(tzinfo=UTC)
    opened = datetime(2020, 1, 1, tzinfo=UTC)
    assert late(State.NEW, due, now) is (rank(due, opened) < int(now.timestamp()))
    for grave in (None, 1, 2, 3):  # what people say of urgency never comes before what a text sets
        assert (rank(due, opened, urgency.offset(grave, grave)) < urgency.offset(1, 1)) is (due is not None)


def test_what_opens_when_the_day_closes_counts_from_the_next_morning() -> None:
    assert add_working(paris(2026, 11, 17, 17, 30), timedelta(minutes=1)) == paris(2026, 11, 18, 8, 1)
    assert add_working(paris(2026, 11, 17, 12), timedelta(0)) == paris(2026, 11, 17, 13, 30)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (paris(2026, 11, 17, 10), paris(2026, 11, 17, 10), 0),
        (paris(2026, 11, 17, 6), paris(2026, 11, 17, 8), 0),
        (paris(2026, 11, 17, 6), paris(2026, 11, 17, 23), 8),
        (paris(2026, 11, 17, 11), paris(2026, 11, 17, 14, 30), 2),
        (paris(2026, 11, 20, 16, 30), paris(2026, 11, 23, 9), 2),  # over a week-end
    ],
)
def test_the_working_time_between_two_instants(start: datetime, end: datetime, hours: int) -> None:
    assert working_between(start, end) == timedelta(hours=hours)
