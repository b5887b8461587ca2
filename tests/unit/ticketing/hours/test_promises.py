"""What a party promises: the closest promise counts, pauses move it by its own hours, later edits do not change it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.working_time import CLOSED_WEEK, Hours, WorkingCalendar
from ticketing.hours import promises
from ticketing.hours.promises import Engagements, Promise, Subject, chosen, engaged

PARIS = ZoneInfo("Europe/Paris")
WEEK = (((510, 750), (810, 1020)),) * 5 + ((), ())
HOURS = WorkingCalendar([Hours(date(2026, 1, 1), WEEK)])
DAY = date(2026, 5, 4)
ABOUT = Subject("hautes-pyrenees-2015", "antivirus", "mco", 1)


def paris(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def promise(rank, since=date(2026, 1, 1), answer=60, **about):
    return Promise(rank, "d", since, answer=answer, **about)


def made(start="2026-04-30T16:00", answer=240, resolve=960):
    return engaged(Promise(1, "d", DAY, answer=answer, resolve=resolve), "Le D", HOURS, 3, paris(start))


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        ([], None),
        ([promise(1)], 1),
        ([promise(1), promise(2, service="antivirus")], 2),
        ([promise(1, activity="mco", convention="hautes-pyrenees-2015"), promise(2, service="antivirus")], 2),
        ([promise(1, convention="hautes-pyrenees-2015"), promise(2, activity="mco")], 2),
        ([promise(1), promise(2, service="ent"), promise(3, activity="conseil"), promise(4, convention="autre")], 1),
        ([promise(1), promise(2, urgency=1)], 2),
        ([promise(1, urgency=3), promise(2, urgency=1, service="antivirus", activity="conseil")], None),
        ([promise(1), promise(2, since=date(2026, 5, 5))], 1),  # not begun yet
        ([promise(2, since=date(2026, 5, 4)), promise(1)], 2),  # begun today, in the place of the first
        ([promise(1), promise(2)], 2),  # set again for the same day
        ([promise(1), promise(2, since=date(2026, 3, 1), answer=None)], None),  # promised no longer
    ],
)
def test_the_closest_promise_of_the_day_counts(known, wanted):
    found = chosen(known, ABOUT, DAY)
    assert (found.id if found else None) == wanted


def test_a_promise_is_counted_in_the_hours_of_its_party():
    one = made()
    assert one.answer_by == paris("2026-05-04T11:30")  # over the first of May, the weekend
    assert HOURS.between(one.start, one.resolve_by) == 960 * 60


def test_a_party_that_never_opens_promises_nothing():
    never = WorkingCalendar([Hours(date(2026, 1, 1), CLOSED_WEEK)])
    assert engaged(promise(1), "D", never, 0, paris("2026-05-04T09:00")) is None


INSTANTS = st.datetimes(datetime(2026, 3, 26), datetime(2026, 11, 2)).map(lambda one: one.replace(tzinfo=UTC))


@settings(max_examples=100, deadline=None)
@given(INSTANTS, st.integers(1, 600), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_pause_leaves_the_party_exactly_the_time_it_had_left(start, minutes, before, paused):
    one = engaged(Promise(1, "d", DAY, resolve=minutes), "D", HOURS, 0, start.replace(microsecond=0))
    since = one.start + timedelta(seconds=before)
    until = since + timedelta(seconds=paused)
    after = one.after_pause(since, until)
    if one.resolve_by <= since:
        assert after.resolve_by == one.resolve_by  # it was late before the pause, and stays so
        return
    assert after.resolve_by >= one.resolve_by
    assert HOURS.between(until, after.resolve_by) == HOURS.between(since, one.resolve_by)
    assert HOURS.between(one.start, since) + HOURS.between(until, after.resolve_by) == minutes * 60


def test_an_answer_is_kept_once_and_is_not_moved_by_a_later_pause():
    one = made()
    first = one.answered_at(paris("2026-04-30T16:30"))
    assert first.answered_at(paris("2026-05-04T09:00")) is first
    after = first.after_pause(paris("2026-04-30T16:45"), paris("2026-05-10T09:00"))
    assert after.answer_by == one.answer_by
    assert after.resolve_by > one.resolve_by


def test_the_nearest_end_is_what_is_still_to_be_kept():
    one, text = made(), paris("2026-05-05T00:00")
    assert Engagements().nearest(None, False) == (None, "")
    assert Engagements(one).nearest(text, False) == (one.answer_by, promises.ANSWER)
    answered = one.answered_at(paris("2026-04-30T16:30"))
    assert Engagements(answered).nearest(text, False) == (text, promises.TEXT)
    assert Engagements(answered).nearest(None, False) == (one.resolve_by, promises.RESOLUTION)
    assert Engagements(one, one).nearest(text, True) == (
        text,
        promises.TEXT,
    )  # only the text runs on
    assert Engagements(one, one).nearest(None, True) == (None, "")


def test_engagements_come_back_from_their_row():
    asked, held = made(), made("2026-06-01T09:00").answered_at(paris("2026-06-01T10:00"))
    kept = Engagements(asked, held).packed()
    assert promises.unpacked(kept, "asked") == asked
    assert promises.unpacked(kept, "held") == replace(held, calendar=None)
    assert Engagements().packed() is None
    assert promises.unpacked(None, "held") is None


def test_promises_hold_in_the_order_in_which_they_were_set():
    known = [promise(3, service="ent"), promise(1), promise(2, service="ent"), promise(4, answer=None, activity="mco")]
    assert [one.id for one in promises.in_force(known, DAY)] == [1, 3]  # 3 takes the place of 2, 4 promises nothing
    resolved = Promise(5, "d", DAY, service="antivirus", resolve=60)
    assert chosen([promise(1), resolved], ABOUT, DAY) is resolved  # a resolution alone is promised too


def test_what_is_promised_is_what_the_promise_says():
    one = engaged(Promise(7, "d", DAY, answer=30, resolve=90), "Le D", HOURS, 3, paris("2026-05-04T09:00"))
    assert (one.organisation, one.name, one.promise, one.hours) == ("d", "Le D", 7, 3)
    assert (one.start, one.answer, one.resolve) == (paris("2026-05-04T09:00"), 30, 90)
    assert (one.answer_by, one.resolve_by) == (paris("2026-05-04T09:30"), paris("2026-05-04T10:30"))
    alone = engaged(Promise(7, "d", DAY, answer=30), "Le D", HOURS, 3, paris("2026-05-04T09:00"))
    assert alone.resolve_by is None and alone.after_pause(alone.start, paris("2026-05-06T09:00")).resolve_by is None


def test_a_pause_begun_before_the_engagement_counts_from_its_start():
    one = made("2026-05-04T09:00", answer=60, resolve=120)
    again = one.after_pause(paris("2026-04-30T09:00"), paris("2026-05-04T10:00"))  # handed on while it waited
    assert (again.answer_by, again.resolve_by) == (paris("2026-05-04T11:00"), paris("2026-05-04T12:00"))
    assert one.after_pause(paris("2026-04-29T09:00"), paris("2026-04-30T09:00")) == one  # it was over by then


def test_a_pause_moves_nothing_that_it_cannot():
    one = made("2026-05-04T09:00", answer=60, resolve=120)
    late = one.after_pause(one.answer_by, paris("2026-05-05T09:00"))
    assert late.answer_by == one.answer_by and late.resolve_by > one.resolve_by  # it ended as the pause began
    assert one.after_pause(paris("2026-05-04T09:30"), paris("2026-05-04T09:30")) == one
    without = replace(one, calendar=None)
    assert without.after_pause(paris("2026-05-04T09:30"), paris("2026-05-05T09:00")) == without
    shut = WorkingCalendar([Hours(date(2026, 1, 1), WEEK), Hours(date(2026, 5, 5), CLOSED_WEEK)])
    closed = replace(one, calendar=shut)  # its party opens no more: what was promised stands
    assert closed.after_pause(paris("2026-05-04T09:30"), paris("2026-05-06T09:00")) == closed


def test_both_engagements_are_answered_and_paused_and_an_absent_one_stays_absent():
    asked, held = made(), made("2026-05-04T09:00")
    at, since, until = paris("2026-05-04T09:30"), paris("2026-05-04T09:40"), paris("2026-05-05T09:40")
    both = Engagements(asked, held).answered(at)
    assert both == Engagements(asked.answered_at(at), held.answered_at(at))
    assert both.after_pause(since, until) == Engagements(
        both.asked.after_pause(since, until), both.held.after_pause(since, until)
    )
    assert both.after_pause(None, until) is both
    assert Engagements(None, held).answered(at) == Engagements(None, held.answered_at(at))


def test_the_holder_s_end_counts_beside_the_requester_s():
    asked, held = made("2026-05-04T09:00", answer=None, resolve=300), made("2026-05-04T09:00", answer=60, resolve=None)
    assert Engagements(asked, held).nearest(None, False) == (held.answer_by, promises.ANSWER)
    assert Engagements(None, held).nearest(None, False) == (held.answer_by, promises.ANSWER)
    answered = held.answered_at(held.start)
    assert Engagements(asked, answered).nearest(None, False) == (asked.resolve_by, promises.RESOLUTION)


def test_pages_show_the_requester_s_engagement_first():
    asked = made().answered_at(paris("2026-04-30T16:30"))
    held = made("2026-06-01T09:00", answer=30, resolve=60)
    first, second = promises.shown(Engagements(asked, held).packed())
    assert (first.asked, second.asked) == (True, False)
    for shown, one in ((first, asked), (second, held)):
        names = ("name", "start", "answer", "resolve", "answer_by", "resolve_by", "answered")
        assert [getattr(shown, name) for name in names] == [getattr(one, name) for name in names]
    assert [one.asked for one in promises.shown(Engagements(None, held).packed())] == [False]
    assert promises.view(asked).asked and promises.shown(None) == ()
