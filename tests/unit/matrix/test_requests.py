"""The days of a request."""

from __future__ import annotations

from datetime import date

import pytest

from matrix.requests import RequestError, read_day


def test_a_day_is_read_from_text_and_a_day_stays_as_it_is():
    assert read_day("2026-11-20", "acquired_on") == date(2026, 11, 20) == read_day(date(2026, 11, 20), "acquired_on")


@pytest.mark.parametrize(("value", "code"), [(20261120, "wrong_type"), ("hier", "invalid_date"), (None, "wrong_type")])
def test_what_is_no_day_is_refused_with_its_field(value, code):
    with pytest.raises(RequestError) as caught:
        read_day(value, "acquired_on")
    assert (caught.value.code, caught.value.field) == (code, "acquired_on")
