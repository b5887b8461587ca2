"""The days on which a preset opens a ticket by itself."""

from __future__ import annotations

from datetime import date

import pytest

from ticketing.presets.rhythms import RHYTHMS, first, next_after


@pytest.mark.parametrize(
    ("rhythm", "wanted", "day"),
    [
        ("month", date(2026, 11, 30), date(2026, 11, 30)),
        ("school-year", date(2026, 11, 30), date(2027, 9, 1)),
        ("school-year", date(2026, 8, 31), date(2026, 9, 1)),
        ("school-year", date(2026, 9, 1), date(2026, 9, 1)),
    ],
)
def test_a_rhythm_begins_on_the_day_that_is_wanted_or_on_the_1_september(rhythm, wanted, day):
    assert first(rhythm, wanted) == day


@pytest.mark.parametrize(
    ("rhythm", "starts", "day", "following"),
    [
        ("month", date(2026, 1, 15), date(2026, 1, 15), date(2026, 2, 15)),
        ("month", date(2026, 1, 31), date(2026, 1, 31), date(2026, 3, 1)),
        ("month", date(2026, 1, 31), date(2026, 3, 1), date(2026, 3, 31)),
        ("month", date(2026, 1, 15), date(2026, 6, 20), date(2026, 7, 15)),
        ("quarter", date(2026, 1, 15), date(2026, 4, 15), date(2026, 7, 15)),
        ("year", date(2024, 2, 29), date(2024, 2, 29), date(2025, 3, 1)),
        ("school-year", date(2026, 9, 1), date(2026, 9, 1), date(2027, 9, 1)),
        ("month", date(2026, 9, 1), date(2026, 8, 1), date(2026, 9, 1)),
    ],
)
def test_the_next_day_is_counted_from_the_first_and_none_is_made_up_for(rhythm, starts, day, following):
    assert next_after(rhythm, starts, day) == following


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_the_next_day_is_always_later(rhythm):
    day = starts = date(2024, 2, 29)
    for _ in range(40):
        following = next_after(rhythm, starts, day)
        assert following > day
        day = following
