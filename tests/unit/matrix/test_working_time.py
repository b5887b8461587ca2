"""Working time in a party's own hours: sums that add up, grow, and are undone by `add`; holidays, closures, clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.days import SchoolCalendar, SchoolHoliday
from matrix.working_time import CLOCKS, CLOSED_WEEK, Closure, Hours, NeverOpen, WorkingCalendar

PARIS = ZoneInfo("Europe/Paris")
#: The two calendars of article 4 of the Deux-Sèvres.
DEPARTEMENT = (((510, 750), (810, 1020)),) * 5 + ((), ())
ACADEMIE = (((480, 1050),),) * 5 + ((), ())
AUTUMN = SchoolCalendar([SchoolHoliday("A", "Toussaint", date(2026, 10, 17), date(2026, 11, 1))])


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def calendar(*versions: Hours) -> WorkingCalendar:
    return WorkingCalendar(versions or [Hours(date(2017, 1, 1), DEPARTEMENT)], AUTUMN)


@st.composite
def weeks(draw):
    """A week whose days have up to two spans after 4 h, at least one of them open."""
    days = []
    for _ in range(7):
        times = sorted(draw(st.lists(st.integers(240, 1439), min_size=0, max_size=4, unique=True)))
        days.append(tuple(zip(times[::2], times[1::2], strict=False)))
    if not any(days):
        days[draw(st.integers(0, 6))] = ((500, 600),)
    return tuple(days)


@st.composite
def calendars(draw):
    """A calendar of one to three versions over the year of the tests, with closures, in one territory."""
    territory = draw(st.sampled_from(sorted(CLOCKS)))
    versions = []
    for _ in range(draw(st.integers(1, 3))):
        first = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 360)))
        closure = Closure(first, first + timedelta(days=draw(st.integers(0, 20))), "fermeture")
        since = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 360)))
        zone = draw(st.sampled_from(["", "A"]))
        versions.append(Hours(since, draw(weeks()), territory, zone, (closure,)))
    return WorkingCalendar(versions, AUTUMN)


#: Seconds around the nights in which clocks change, and anywhere in the year.
instants = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 30)),
    st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 26)),
).map(lambda moment: moment.replace(tzinfo=UTC))


@settings(max_examples=60, deadline=None)
@given(calendars(), st.lists(instants, min_size=3, max_size=3))
def test_times_add_up_and_grow(hours, moments):
    first, second, third = sorted(moments)
    assert hours.between(first, second) + hours.between(second, third) == hours.between(first, third)
    assert 0 <= hours.between(first, second) <= (second - first).total_seconds() + 1
    assert hours.between(third, first) == 0 or first == third


@settings(max_examples=60, deadline=None)
@given(calendars(), instants, st.integers(1, 400_000))
def test_adding_is_undone_by_counting(hours, start, seconds):
    end = hours.add(start, seconds)
    assert end.tzinfo is UTC
    assert hours.between(start, end) == seconds
    assert hours.between(start, end - timedelta(seconds=1)) == seconds - 1  # it is the first such instant


@settings(max_examples=40, deadline=None)
@given(calendars(), instants, st.integers(1, 200_000), st.integers(1, 200_000))
def test_adding_twice_is_adding_once(hours, start, first, second):
    assert hours.add(hours.add(start, first), second) == hours.add(start.replace(microsecond=0), first + second)


@settings(max_examples=40, deadline=None)
@given(calendars(), instants, st.integers(0, 30 * 86400))
def test_the_unfolded_sum_is_the_sum(hours, start, length):
    start = start.replace(microsecond=0)
    end = start + timedelta(seconds=length)
    days = hours.unfolded(start, end)
    assert sum(one.seconds for one in days) == hours.between(start, end)
    assert all(one.why or one.spans or not one.seconds for one in days)


def test_the_two_calendars_of_the_deux_sevres_skip_lunch_and_the_first_of_may():
    start = paris("2026-04-30T16:00")
    assert calendar().add(start, 4 * 3600) == paris("2026-05-04T11:30")
    assert calendar(Hours(date(2017, 1, 1), ACADEMIE)).add(start, 4 * 3600) == paris("2026-05-04T10:30")
    told = calendar().unfolded(start, paris("2026-05-04T11:30"))
    assert [(one.day.day, one.seconds, one.why) for one in told] == [
        (30, 3600, ""),
        (1, 0, "jour férié"),
        (2, 0, "fermé"),
        (3, 0, "fermé"),
        (4, 10800, ""),
    ]


@pytest.mark.parametrize(
    ("territory", "day", "closed"),
    [
        ("metropole", "2026-04-03", False),  # Good Friday
        ("alsace-moselle", "2026-04-03", True),
        ("metropole", "2026-12-26", False),
        ("la-reunion", "2027-12-20", True),  # the abolition of slavery
        ("martinique", "2026-05-22", True),
        ("guadeloupe", "2026-05-22", False),
    ],
)
def test_public_holidays_are_those_of_the_territory(territory, day, closed):
    every_day = (((480, 1020),),) * 7
    hours = calendar(Hours(date(2026, 1, 1), every_day, territory))
    assert (hours.why_closed(date.fromisoformat(day)) == "jour férié") is closed


def test_hours_overseas_are_on_their_own_clock():
    hours = calendar(Hours(date(2026, 1, 1), (((480, 720),),) * 7, "la-reunion"))
    assert hours.add(datetime(2026, 2, 2, 0, tzinfo=UTC), 3600) == datetime(2026, 2, 2, 5, tzinfo=UTC)


def test_a_party_that_closes_with_the_schools_is_closed_in_its_zone_only():
    monday = date(2026, 10, 19)
    assert calendar(Hours(date(2026, 1, 1), DEPARTEMENT, zone="A")).why_closed(monday) == "vacances scolaires"
    assert calendar(Hours(date(2026, 1, 1), DEPARTEMENT, zone="B")).why_closed(monday) == ""
    assert calendar().why_closed(monday) == ""


def test_a_later_version_changes_nothing_before_its_day():
    before, after = Hours(date(2026, 1, 1), DEPARTEMENT), Hours(date(2026, 6, 1), (((600, 660),),) * 5 + ((), ()))
    one, both = calendar(before), calendar(after, before)
    assert one.between(paris("2026-02-01T00:00"), paris("2026-06-01T00:00")) == both.between(
        paris("2026-02-01T00:00"), paris("2026-06-01T00:00")
    )
    assert both.between(paris("2026-06-01T00:00"), paris("2026-06-02T00:00")) == 3600


def test_a_party_that_never_opens_is_said_and_not_looked_for_without_end():
    with pytest.raises(NeverOpen):
        calendar(Hours(date(2026, 1, 1), CLOSED_WEEK)).add(paris("2026-01-05T09:00"), 60)
    with pytest.raises(ValueError, match="at least one version"):
        WorkingCalendar([])
