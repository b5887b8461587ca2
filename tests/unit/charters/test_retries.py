"""When a mail is tried again: from thirty seconds to a quarter of an hour, for a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from charters import retries

NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_delays_grow_from_thirty_seconds_to_a_quarter_of_an_hour() -> None:
    waits = [retries.delay(attempts, outage=False) for attempts in range(1, 9)]
    assert waits[0] == timedelta(seconds=30) and waits == sorted(waits)
    assert waits[5] == waits[7] == timedelta(minutes=15)


def test_no_delay_is_longer_than_five_minutes_while_nothing_gets_through() -> None:
    assert [retries.delay(attempts, outage=True) for attempts in (1, 4, 5, 9)] == [
        timedelta(seconds=30),
        timedelta(minutes=4),
        timedelta(minutes=5),
        timedelta(minutes=5),
    ]


@pytest.mark.parametrize(
    ("since", "attempts", "given_up"),
    [
        (NOW - DAY, 50, False),
        (NOW - DAY - timedelta(seconds=1), 6, True),
        (NOW - 5 * DAY, 5, False),  # stopped meanwhile: hardly tried
        (NOW, 50, False),
    ],
)
def test_a_mail_is_given_up_after_a_day_of_tries(since: datetime, attempts: int, given_up: bool) -> None:
    assert retries.given_up(since, attempts, NOW) is given_up
