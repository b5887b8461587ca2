"""What is counted of a ticket, against values worked out by hand, and what holds of any history."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, literal, select

from matrix.working_time import WorkingCalendar
from ticketing.figures.facts.folding import OWN, Asked, Entry, Facts, Story, ends, fold
from ticketing.figures.facts.hours import USUAL
from ticketing.figures.facts.summing import length_columns
from ticketing.hours.promises import Engagement

A, D, COLLEGE = "academie-toulouse", "departement-hautes-pyrenees", "desaix-tarbes"
HOUR = 3600
USUAL_HOURS = WorkingCalendar([USUAL])
WIFI = Asked("wifi", "mco", "hautes-pyrenees-2015", "professeurs", "routed")


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """Return an instant of November 2026 in UTC, given in the clock of Paris (one hour ahead in winter)."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=1)


def worked(party: str, start: datetime, end: datetime) -> int:
    """Count D and the collège in working hours (8–12, 13:30–17:30), and A round the clock."""
    return int((end - start).total_seconds()) if party == A else USUAL_HOURS.between(start, end)


def entry(kind: str, when: datetime, side: str = "", author: int | None = 1, public: bool = True, **data: Any) -> Entry:
    return Entry(kind, when, data, author, side, public)


def held_by(party: str) -> dict[str, str]:
    return {"organisation": party, "name": party, "role": "CL"}


def opened(when: datetime, party: str) -> Entry:
    return entry("opened", when, COLLEGE, 9, **held_by(party))


def told(facts: Facts, name: str) -> dict[tuple[str, str, str], int]:
    """Return (day, party, to) -> amount of one kind, summed over what the ticket was about."""
    found: dict[tuple[str, str, str], int] = {}
    for (day, party, to, *_), amounts in facts.items():
        if name in amounts:
            found[day, party, to] = found.get((day, party, to), 0) + amounts[name]
    return found


def total(facts: Facts, name: str) -> int:
    return sum(amounts.get(name, 0) for amounts in facts.values())


#: Monday 2 November 2026. Opened at 9:00 for D, taken at 10:00 (1 h). D hands it to A at 11:00, not its own: 2 h lost.
#: A contests on Tuesday at 9:00: 22 h of the clock lost, and it goes back to a party that had it (a loop).
#: D asks the requester at 10:00, who answers at 14:00: nobody's. D resolves on Tuesday at 15:30.
BOUNCED = Story(
    COLLEGE,
    2,
    [
        opened(at(2, 9), D),
        entry("taken", at(2, 10), D, to="in_progress"),
        entry("handed_on", at(2, 11), D, to="new", reason="mauvaise-partie", **held_by(A)),
        entry("contested", at(3, 9), A, to="new", **held_by(D)),
        entry("question", at(3, 10), D, to="on_hold", reason="attente-demandeur"),
        entry("comment", at(3, 14), COLLEGE, 9, to="new"),
        entry("resolved", at(3, 15, 30), D, to="resolved"),
        entry("confirmed", at(4, 9), COLLEGE, 9, to="closed"),
    ],
    [WIFI],
    promised=Engagement(
        organisation=D,
        name=D,
        promise=1,
        hours=0,
        start=at(2, 9),
        answer=60,
        resolve=600,
        answer_by=at(2, 10),
        resolve_by=at(3, 11),
    ),
    opinion=(3, at(4, 9)),
)


def test_a_ticket_that_bounced_is_counted_as_worked_out_by_hand() -> None:
    facts = fold(BOUNCED, worked, at(9, 9))
    assert told(facts, "opened") == {("2026-11-02", D, ""): 1}
    assert told(facts, "answered") == {("2026-11-02", D, ""): 1}
    assert told(facts, "answer") == {("2026-11-02", D, ""): 1 * HOUR}
    assert told(facts, "passed") == {("2026-11-02", D, A): 1, ("2026-11-03", A, D): 1}
    assert told(facts, "wrong") == {("2026-11-02", D, A): 1, ("2026-11-03", A, D): 1}
    assert told(facts, "contested") == {("2026-11-03", A, D): 1}
    assert told(facts, "loops") == {("2026-11-03", A, D): 1}
    # D: 9:00–11:00 on Monday, 2 h. A: from Monday 11:00 to Tuesday 9:00, 22 h of the clock.
    assert told(facts, "lost") == {("2026-11-02", D, A): 2 * HOUR, ("2026-11-03", A, D): 22 * HOUR}
    # Held: D 2 h, A 22 h, D 9:00–10:00 then 14:00–15:30 on Tuesday; nobody's time is in no party's hours.
    assert told(facts, "held") == {
        ("2026-11-02", D, ""): 2 * HOUR,
        ("2026-11-03", A, ""): 22 * HOUR,
        ("2026-11-03", D, ""): 1 * HOUR + HOUR * 3 // 2,
    }
    # Resolution: what they held it for: 2 + 22 + 1 + 1.5 h.
    assert told(facts, "resolution") == {("2026-11-03", D, ""): int(26.5 * HOUR)}
    assert told(facts, "routed") == {("2026-11-03", D, ""): 1} and total(facts, "direct") == 0
    # A contested, and another than A resolved it: A was right.
    assert told(facts, "ruled") == told(facts, "upheld") == {("2026-11-03", A, ""): 1}
    # Answered at 10:00, promised by 10:00: kept. Resolved at 15:30, promised by 11:00: not kept.
    assert (total(facts, "asked_answers"), total(facts, "kept_answers")) == (1, 1)
    assert (total(facts, "asked_resolutions"), total(facts, "kept_resolutions")) == (1, 0)
    assert told(facts, "opinions") == told(facts, "satisfied") == {("2026-11-04", D, ""): 1}
    # The life of the ticket, from Monday 9:00 to Wednesday 9:00, is 48 h of the clock.
    assert total(facts, "elapsed") == 48 * HOUR
    assert total(facts, "waiting") == 0


def test_what_a_fact_is_about_is_what_the_ticket_was_until_then() -> None:
    changed = Asked("antivirus", "assistance", "hautes-pyrenees-2015", "gestion", "to_qualify")
    story = Story(
        COLLEGE,
        0,
        [
            opened(at(2, 9), D),
            entry("decision", at(2, 11), D, to="new", changes={}, **held_by(A)),
            entry("resolved", at(2, 14), A, to="resolved"),
        ],
        [WIFI, changed],
    )
    about = {
        name: {
            (key[3], key[4], key[6], key[7])
            for key, amounts in fold(story, worked, at(9, 9)).items()
            if name in amounts
        }
        for name in ("opened", "lost", "passed", "resolved")
    }
    before, after = ("wifi", "mco", "professeurs", "routed"), ("antivirus", "assistance", "gestion", "to_qualify")
    assert about == {"opened": {before}, "lost": {before}, "passed": {before}, "resolved": {after}}


def test_a_clarified_agreement_or_an_answer_is_no_wrong_hand() -> None:
    for cause in ("agreement", "answered"):
        story = Story(
            COLLEGE,
            0,
            [opened(at(2, 9), D), entry("decision", at(2, 11), D, to="new", cause=cause, **held_by(A))],
            [WIFI, WIFI],
        )
        facts = fold(story, worked, at(2, 12))
        assert (total(facts, "passed"), total(facts, "wrong"), total(facts, "lost")) == (1, 0, 0)


def test_an_open_ticket_waits_at_the_end_of_each_sunday_with_its_age() -> None:
    story = Story(COLLEGE, 0, [opened(at(4, 9), COLLEGE)], [WIFI])
    facts = fold(story, worked, ends(date(2026, 12, 13)))
    waits = sorted((key[0], key[1], key[9]) for key, amounts in facts.items() if amounts.get("waiting"))
    # Opened on Wednesday 4 November: 4.6 days old on the first Sunday, then 11, 18, 25, 32 and 39.
    assert waits == [
        ("2026-11-08", OWN, 0),
        ("2026-11-15", OWN, 1),
        ("2026-11-22", OWN, 1),
        ("2026-11-29", OWN, 1),
        ("2026-12-06", OWN, 2),
        ("2026-12-13", OWN, 2),
    ]


def test_a_ticket_reopened_waits_again_and_ends_again_with_a_length_of_its_own() -> None:
    story = Story(
        COLLEGE,
        0,
        [
            opened(at(2, 9), D),
            entry("resolved", at(2, 10), D, to="resolved"),
            entry("reopened", at(2, 11), COLLEGE, 9, to="new"),
            entry("resolved", at(2, 12), D, to="resolved"),
            entry("reopened", at(3, 9), COLLEGE, 9, to="new"),
        ],
        [WIFI],
    )
    facts = fold(story, worked, at(10, 9))
    ends_of = sorted(amounts["resolution"] for amounts in facts.values() if amounts.get("resolved"))
    assert ends_of == [1 * HOUR, 2 * HOUR]  # 9–10, then 9–10 and 11–12; resolved time is nobody's
    assert all(amounts.get("resolved", 0) <= 1 for amounts in facts.values())
    assert total(facts, "reopened") == 2
    assert told(facts, "waiting") == {("2026-11-08", D, ""): 1}
    assert (total(facts, "routed"), total(facts, "direct")) == (1, 1)


@pytest.mark.parametrize(("hours", "expected"), [(0, 0), (0.99, 0), (1, 1), (2, 2), (159.9, 8), (160, 9), (5000, 9)])
def test_lengths_are_classed(hours: float, expected: int) -> None:
    """The columns that count lengths put each in one class, as the sums ask the database for it."""
    seconds = round(hours * HOUR)
    ended = [literal(1).label("answered"), literal(seconds).label("answer")]
    ended += [literal(1).label("resolved"), literal(seconds).label("resolution")]
    with create_engine("sqlite://").connect() as connection:
        counted = connection.execute(select(*length_columns(select(*ended).subquery()))).one()._mapping
    assert [name for name, count in counted.items() if count] == [f"answer_{expected}", f"resolution_{expected}"]


def invented(rng: random.Random) -> Story:
    """Return a random life at the desk, which may be closed at its end."""
    when, party = at(2, 8) + timedelta(minutes=rng.randrange(5000)), rng.choice((A, D, COLLEGE))
    entries, state = [opened(when, party)], "new"
    for _ in range(rng.randrange(12)):
        when += timedelta(minutes=rng.randrange(1, 4000))
        kind = rng.choice(("comment", "taken", "handed_on", "contested", "question", "resumed", "resolved", "reopened"))
        if kind == "resolved" and state != "resolved":
            state = "resolved"
            entries.append(entry(kind, when, party, to=state))
        elif state == "resolved":
            if kind == "reopened":
                state = "new"
                entries.append(entry(kind, when, COLLEGE, 9, to=state))
        elif kind in ("handed_on", "contested"):
            party, state = rng.choice([one for one in (A, D, COLLEGE) if one != party]), "new"
            entries.append(entry(kind, when, party, to=state, reason="mauvaise-partie", **held_by(party)))
        elif kind == "question":
            state = "on_hold"
            entries.append(entry(kind, when, party, to=state, reason="attente-demandeur"))
        elif kind in ("taken", "resumed"):
            state = "in_progress"
            entries.append(entry(kind, when, party, to=state))
        elif kind == "comment":
            entries.append(entry(kind, when, party))
    if state == "resolved" and rng.random() < 0.8:
        entries.append(entry("confirmed", when + timedelta(hours=rng.randrange(1, 99)), COLLEGE, 9, to="closed"))
    return Story(COLLEGE, 0, entries, [WIFI])


def test_held_stretches_add_up_to_the_life_of_a_closed_ticket_and_passages_to_its_path() -> None:
    rng = random.Random(13)
    closed = 0
    for _ in range(400):
        story = invented(rng)
        facts = fold(story, worked, at(2, 8, month=12) + timedelta(days=40))
        assert total(facts, "opened") == 1 and total(facts, "answered") <= 1 and total(facts, "routed") <= 1
        assert total(facts, "lost") <= total(facts, "held")
        assert total(facts, "direct") <= total(facts, "routed") and total(facts, "upheld") <= total(facts, "ruled")
        handed = [one for one in story.entries if one.kind in ("handed_on", "contested")]
        assert total(facts, "passed") == len(handed)
        if story.entries[-1].kind == "confirmed":
            closed += 1
            life = story.entries[-1].at - story.entries[0].at
            assert total(facts, "elapsed") == life.total_seconds()
    assert closed > 50


def test_what_was_counted_never_changes_as_the_ticket_goes_on() -> None:
    """A month that is over has the same facts whatever happens later: each history is folded entry by entry."""
    rng = random.Random(7)
    for _ in range(150):
        story = invented(rng)
        for count in range(1, len(story.entries)):
            cut = story.entries[count].at
            earlier = fold(Story(COLLEGE, 0, story.entries[:count], [WIFI]), worked, cut)
            later = fold(story, worked, cut + timedelta(days=90))
            day = (cut - timedelta(days=1)).date().isoformat()
            for key, amounts in earlier.items():
                if key[0] < day:
                    assert later[key] == amounts, (key, story)
            assert {key for key in later if key[0] < day} == {key for key in earlier if key[0] < day}


def test_a_corrected_urgency_is_counted_from_its_day_on_and_changes_nothing_before() -> None:
    """The second of two Sundays is after the correction: the first keeps the priority that the ticket had then."""
    story = Story(
        COLLEGE,
        5,
        [opened(at(2, 9), D), entry("adjusted", at(10, 9), COLLEGE, 9, priority=[5, 2], changes={"impact": [3, 1]})],
        [WIFI],
    )
    waited = {key[0]: key[8] for key, amounts in fold(story, worked, at(16, 9)).items() if amounts.get("waiting")}
    assert waited == {"2026-11-08": 5, "2026-11-15": 2}
    before = {key: amounts for key, amounts in fold(story, worked, at(9, 9)).items() if key[0] < "2026-11-10"}
    assert {key[8] for key in before} == {5}
