"""A ticket that waits until a day: what a form may say, where a visit fits in both calendars, when it wakes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from matrix.days import SchoolCalendar, SchoolHoliday
from matrix.working_time import CLOSED_WEEK, Closure, Hours, WorkingCalendar
from ticketing.hours import waits

WEEK = (((510, 750), (810, 1020)),) * 5 + ((), ())
AUTUMN = SchoolCalendar([SchoolHoliday("C", "Toussaint", date(2026, 10, 17), date(2026, 11, 1))])
DEPARTEMENT = WorkingCalendar([Hours(date(2026, 1, 1), WEEK)], AUTUMN)
COLLEGE = WorkingCalendar(
    [Hours(date(2026, 1, 1), WEEK, zone="C", closures=(Closure(date(2026, 11, 2), date(2026, 11, 2), "Pont"),))], AUTUMN
)
TODAY = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("text", "day", "fault"),
    [
        ("", None, False),
        (" ", None, False),
        ("2026-10-02", date(2026, 10, 2), False),
        ("2027-10-02", date(2027, 10, 2), False),
        ("2026-10-01", None, True),
        ("2027-10-03", None, True),
        ("2026-02-30", None, True),
        ("demain", None, True),
    ],
)
def test_the_day_is_to_come_within_the_year(text, day, fault):
    found, sentence = waits.day_of(text, TODAY)
    assert found == day
    assert bool(sentence) is fault


def test_a_visit_fits_in_both_calendars_or_the_next_day_that_does_is_offered():
    both = (("le Département", DEPARTEMENT), ("le collège", COLLEGE))
    assert waits.clash(date(2026, 10, 8), both) == ""
    told = waits.clash(date(2026, 10, 21), both)
    assert told == (
        "Personne ce jour-là (le collège : vacances scolaires). Premier jour ouvert pour tous : "
        "le mardi 3 novembre 2026."
    )
    assert "le Département : fermé ; le collège : fermé" in waits.clash(date(2026, 10, 10), both)
    assert waits.clash(date(2026, 10, 21), ()) == ""  # nobody's hours are known: nothing is said against it


def test_a_ticket_wakes_as_its_holder_opens():
    assert waits.wakes_at(date(2026, 10, 8), DEPARTEMENT) == datetime(2026, 10, 8, 6, 30, tzinfo=UTC)
    assert waits.wakes_at(date(2026, 10, 10), DEPARTEMENT) == datetime(2026, 10, 12, 6, 30, tzinfo=UTC)
    assert waits.wakes_at(date(2026, 10, 26), DEPARTEMENT) == datetime(2026, 10, 26, 7, 30, tzinfo=UTC)  # winter time
    assert waits.wakes_at(date(2026, 10, 8), None) == datetime(2026, 10, 8, 6, tzinfo=UTC)
    never = WorkingCalendar([Hours(TODAY - timedelta(days=1), CLOSED_WEEK)])
    assert waits.wakes_at(date(2026, 10, 8), never) == datetime(2026, 10, 8, 6, tzinfo=UTC)


def test_a_day_open_for_all_is_looked_for_four_months_ahead_and_no_further():
    def closed(days):
        pause = Closure(date(2026, 10, 8), date(2026, 10, 8) + timedelta(days=days), "Travaux")
        return WorkingCalendar([Hours(date(2026, 1, 1), (((480, 1020),),) * 7, closures=(pause,))])

    assert waits.clash(date(2026, 10, 8), [("le collège", closed(118))]) == (
        "Personne ce jour-là (le collège : Travaux). Premier jour ouvert pour tous : le jeudi 4 février 2027."
    )
    assert (
        waits.clash(date(2026, 10, 8), [("le collège", closed(119))]) == "Personne ce jour-là (le collège : Travaux)."
    )
    assert waits.wakes_at(date(2026, 10, 8), closed(118)) == datetime(2027, 2, 4, 7, tzinfo=UTC)
    assert waits.wakes_at(date(2026, 10, 8), closed(119)) == datetime(2026, 10, 8, 6, tzinfo=UTC)
