"""Days in France: public holidays, months that end, school time."""

from datetime import date, datetime, timedelta

import pytest

from matrix import load_conventions
from matrix.checks import lint
from matrix.days import TERRITORIES, SchoolCalendar, SchoolHoliday, months_after, public_holidays, years_after
from matrix.files import SHIPPED, ConventionError, load_calendar

CALENDAR = load_calendar()
SUMMER = SchoolHoliday("B", "été", date(2018, 7, 7), date(2018, 9, 2))


@pytest.mark.parametrize("year", range(2008, 2101))
def test_public_holidays_are_those_of_the_library(year):
    holidays = pytest.importorskip("holidays")
    assert public_holidays(year) == set(holidays.country_holidays("FR", years=year))


#: Territory -> its name in the library `holidays`.
SUBDIVISIONS = {
    "metropole": (None,),
    "alsace-moselle": ("57", "6AE"),
    "guadeloupe": ("971",),
    "guyane": ("973",),
    "la-reunion": ("974",),
    "martinique": ("972",),
    "mayotte": ("976",),
    "saint-barthelemy": ("BL",),
    "saint-martin": ("MF",),
    "saint-pierre-et-miquelon": ("PM",),
}


@pytest.mark.parametrize("territory", sorted(TERRITORIES))
def test_the_holidays_of_a_territory_are_those_of_the_library(territory):
    holidays = pytest.importorskip("holidays")
    for place in SUBDIVISIONS[territory]:
        for year in range(2015, 2036):
            theirs = set(holidays.country_holidays("FR", subdiv=place, years=year))
            assert public_holidays(year, territory) == theirs, (place, year)


def test_without_a_territory_holidays_are_those_of_the_mainland():
    assert public_holidays(2026) == public_holidays(2026, "metropole")
    assert public_holidays(2026, "alsace-moselle") - public_holidays(2026) == {date(2026, 4, 3), date(2026, 12, 26)}
    with pytest.raises(KeyError):
        public_holidays(2026, "atlantide")


def test_two_holidays_of_one_day_are_one():
    assert len(public_holidays(2008)) == 10  # Ascension fell on 1 May
    assert len(public_holidays(2026)) == 11


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2024, 1, 31), 1, date(2024, 3, 1)),
        (date(2024, 1, 29), 1, date(2024, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2027, 8, 31), -6, date(2027, 3, 1)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_the_same_day_months_later_or_before(day, months, then):
    assert months_after(day, months) == then


def test_years_later_a_leap_day_becomes_the_first_of_march():
    assert years_after(date(2024, 2, 29), 1) == date(2025, 3, 1)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert years_after(date(2015, 9, 1), 4) == date(2019, 9, 1)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (datetime(2018, 3, 12, 10), True),
        (datetime(2018, 3, 12, 7), True),
        (datetime(2018, 3, 12, 6, 59), False),
        (datetime(2018, 3, 12, 18, 59), True),
        (datetime(2018, 3, 12, 19), False),
        (datetime(2018, 3, 10, 10), False),  # a Saturday
        (datetime(2018, 4, 2, 10), False),  # Easter Monday
        (datetime(2018, 7, 6, 10), True),
        (datetime(2018, 7, 7, 10), False),
        (datetime(2018, 7, 9, 10), False),
        (datetime(2018, 9, 2, 10), False),
        (datetime(2018, 9, 3, 10), True),
    ],
)
def test_school_time_is_a_day_of_class_in_the_day(moment, inside):
    calendar = SchoolCalendar([SUMMER])
    assert calendar.in_session("B", moment) is inside
    if moment.date() in (date(2018, 7, 9),):
        assert calendar.in_session("A", moment)  # another zone's holiday


def test_on_a_day_that_no_table_reaches_only_what_is_sure_is_outside():
    assert SchoolCalendar().in_session("A", datetime(2090, 7, 18, 10))
    assert not SchoolCalendar().in_session("A", datetime(2090, 7, 14, 10))


def test_the_shipped_table_has_its_three_zones_and_a_whole_year_between():
    for zone in "ABC":
        days = [date(2018, 1, 1) + timedelta(days=ahead) for ahead in range(365)]
        taught = sum(CALENDAR.in_session(zone, datetime(day.year, day.month, day.day, 10)) for day in days)
        assert 160 <= taught <= 190, (zone, taught)  # 36 weeks of class, without public holidays


def test_a_holiday_that_ends_before_it_begins_is_refused(tmp_path):
    path = tmp_path / "school-calendar.toml"
    text = (SHIPPED / "school-calendar.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("last = 2017-09-03", "last = 2016-09-03", 1), encoding="utf-8")
    with pytest.raises(ConventionError, match="précède"):
        load_calendar(path)


def test_a_calendar_given_takes_the_place_of_the_one_that_ships(tmp_path):
    path = tmp_path / "calendrier.toml"
    path.write_text(
        '[[holiday]]\nzone = "B"\nname = "Toussaint"\nfirst = 2027-10-23\nlast = 2027-11-07\n', encoding="utf-8"
    )
    shipped, given = load_conventions(), load_conventions(calendar=path)
    autumn, summer = datetime(2027, 10, 25, 10), datetime(2018, 7, 9, 10)
    assert shipped.calendar.in_session("B", autumn) and not given.calendar.in_session("B", autumn)
    assert given.calendar.in_session("B", summer)  # the shipped lines are no longer read
    [convention] = [one for one in given if one.school_time is not None][:1]
    lacking = {one.code for one in lint(given, [convention.id], on=date(2026, 11, 25), proof=False).findings}
    assert "calendar-gap" in lacking
    assert "calendar-gap" not in {
        one.code for one in lint(shipped, [convention.id], on=date(2026, 11, 25), proof=False).findings
    }


def test_a_calendar_says_until_when_it_reaches_in_every_zone():
    further = SchoolHoliday("A", "été", date(2019, 7, 6), date(2019, 9, 1))
    assert SchoolCalendar([SUMMER, further]).last == date(2018, 9, 2)
    assert SchoolCalendar().last is None
