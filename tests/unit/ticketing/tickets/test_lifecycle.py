"""Every step from every state, and its effect on the clock, the holder and the timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ticketing.errors import StepRefused
from ticketing.model import OPEN_STATES, HandOnReason, Holder, HoldReason, Kind, State, Step, WithdrawReason
from ticketing.tickets import lifecycle
from ticketing.tickets.bonds import rules
from ticketing.tickets.changing.assigned import assign
from ticketing.tickets.lifecycle import Author, Outcome, Standing

NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)  # a Tuesday, at 10 h in Paris
HOUR = timedelta(hours=1)
DESK = Holder("academie", "EN", "academie-x", "Académie")
CL = Holder("departement", "CL", "departement-x", "Département")
ETAB = Holder("college", "Etab", "college-x", "Collège")
AGENT = Author(7, "Nadia", on_holders_side=True)
CMI = Author(8, "Thomas", on_holders_side=False)


def standing(state: State, **changes: object) -> Standing:
    made = Standing(
        state=state,
        holder=CL,
        activity="mco",
        opened_at=NOW,
        due_at=NOW + 48 * HOUR,
        desk=DESK,
        assignee_id=None if state is State.NEW else 7,
        assignee_name=None if state is State.NEW else "Nadia",
    )
    if state is State.ON_HOLD:
        made = replace(made, hold_reason=HoldReason.PART, held_since=NOW)
    if state in (State.RESOLVED, State.CLOSED):
        made = replace(made, resolved_at=NOW)
    if state is State.CLOSED:
        made = replace(made, closed_at=NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


OTHER = Author(9, "Mathieu", on_holders_side=True)
STEPS: dict[str, Callable[[Standing], Outcome]] = {
    "comment": lambda p: lifecycle.comment(p, CMI, "x", False, NOW + HOUR),
    "note": lambda p: lifecycle.comment(p, AGENT, "x", True, NOW + HOUR),
    "take_charge": lambda p: lifecycle.take_charge(p, OTHER, NOW + HOUR),
    "assign": lambda p: assign(p, 9, "Mathieu"),
    "hold": lambda p: lifecycle.hold(p, AGENT, HoldReason.PART, "x", NOW + HOUR),
    "resume": lambda p: lifecycle.resume(p, AGENT, NOW + HOUR),
    "resolve": lambda p: lifecycle.resolve(p, AGENT, "x", NOW + HOUR),
    "confirm": lambda p: lifecycle.confirm(p, CMI, NOW + HOUR),
    "reopen": lambda p: lifecycle.reopen(p, CMI, "x", NOW + HOUR),
    "close": lambda p: lifecycle.close(p, AGENT, "x", NOW + HOUR),
    "correct_facts": lambda p: lifecycle.correct_facts(p, DESK, "mco", "x", {}, NOW + HOUR),
    "hand_on": lambda p: lifecycle.hand_on(p, DESK, HandOnReason.OTHER, "x", NOW + HOUR),
    "contest": lambda p: lifecycle.contest(p, "x", NOW + HOUR),
    "amend": lambda p: lifecycle.amend(p, "x"),
    "adjust": lambda p: lifecycle.adjust(p, AGENT, "x", {}, "y"),
    "withdraw": lambda p: lifecycle.withdraw(p, WithdrawReason.SOLVED, "x", NOW + HOUR),
    "merge": lambda p: rules.merged(p, "x", NOW + HOUR),
    "unmerge": lambda p: rules.restored(p, "x", NOW + HOUR),  # duplicates alone: test_bonds
    "follow": lambda p: rules.attached(p, "x"),
    "unfollow": lambda p: rules.detached(p),  # what is attached alone
}
#: State -> step -> the state to which it leads; a missing step is refused.
LEADS: dict[State, dict[str, State]] = {
    State.NEW: {
        "comment": State.NEW,
        "note": State.NEW,
        "take_charge": State.IN_PROGRESS,
        "assign": State.IN_PROGRESS,
        "hold": State.ON_HOLD,
        "resolve": State.RESOLVED,
        "correct_facts": State.NEW,
        "hand_on": State.NEW,
        "contest": State.NEW,
        "amend": State.NEW,
        "adjust": State.NEW,
        "withdraw": State.CLOSED,
        "merge": State.CLOSED,
        "follow": State.NEW,
    },
    State.IN_PROGRESS: {
        "comment": State.IN_PROGRESS,
        "note": State.IN_PROGRESS,
        "take_charge": State.IN_PROGRESS,
        "assign": State.IN_PROGRESS,
        "hold": State.ON_HOLD,
        "resolve": State.RESOLVED,
        "correct_facts": State.NEW,
        "hand_on": State.NEW,
        "contest": State.NEW,
        "adjust": State.IN_PROGRESS,
        "withdraw": State.CLOSED,
        "merge": State.CLOSED,
        "follow": State.IN_PROGRESS,
    },
    State.ON_HOLD: {
        "comment": State.ON_HOLD,
        "note": State.ON_HOLD,
        "take_charge": State.ON_HOLD,
        "assign": State.ON_HOLD,
        "resume": State.IN_PROGRESS,
        "resolve": State.RESOLVED,
        "correct_facts": State.NEW,
        "hand_on": State.NEW,
        "contest": State.NEW,
        "adjust": State.ON_HOLD,
        "withdraw": State.CLOSED,
        "merge": State.CLOSED,
        "follow": State.ON_HOLD,
    },
    State.RESOLVED: {
        "comment": State.RESOLVED,
        "note": State.RESOLVED,
        "confirm": State.CLOSED,
        "reopen": State.IN_PROGRESS,
        "close": State.CLOSED,
    },
    State.CLOSED: {},
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("name", list(STEPS))
def test_every_step_from_every_state(state: State, name: str) -> None:
    before = standing(state)
    wanted = LEADS[state].get(name)
    if wanted is None:
        with pytest.raises(StepRefused) as refused:
            STEPS[name](before)
        assert refused.value.sentence[0].isupper() and refused.value.sentence.endswith(".")
        return
    after = STEPS[name](before)
    assert after.standing.state is wanted
    if name not in ("comment", "note"):
        assert (after.entry.data["from"], after.entry.data["to"]) == (state, wanted)


@pytest.mark.parametrize("state", list(State))
def test_the_steps_offered_are_those_that_pass(state: State) -> None:
    offered = {step.value for step in lifecycle.steps(standing(state))}
    assert offered & STEPS.keys() == LEADS[state].keys()
    assert {"share", "make_confidential", "mask"} <= offered


def test_a_ticket_that_is_given_to_a_colleague_is_not_answered_yet() -> None:
    given = assign(standing(State.NEW), 9, "Mathieu")
    assert (given.standing.assignee_id, given.standing.assignee_name) == (9, "Mathieu")
    assert given.standing.first_answer_at is None and given.notice == "assigned"
    assert given.entry.data["person"] == "Mathieu"
    with pytest.raises(StepRefused, match="Mathieu a déjà ce ticket en charge"):
        assign(given.standing, 9, "Mathieu")


def test_a_wait_does_not_move_the_delay_of_a_text() -> None:
    before = standing(State.IN_PROGRESS, due_at=datetime(2026, 11, 19, 9, 0, tzinfo=UTC))
    held = lifecycle.hold(before, AGENT, HoldReason.SUPPLIER, "", NOW).standing
    assert (held.hold_reason, held.held_since, held.due_at) == (HoldReason.SUPPLIER, NOW, before.due_at)
    resumed = lifecycle.resume(held, AGENT, NOW + 2 * HOUR).standing
    assert resumed.due_at == before.due_at
    assert (resumed.hold_reason, resumed.held_since) == (None, None)
    nothing = replace(held, due_at=None)
    assert lifecycle.resume(nothing, AGENT, NOW + 2 * HOUR).standing.due_at is None


def test_only_the_requesters_answer_to_a_question_ends_the_wait() -> None:
    asked = lifecycle.hold(standing(State.IN_PROGRESS), AGENT, HoldReason.REQUESTER, "Lequel ?", NOW)
    assert (asked.entry.kind, asked.notice) == (Kind.QUESTION, "question")
    assert lifecycle.comment(asked.standing, AGENT, "x", False, NOW).standing.state is State.ON_HOLD
    assert lifecycle.comment(asked.standing, CMI, "x", True, NOW).standing.state is State.ON_HOLD
    assert lifecycle.comment(asked.standing, CMI, "x", False, NOW + HOUR).standing.state is State.IN_PROGRESS
    waiting = standing(State.ON_HOLD)
    assert lifecycle.comment(waiting, CMI, "x", False, NOW + HOUR).standing.state is State.ON_HOLD
    unassigned = lifecycle.hold(standing(State.NEW), AGENT, HoldReason.REQUESTER, "?", NOW).standing
    assert lifecycle.comment(unassigned, CMI, "x", False, NOW + HOUR).standing.state is State.NEW


def test_the_first_answer_is_the_holders_first_public_word() -> None:
    new = standing(State.NEW)
    assert lifecycle.comment(new, CMI, "x", False, NOW).standing.first_answer_at is None
    assert lifecycle.comment(new, AGENT, "x", True, NOW).standing.first_answer_at is None
    answered = lifecycle.comment(new, AGENT, "x", False, NOW + HOUR).standing
    assert answered.first_answer_at == NOW + HOUR
    assert lifecycle.take_charge(answered, AGENT, NOW + 2 * HOUR).standing.first_answer_at == NOW + HOUR
    assert lifecycle.take_charge(new, AGENT, NOW).standing.first_answer_at == NOW


def test_handing_on_starts_anew_elsewhere_and_keeps_the_delay() -> None:
    before = standing(State.IN_PROGRESS)
    after = lifecycle.hand_on(before, DESK, HandOnReason.WRONG_PARTY, "x", NOW)
    assert (after.standing.holder, after.standing.returns_to, after.standing.assignee_id) == (DESK, CL, None)
    assert (after.standing.due_at, after.standing.hand_ons) == (before.due_at, 1)
    assert after.entry.data["from_name"] == "Département" and after.entry.data["name"] == "Académie"
    back = lifecycle.contest(after.standing, "x", NOW).standing
    assert (back.holder, back.returns_to, back.hand_ons) == (CL, None, 2)
    assert lifecycle.contest(back, "x", NOW).standing.holder == DESK
    with pytest.raises(StepRefused):
        lifecycle.contest(lifecycle.contest(back, "x", NOW).standing, "x", NOW)
    with pytest.raises(StepRefused):
        lifecycle.hand_on(before, CL, HandOnReason.OTHER, "x", NOW)


def test_handing_on_what_waits_stops_the_wait() -> None:
    after = lifecycle.hand_on(standing(State.ON_HOLD), ETAB, HandOnReason.PART, "x", NOW + HOUR).standing
    assert (after.state, after.hold_reason, after.held_since) == (State.NEW, None, None)
    assert after.due_at == standing(State.ON_HOLD).due_at


def test_correcting_the_activity_keeps_the_delay_that_the_new_decision_gave() -> None:
    before = standing(State.IN_PROGRESS)
    after = lifecycle.correct_facts(before, CL, "assistance", "x", {}, NOW)
    assert after.standing.due_at == before.due_at and after.notice is None
    assert (after.standing.state, after.standing.assignee_id) == (State.IN_PROGRESS, 7)
    moved = lifecycle.correct_facts(before, ETAB, "mco", "x", {}, NOW)
    assert (moved.standing.state, moved.standing.holder, moved.notice) == (State.NEW, ETAB, "decision")


def test_reopening_keeps_the_delay() -> None:
    resolved = standing(State.RESOLVED, due_at=datetime(2026, 11, 19, 9, 0, tzinfo=UTC))
    after = lifecycle.reopen(resolved, CMI, "x", NOW + 2 * HOUR).standing
    assert (after.state, after.resolved_at, after.due_at) == (
        State.IN_PROGRESS,
        None,
        resolved.due_at,
    )
    assert lifecycle.reopen(replace(resolved, assignee_id=None), CMI, "x", NOW).standing.state is State.NEW


def test_taking_charge_twice_is_refused_and_from_a_colleague_is_told() -> None:
    mine = lifecycle.take_charge(standing(State.NEW), AGENT, NOW).standing
    with pytest.raises(StepRefused):
        lifecycle.take_charge(mine, AGENT, NOW)
    assert lifecycle.take_charge(mine, OTHER, NOW).entry.data["previous"] == "Nadia"


def test_a_note_is_internal_and_told_to_nobody() -> None:
    note = lifecycle.comment(standing(State.NEW), AGENT, "x", True, NOW)
    assert note.entry.internal and note.entry.kind is Kind.NOTE and note.notice is None


def test_every_step_of_the_page_is_known() -> None:
    assert {step.value for step in Step} - STEPS.keys() == {
        "attach",
        "share",
        "make_confidential",
        "mask",
        "answer",
        "split",
    }


@pytest.mark.parametrize("state", State)
def test_only_an_open_ticket_is_rerouted(state: State) -> None:
    if state in OPEN_STATES:
        assert lifecycle.reroute(standing(state), ETAB, "L’accord le dit.", NOW).standing.holder == ETAB
    else:
        with pytest.raises(StepRefused):
            lifecycle.reroute(standing(state), ETAB, "L’accord le dit.", NOW)


def test_a_decision_is_contested_by_who_would_have_to_give_the_ticket_back_to_another() -> None:
    at_its_desk = standing(State.IN_PROGRESS, holder=DESK, returns_to=None)
    assert Step.CONTEST not in lifecycle.steps(at_its_desk)
    assert Step.CONTEST in lifecycle.steps(standing(State.IN_PROGRESS))


def test_a_request_is_amended_until_somebody_has_it_in_charge() -> None:
    """A question that the program asks of nobody's ticket leaves it to its author; a person in charge does not."""
    waiting = standing(State.ON_HOLD, assignee_id=None, assignee_name=None)
    found = lifecycle.amend(waiting, "Avant")
    assert (found.entry.kind, found.entry.words, found.notice) == (Kind.AMENDED, "Avant", "amended")
    assert found.standing == waiting
    assert Step.AMEND in lifecycle.steps(waiting) and Step.AMEND not in lifecycle.steps(standing(State.ON_HOLD))


def test_place_and_urgency_are_corrected_by_the_author_until_it_is_taken_and_by_the_holder() -> None:
    new, taken = standing(State.NEW), standing(State.IN_PROGRESS)
    assert lifecycle.may_adjust(new, CMI) and lifecycle.may_adjust(taken, AGENT)
    with pytest.raises(StepRefused, match="en commentaire"):
        lifecycle.adjust(taken, CMI, "", {}, "")
    found = lifecycle.adjust(new, CMI, "Le couloir aussi", {"changes": {"impact": [3, 1]}}, "Qui est gêné : …")
    assert found.standing == new and found.entry.data["changes"] == {"impact": [3, 1]}
    assert (found.entry.words, found.recalled, found.notice) == ("Le couloir aussi", "Qui est gêné : …", "adjusted")
    assert "promised" not in found.entry.data


def test_a_request_that_somebody_has_in_charge_is_closed_by_its_author_only_when_it_solved_itself() -> None:
    held = standing(State.ON_HOLD)
    with pytest.raises(StepRefused):
        lifecycle.withdraw(held, WithdrawReason.NOT_NEEDED, "", NOW)
    found = lifecycle.withdraw(held, WithdrawReason.SOLVED, "Un redémarrage a suffi", NOW + HOUR)
    assert (found.standing.state, found.standing.closed_at) == (State.CLOSED, NOW + HOUR)
    assert (found.standing.hold_reason, found.standing.resolved_at) == (None, None)
    assert (found.entry.kind, found.entry.data["reason"], found.notice) == (Kind.WITHDRAWN, "regle-seul", "withdrawn")
    new = lifecycle.withdraw(standing(State.NEW), WithdrawReason.NOT_NEEDED, "", NOW)
    assert new.standing.state is State.CLOSED


WORDS = "Le câble est à changer."


@pytest.mark.parametrize(
    ("name", "before", "outcome", "kind", "notice"),
    [
        (
            "comment",
            State.IN_PROGRESS,
            lambda p: lifecycle.comment(p, CMI, WORDS, False, NOW),
            Kind.COMMENT,
            "answered",
        ),
        ("note", State.NEW, lambda p: lifecycle.comment(p, AGENT, WORDS, True, NOW), Kind.NOTE, None),
        ("hold", State.NEW, lambda p: lifecycle.hold(p, AGENT, HoldReason.PART, WORDS, NOW), Kind.HELD, None),
        ("resolve", State.ON_HOLD, lambda p: lifecycle.resolve(p, AGENT, WORDS, NOW), Kind.RESOLVED, "resolved"),
        ("reopen", State.RESOLVED, lambda p: lifecycle.reopen(p, CMI, WORDS, NOW), Kind.REOPENED, "reopened"),
        ("close", State.RESOLVED, lambda p: lifecycle.close(p, AGENT, WORDS, NOW), Kind.CLOSED, "closed"),
        ("contest", State.NEW, lambda p: lifecycle.contest(p, WORDS, NOW), Kind.CONTESTED, "contested"),
        ("reroute", State.NEW, lambda p: lifecycle.reroute(p, ETAB, WORDS, NOW), Kind.DECISION, "rerouted"),
    ],
)
def test_the_words_of_a_step_are_those_of_its_entry(
    name: str, before: State, outcome: Callable[[Standing], Outcome], kind: Kind, notice: str | None
) -> None:
    found = outcome(standing(before))
    assert (found.entry.kind, found.entry.words, found.entry.internal) == (kind, WORDS, name == "note")
    assert found.notice == notice


def test_what_is_opened_says_who_holds_it_and_is_told() -> None:
    found = lifecycle.opened(standing(State.NEW))
    held = {"party": "departement", "role": "CL", "name": "Département", "organisation": "departement-x"}
    assert (found.entry.kind, found.entry.data, found.notice) == (Kind.OPENED, held, "opened")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("resolve", {"resolved_at": NOW + HOUR}),
        ("confirm", {"closed_at": NOW + HOUR, "resolved_at": NOW}),
        ("close", {"closed_at": NOW + HOUR, "resolved_at": NOW}),
        ("take_charge", {"assignee_id": 9, "assignee_name": "Mathieu"}),
        ("hold", {"hold_reason": HoldReason.PART, "held_since": NOW + HOUR}),
        ("contest", {"holder": DESK, "returns_to": None, "assignee_id": None, "assignee_name": None, "hand_ons": 1}),
    ],
)
def test_a_step_notes_its_instant_and_its_people(name: str, changes: dict[str, object]) -> None:
    state = State.RESOLVED if name in ("confirm", "close") else State.IN_PROGRESS
    after = STEPS[name](standing(state)).standing
    assert {field: getattr(after, field) for field in changes} == changes


def test_a_hold_says_its_reason_and_a_hand_on_from_whom_and_why() -> None:
    held = lifecycle.hold(standing(State.NEW), AGENT, HoldReason.SUPPLIER, "x", NOW).entry.data
    assert (held["reason"], held["reason_label"]) == (HoldReason.SUPPLIER.value, HoldReason.SUPPLIER.label)
    handed = lifecycle.hand_on(standing(State.NEW), ETAB, HandOnReason.PART, "x", NOW).entry.data
    assert (handed["reason"], handed["reason_label"]) == (HandOnReason.PART.value, HandOnReason.PART.label)
    assert (handed["from_party"], handed["party"], handed["organisation"]) == ("departement", "college", "college-x")
    contested = lifecycle.contest(standing(State.NEW, returns_to=ETAB), "x", NOW).entry.data
    assert (contested["from_name"], contested["from_party"], contested["name"]) == (
        "Département",
        "departement",
        "Collège",
    )


def test_the_answer_to_a_question_keeps_the_delay_and_says_from_what_to_what() -> None:
    asked = standing(State.ON_HOLD, hold_reason=HoldReason.REQUESTER, due_at=datetime(2026, 11, 19, 9, tzinfo=UTC))
    found = lifecycle.comment(asked, CMI, "Le 4.", False, NOW + HOUR)
    assert found.standing.due_at == asked.due_at
    assert found.entry.data == {"from": "on_hold", "to": "in_progress"}
    assert lifecycle.comment(standing(State.NEW), CMI, "x", False, NOW).entry.data == {}


def test_a_correction_that_keeps_activity_and_holder_keeps_delay_and_person() -> None:
    before = standing(State.IN_PROGRESS)
    renamed = replace(CL, name="Département du lieu")
    found = lifecycle.correct_facts(before, renamed, "mco", "Précision.", {"service": "x"}, NOW)
    assert found.standing == replace(before, holder=renamed) and found.notice is None
    assert (found.entry.words, found.entry.data["changes"]) == ("Précision.", {"service": "x"})
    assert found.entry.data["name"] == "Département du lieu"


def test_a_new_route_to_the_same_holder_is_told_to_nobody_and_to_another_starts_there() -> None:
    before = standing(State.IN_PROGRESS, returns_to=ETAB)
    same = lifecycle.reroute(before, CL, "x", NOW)
    assert (same.standing, same.notice, same.entry.data["cause"]) == (before, None, "agreement")
    moved = lifecycle.reroute(before, DESK, "x", NOW)
    assert (moved.standing.state, moved.standing.returns_to, moved.standing.assignee_name) == (State.NEW, None, None)
    assert (moved.notice, moved.standing.hand_ons) == ("rerouted", 0)


@pytest.mark.parametrize(
    ("step", "state", "sentence"),
    [
        ("resume", State.NEW, "Un nouveau ticket ne peut pas être repris."),
        ("resume", State.IN_PROGRESS, "Un ticket en cours ne peut pas être repris."),
        ("hold", State.ON_HOLD, "Un ticket en attente ne peut pas être mis en attente."),
        ("hand_on", State.RESOLVED, "Un ticket résolu ne peut pas être transmis."),
        ("contest", State.CLOSED, "Un ticket clos ne peut pas être contesté."),
        ("close", State.IN_PROGRESS, "Un ticket se clôt une fois résolu : indiquez d’abord la solution."),
        ("reopen", State.CLOSED, "Ce ticket est clos : ouvrez-en un nouveau qui le cite."),
    ],
)
def test_a_refusal_says_where_the_ticket_stands(step: str, state: State, sentence: str) -> None:
    with pytest.raises(StepRefused) as refused:
        STEPS[step](standing(state))
    assert refused.value.sentence == sentence


@pytest.mark.parametrize(
    ("state", "after", "told"),
    [
        (State.IN_PROGRESS, State.NEW, "released"),
        (State.ON_HOLD, State.ON_HOLD, "released"),
        (State.RESOLVED, State.RESOLVED, None),
    ],
)
def test_a_ticket_whose_person_left_goes_back_to_the_queue_and_may_come_back(
    state: State, after: State, told: str | None
) -> None:
    """The promise, the hold and the holder stay; only an open ticket asks for somebody else."""
    before = standing(state, assignee_id=4, assignee_name="Ana Brun")
    released = lifecycle.release(before, {"account": 4})
    assert released.standing == replace(before, state=after, assignee_id=None, assignee_name=None)
    assert (released.entry.kind, released.notice) == (Kind.RELEASED, told)
    assert dict(released.entry.data) == {
        "from": state.value,
        "to": after.value,
        "previous": "Ana Brun",
        "account": 4,
    }
    back = lifecycle.give_back(released.standing, 4, "Ana Brun")
    assert back.standing == before and back.notice is None
    assert back.entry.data["person"] == "Ana Brun"


@pytest.mark.parametrize("state", State)
def test_what_nobody_has_in_charge_or_is_closed_is_not_given_back(state: State) -> None:
    free = standing(state, assignee_id=None, assignee_name=None)
    with pytest.raises(StepRefused):
        lifecycle.release(free, {})
    closed = standing(State.CLOSED, assignee_id=4, assignee_name="Ana Brun")
    with pytest.raises(StepRefused):
        lifecycle.release(closed, {})
    with pytest.raises(StepRefused):
        lifecycle.give_back(free if state is State.CLOSED else replace(free, assignee_id=5), 4, "Ana Brun")


def test_a_new_ticket_that_is_resolved_is_in_the_charge_of_who_resolved_it() -> None:
    after = lifecycle.resolve(standing(State.NEW, assignee_id=None, assignee_name=None), AGENT, "Fait.", NOW).standing
    assert (after.state, after.assignee_id, after.assignee_name) == (State.RESOLVED, AGENT.id, AGENT.name)
    taken = standing(State.IN_PROGRESS, assignee_id=99, assignee_name="Une autre")
    assert lifecycle.resolve(taken, AGENT, "Fait.", NOW).standing.assignee_id == 99
