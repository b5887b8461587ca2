"""Months and school years on the calendar of Paris."""

from datetime import UTC, datetime

import pytest

from ticketing.figures import periods


def test_a_month_is_that_of_paris() -> None:
    assert periods.month_of(datetime(2026, 9, 30, 21, 59, tzinfo=UTC)) == "2026-09"
    assert periods.month_of(datetime(2026, 9, 30, 22, 0, tzinfo=UTC)) == "2026-10"
    assert periods.month_of(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == "2027-01"
    assert periods.starts("2026-10") == datetime(2026, 9, 30, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("month", "year"),
    [("2026-08", "annee-2025"), ("2026-09", "annee-2026"), ("2027-01", "annee-2026"), ("2027-08", "annee-2026")],
)
def test_a_school_year_begins_in_september(month: str, year: str) -> None:
    assert periods.year_of(month) == year


def test_months_run_over_the_new_year() -> None:
    assert list(periods.months_between("2026-11", "2027-02")) == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert list(periods.months_between("2026-11", "2026-10")) == []


def test_what_is_drawn_for_a_period() -> None:
    assert periods.months_of("2026-10", "2024-01", "2026-12")[0] == "2025-11"
    assert len(periods.months_of("2026-10", "2024-01", "2026-12")) == 12
    assert periods.months_of("annee-2026", "2024-01", "2026-11") == ["2026-09", "2026-10", "2026-11"]
    assert len(periods.months_of("tout", "2024-01", "2026-12")) == 36


@pytest.mark.parametrize("text", ["2026-10", "annee-2026", "tout"])
def test_the_forms_of_a_period(text: str) -> None:
    assert periods.is_period(text)


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2026-1", "2026-10 ", "annee-26", "toute", "' OR 1=1", "2026-10\n", "２０２６-10", "annee-٢٠٢٦"],
)
def test_anything_else_is_none(text: str) -> None:
    assert not periods.is_period(text)


def test_labels_are_french() -> None:
    assert periods.label("2026-08") == "Août 2026"
    assert periods.label("annee-2026") == "Année scolaire 2026-2027"
    assert periods.label("tout") == "Depuis le début"
    assert periods.short_label("2027-02") == "févr. 27"


def test_a_month_is_no_year_and_no_whole() -> None:
    assert [text for text in ("2026-10", "annee-2026", "tout", "2026-13", "") if periods.is_month(text)] == ["2026-10"]


def test_december_is_followed_by_january() -> None:
    assert (periods.following("2026-12"), periods.following("2026-11")) == ("2027-01", "2026-12")


@pytest.mark.parametrize(
    ("instant", "last", "sunday"),
    [
        (datetime(2026, 11, 29, 22, 59, tzinfo=UTC), "2026-11", "2026-11-22"),  # this Sunday is not over in Paris
        (datetime(2026, 11, 29, 23, tzinfo=UTC), "9999-99", "2026-11-29"),
        (datetime(2026, 11, 30, 8, tzinfo=UTC), "2026-10", "2026-10-25"),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "2027-08", "2026-10-18"),  # the clocks go back on that day
        (datetime(2026, 10, 25, 23, tzinfo=UTC), "2027-08", "2026-10-25"),
        (datetime(2026, 11, 1, 8, tzinfo=UTC), "2026-11", "2026-10-25"),
        (datetime(2026, 11, 1, 8, tzinfo=UTC), "0000-12", ""),
    ],
)
def test_the_last_sunday_that_has_ended_in_paris(instant: datetime, last: str, sunday: str) -> None:
    assert periods.last_sunday(instant, last) == sunday
