"""What a party has the program do by itself: the rule of a day, working days, silence, lateness."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matrix.working_time import CLOSED_WEEK, Closure, Hours, WorkingCalendar
from ticketing.hours import rules
from ticketing.hours.rules import Rule

WEEK = (((510, 750), (810, 1020)),) * 5 + ((), ())
HOURS = WorkingCalendar([Hours(date(2026, 1, 1), WEEK, closures=(Closure(date(2026, 6, 4), date(2026, 6, 4), ""),))])
NEVER = WorkingCalendar([Hours(date(2026, 1, 1), CLOSED_WEEK)])


def rule(number=1, since=date(2026, 1, 1), **more):
    return Rule(number, "d", since, **more)


def test_the_last_rule_of_a_day_holds_and_an_empty_one_ends_them():
    first, later, ended = rule(1, remind=2), rule(2, date(2026, 6, 1), remind=5), rule(3, date(2026, 7, 1))
    known = (first, later, ended)
    assert rules.in_force(known, date(2025, 12, 31)) is None
    assert rules.in_force(known, date(2026, 5, 31)) == first
    assert rules.in_force(known, date(2026, 6, 1)) == later
    assert rules.in_force(known, date(2026, 7, 1)) is None
    again = rule(4, date(2026, 6, 1), late=True)
    assert rules.in_force((*known[:2], again), date(2026, 6, 2)) == again


def test_working_days_pass_over_week_ends_holidays_and_closures():
    monday = datetime(2026, 6, 1, 20, tzinfo=UTC)
    assert rules.after_days(HOURS, monday, 1) == datetime(2026, 6, 2, 6, 30, tzinfo=UTC)
    assert rules.after_days(HOURS, monday, 3) == datetime(2026, 6, 5, 6, 30, tzinfo=UTC)  # Thursday is closed
    assert rules.after_days(HOURS, datetime(2026, 10, 23, 9, tzinfo=UTC), 1) == datetime(
        2026, 10, 26, 7, 30, tzinfo=UTC
    )
    assert rules.after_days(HOURS, datetime(2026, 7, 13, 9, tzinfo=UTC), 1) == datetime(2026, 7, 15, 6, 30, tzinfo=UTC)
    assert rules.after_days(NEVER, monday, 1) is None


@given(st.integers(0, 365 * 24), st.integers(1, 10))
def test_between_a_question_and_its_reminder_so_many_working_days_begin(hours, days):
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    found = rules.after_days(HOURS, start, days)
    first = start.astimezone(HOURS.clock).date()
    last = found.astimezone(HOURS.clock).date()
    open_days = [
        day for day in range(first.toordinal() + 1, last.toordinal() + 1) if HOURS.spans(date.fromordinal(day))
    ]
    assert len(open_days) == days
    assert HOURS.between(found - timedelta(seconds=1), found) == 0
    assert HOURS.between(found, found + timedelta(seconds=1)) == 1


def test_silence_is_counted_in_the_party_s_own_hours():
    friday = datetime(2026, 6, 5, 14, tzinfo=UTC)  # 16 h in Paris: one hour is left
    assert rules.silent_at(rule(silent=120), HOURS, friday) == datetime(2026, 6, 8, 7, 30, tzinfo=UTC)
    assert rules.silent_at(rule(remind=2), HOURS, friday) is None
    assert rules.silent_at(None, HOURS, friday) is None
    assert rules.silent_at(rule(silent=120), None, friday) is None
    assert rules.silent_at(rule(silent=120), NEVER, friday) is None


def test_the_referent_is_told_once_of_each_cause():
    due, silent = datetime(2026, 6, 8, 9, tzinfo=UTC), datetime(2026, 6, 8, 8, tzinfo=UTC)
    late = rule(silent=60, late=True)
    assert rules.alert_at(late, silent, (due, "answer"), ()) == silent
    assert rules.alert_at(late, silent, (due, "answer"), ("silent",)) == due + timedelta(seconds=1)
    assert rules.alert_at(late, None, (due, "answer"), ("answer",)) is None
    assert rules.alert_at(late, None, (due, "resolution"), ("answer",)) == due + timedelta(seconds=1)
    assert rules.alert_at(rule(silent=60), None, (due, "text"), ()) is None
    assert rules.alert_at(None, None, (due, "text"), ()) is None
    assert rules.alert_at(late, None, (None, ""), ()) is None
