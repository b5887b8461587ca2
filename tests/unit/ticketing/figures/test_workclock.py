"""The fast clock gives the same working time as the promise's clock."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.figures.workclock import WorkClock
from ticketing.tickets.deadlines import working_between

INSTANTS = st.datetimes(datetime(2014, 12, 1), datetime(2028, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
CLOCK = WorkClock()


@settings(deadline=None)  # the first call of a year reads its holidays
@given(INSTANTS, st.integers(0, 40 * 24 * 3600))
def test_it_agrees_with_deadlines(start: datetime, seconds: int) -> None:
    end = start + timedelta(seconds=seconds)
    assert CLOCK.between(start, end) == working_between(start, end).total_seconds()


def test_nothing_passes_backwards() -> None:
    moment = datetime(2026, 11, 12, 10, 0, tzinfo=UTC)
    assert CLOCK.between(moment, moment) == CLOCK.between(moment, moment - timedelta(days=3)) == 0


def test_over_armistice_and_a_weekend() -> None:
    # Tuesday 10 November 2026 at 17:00 in Paris to Thursday 12 at 9:00, the 11th being a holiday: 30 min + 1 h.
    assert CLOCK.between(datetime(2026, 11, 10, 16, tzinfo=UTC), datetime(2026, 11, 12, 8, tzinfo=UTC)) == 5400
