"""Who had a ticket and for how long: stretches that add up to its life, counted in each party's own hours."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.working_time import Hours, WorkingCalendar
from ticketing.hours import ball
from ticketing.model import NOBODYS, HoldReason, Kind

PARIS = ZoneInfo("Europe/Paris")
D, A = "departement", "academie"
HOURS = {
    D: WorkingCalendar([Hours(date(2026, 1, 1), (((510, 750), (810, 1020)),) * 5 + ((), ()))]),
    A: WorkingCalendar([Hours(date(2026, 1, 1), (((480, 1050),),) * 5 + ((), ()))]),
}


@dataclass
class Entry:
    kind: str
    at: datetime
    data: dict = field(default_factory=dict)


def paris(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def held_by(party, to="new"):
    return {"organisation": party, "name": party.capitalize(), "role": "CL" if party == D else "EN", "to": to}


def opened(at, party=D):
    return Entry(Kind.OPENED, at, {key: value for key, value in held_by(party).items() if key != "to"})


def made(entries, until, closed=False):
    return ball.bar(entries, until, closed, HOURS.get)


STEPS = {
    "taken": lambda at: Entry(Kind.TAKEN, at, {"from": "new", "to": "in_progress"}),
    "asked": lambda at: Entry(Kind.QUESTION, at, {"to": "on_hold", "reason": "attente-demandeur"}),
    "part": lambda at: Entry(Kind.HELD, at, {"to": "on_hold", "reason": "attente-piece"}),
    "visit": lambda at: Entry(Kind.HELD, at, {"to": "on_hold", "reason": "attente-intervention"}),
    "interruption": lambda at: Entry(Kind.HELD, at, {"to": "on_hold", "reason": "attente-interruption"}),
    "resumed": lambda at: Entry(Kind.RESUMED, at, {"to": "in_progress"}),
    "to A": lambda at: Entry(Kind.HANDED_ON, at, {**held_by(A), "reason": "mauvaise-partie"}),
    "to D": lambda at: Entry(Kind.CONTESTED, at, held_by(D)),
    "resolved": lambda at: Entry(Kind.RESOLVED, at, {"to": "resolved"}),
    "reopened": lambda at: Entry(Kind.REOPENED, at, {"to": "in_progress"}),
    "comment": lambda at: Entry(Kind.COMMENT, at, {}),
    "closed": lambda at: Entry(Kind.CLOSED, at, {"to": "closed"}),
}
#: Anywhere in a year, often around the nights in which clocks change and around the holidays of May.
START = st.sampled_from(["2026-03-27T15:00", "2026-10-23T15:00", "2026-04-30T09:00", "2026-02-03T10:12"]).map(paris)


@settings(max_examples=200, deadline=None)
@given(START, st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 90_000)), max_size=12))
def test_held_times_add_up_to_the_life_of_the_ticket(start, story):
    entries, at = [opened(start)], start.astimezone(UTC)
    ends = None
    for name, wait in story:
        at += timedelta(seconds=wait)
        entries.append(STEPS[name](at))
        if name == "closed" and ends is None:
            ends = at
    until = ends or at + timedelta(hours=1)
    stretches = ball.fold(entries, until)
    assert sum(one.elapsed for one in stretches) == int((until - start).total_seconds())
    assert all(one.end == other.start for one, other in itertools.pairwise(stretches))
    bar = made(entries, until, ends is not None)
    if bar is None:
        assert not stretches
        return
    assert abs(sum(part.width for part in bar.parts) - ball.WIDTH) < 1
    nobodys = sum(part.stretch.elapsed for part in bar.parts if not part.stretch.organisation)
    assert sum(one.elapsed for one in bar.totals) + nobodys == sum(one.elapsed for one in stretches)
    for total in bar.totals:
        assert total.worked == sum(
            HOURS[total.organisation].between(part.stretch.start, part.stretch.end)
            for part in bar.parts
            if part.stretch.organisation == total.organisation
        )
    assert all(part.worked is None for part in bar.parts if not part.stretch.organisation)


@settings(max_examples=60, deadline=None)
@given(START, st.sampled_from(["asked", "part", "interruption"]), st.integers(60, 10**6), st.integers(60, 10**6))
def test_a_pause_takes_from_the_party_exactly_its_own_hours(start, why, before, paused):
    pause = start.astimezone(UTC) + timedelta(seconds=before)
    again = pause + timedelta(seconds=paused)
    until = again + timedelta(days=1)
    without = made([opened(start)], until).totals[0].worked
    held = made([opened(start), STEPS[why](pause), STEPS["resumed"](again)], until).totals[0].worked
    assert without - held == HOURS[D].between(pause, again)


def test_each_party_is_counted_in_its_own_hours():
    entries = [
        opened(paris("2026-05-04T11:30")),
        STEPS["taken"](paris("2026-05-04T11:40")),
        STEPS["to A"](paris("2026-05-04T14:30")),
        STEPS["asked"](paris("2026-05-04T17:00")),
    ]
    bar = made(entries, paris("2026-05-05T09:00"))
    told = [(part.stretch.organisation, part.stretch.why, part.worked) for part in bar.parts]
    assert told == [
        (D, "", 2 * 3600),  # 11 h 30 to 12 h 30, 13 h 30 to 14 h 30: the lunch break is not counted
        (A, "", 2.5 * 3600),
        ("", "On attend une réponse du demandeur", None),
    ]
    assert bar.present is bar.parts[-1]


def test_a_planned_visit_stays_the_holders_time():
    assert HoldReason.VISIT not in NOBODYS
    entries = [opened(paris("2026-05-04T09:00")), STEPS["visit"](paris("2026-05-04T10:00"))]
    assert [part.stretch.organisation for part in made(entries, paris("2026-05-04T11:00")).parts] == [D]


def test_a_ticket_that_comes_back_is_counted_twice_for_its_party():
    entries = [
        opened(paris("2026-05-04T09:00")),
        STEPS["to A"](paris("2026-05-04T10:00")),
        STEPS["to D"](paris("2026-05-04T11:00")),
    ]
    totals = made(entries, paris("2026-05-04T12:00")).totals
    assert [(one.organisation, one.times, one.worked) for one in totals] == [(D, 2, 7200), (A, 1, 3600)]


def test_a_pause_is_no_return_and_a_ticket_that_goes_round_is_counted():
    day = [paris(f"2026-05-04T{hour:02d}:00") for hour in range(9, 17)]
    paused = [opened(day[0]), STEPS["part"](day[1]), STEPS["resumed"](day[2])]
    bar = made(paused, day[3])
    assert [(one.times, bar.loops) for one in bar.totals] == [(1, 0)]
    rounds = [opened(day[0]), *(STEPS["to A" if rank % 2 else "to D"](day[rank]) for rank in range(1, 5))]
    bar = made(rounds, day[6])
    assert [(one.organisation, one.times) for one in bar.totals] == [(D, 3), (A, 2)]
    assert bar.loops == 3


def test_closed_is_the_end_and_unknown_hours_are_not_invented():
    entries = [opened(paris("2026-05-04T09:00"), "desaix"), STEPS["closed"](paris("2026-05-04T10:00"))]
    bar = made(entries, paris("2026-06-04T09:00"), closed=True)
    assert bar.present is None
    assert [(part.stretch.elapsed, part.worked) for part in bar.parts] == [(3600, None)]
    assert made([opened(paris("2026-05-04T09:00"))], paris("2026-05-04T09:00")) is None


def test_a_ticket_that_was_no_duplicate_is_its_holder_s_again_from_then_on():
    """It ended for good at the closing, so that nobody had it once it was open again."""
    at = [paris(f"2026-05-04T{hour:02}:00") for hour in range(9, 14)]
    entries = [
        opened(at[0]),
        Entry(Kind.DUPLICATE, at[1], {"to": "closed"}),
        Entry(Kind.COMMENT, at[2], {}),
        Entry(Kind.RESTORED, at[3], {"to": "new"}),
    ]
    stretches = ball.fold(entries, at[4])
    assert [(one.organisation, one.start, one.end) for one in stretches] == [(D, at[0], at[1]), (D, at[3], at[4])]
    assert ball.fold(entries[:3], at[4]) == stretches[:1]


def test_the_bar_gives_each_stretch_its_place_and_the_shortest_a_least_width():
    entries = [opened(paris("2026-05-04T09:00")), STEPS["to A"](paris("2026-05-04T10:00"))]
    parts = made(entries, paris("2026-05-04T13:00")).parts
    assert [(part.x, part.width) for part in parts] == [(0.0, 253.0), (253.0, 747.0)]  # 6 each, and 1 and 3 of 988
    brief = [opened(paris("2026-05-04T09:00")), STEPS["to A"](paris("2026-05-04T09:00") + timedelta(seconds=1))]
    assert made(brief, paris("2026-06-04T09:00")).parts[0].width == ball.LEAST
    minute = timedelta(minutes=1)
    many = [STEPS["to A" if rank % 2 else "to D"](paris("2026-05-04T09:00") + rank * minute) for rank in range(1, 200)]
    crowded = made([opened(paris("2026-05-04T09:00")), *many], paris("2026-05-04T09:00") + 200 * minute).parts
    assert {part.width for part in crowded} == {5.0} and crowded[-1].x == 995.0  # two hundred: no room for a least


def test_a_stretch_says_whose_it_was_and_a_total_repeats_it():
    entries = [opened(paris("2026-05-04T09:00")), STEPS["to A"](paris("2026-05-04T10:00"))]
    bar = made(entries, paris("2026-05-04T11:00"))
    told = [("departement", "Departement", "CL"), ("academie", "Academie", "EN")]
    assert [(part.stretch.organisation, part.stretch.name, part.stretch.role) for part in bar.parts] == told
    assert [(one.organisation, one.name, one.role) for one in bar.totals] == told
    assert bar.loops == 0


def test_resolved_is_nobody_s_whatever_it_waited_for_and_a_new_wait_is_another_stretch():
    day = [paris(f"2026-05-04T{hour:02d}:00") for hour in range(9, 16)]
    story = [opened(day[0]), STEPS["asked"](day[1]), STEPS["part"](day[2]), STEPS["visit"](day[3])]
    parts = made([*story, STEPS["resolved"](day[4]), STEPS["comment"](day[5])], day[6]).parts
    whys = [HoldReason("attente-demandeur").label, HoldReason("attente-piece").label]
    assert [part.stretch.why for part in parts] == ["", *whys, "", ball.RESOLVED]
    assert [part.stretch.elapsed for part in parts] == [3600, 3600, 3600, 3600, 7200]


def test_what_did_not_last_is_left_out_and_what_it_cut_is_put_together_again():
    nine, ten, noon = (paris(f"2026-05-04T{hour}:00") for hour in ("09", "10", "12"))
    [whole] = made([opened(nine), STEPS["part"](ten), STEPS["resumed"](ten)], noon).parts
    assert (whole.stretch.start, whole.stretch.end, whole.worked) == (nine, noon, 3 * 3600)


def test_an_entry_dated_before_the_one_it_follows_takes_no_time_back():
    nine, ten, noon = (paris(f"2026-05-04T{hour}:00") for hour in ("09", "10", "12"))
    parts = made([opened(ten), STEPS["to A"](nine)], noon).parts  # a clock set back between the two
    assert [(part.stretch.organisation, part.stretch.start) for part in parts] == [(A, ten)]
    assert ball.fold([opened(ten)], nine) == ()


def test_unknown_hours_of_one_stretch_leave_the_party_s_total_unknown():
    entries = [
        opened(paris("2026-05-04T09:00")),
        STEPS["to A"](paris("2026-05-04T10:00")),
        STEPS["to D"](paris("2026-05-04T11:00")),
    ]
    asked = []

    def calendar(name):
        asked.append(name)
        return HOURS[name] if asked.count(name) == 1 else None

    bar = ball.bar(entries, paris("2026-05-04T12:00"), False, calendar)
    assert [(one.organisation, one.worked, one.elapsed) for one in bar.totals] == [(D, None, 7200), (A, 3600, 3600)]


def test_a_ticket_closed_for_want_of_an_answer_then_opened_again_is_nobodys_meanwhile():
    at = paris("2026-06-01T09:00")
    after = [at + timedelta(hours=hours) for hours in (1, 2, 26, 27)]
    story = [opened(at)]
    for name, when in zip(("asked", "closed", "reopened"), after, strict=False):
        story.append(STEPS[name](when))
    story[2] = Entry(Kind.CLOSED, after[1], {"to": "closed", "cause": "unanswered"})
    assert [one.organisation for one in ball.fold(story[:3], after[3])] == [D, ""]
    life = ball.fold(story, after[3])
    assert [(one.organisation, one.why) for one in life] == [
        (D, ""),
        ("", "On attend une réponse du demandeur"),
        (D, ""),
    ]
    assert (life[1].end, life[2].start, life[2].end) == (after[1], after[2], after[3])


def test_an_entry_that_names_an_organisation_or_a_role_alone_hands_nothing_on():
    nine, ten, noon = (paris(f"2026-05-04T{hour}:00") for hour in ("09", "10", "12"))
    for data in ({"organisation": A}, {"role": "EN"}):
        [whole] = made([opened(nine), Entry(Kind.COMMENT, ten, data)], noon).parts
        assert (whole.stretch.organisation, whole.stretch.role) == (D, "CL")
