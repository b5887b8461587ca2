"""The steps that bind a ticket to another: which states allow them, and what they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.ticketing.tickets.test_lifecycle import AGENT, CMI, HOUR, NOW, standing

from ticketing.errors import StepRefused
from ticketing.model import OPEN_STATES, Bond, Kind, State, Step
from ticketing.tickets import lifecycle
from ticketing.tickets.bonds import rules

DUPLICATE = standing(State.CLOSED, bond=Bond.DUPLICATE, closed_at=NOW)


@pytest.mark.parametrize("state", list(State))
def test_an_open_ticket_alone_becomes_a_duplicate(state: State) -> None:
    before = standing(state)
    assert (Step.MERGE in lifecycle.steps(before)) is (state in OPEN_STATES)
    if state not in OPEN_STATES:
        with pytest.raises(StepRefused):
            rules.merged(before, "", NOW)
        return
    after = rules.merged(before, "Même panne.", NOW + HOUR)
    found = after.standing
    assert (found.state, found.closed_at, found.bond) == (State.CLOSED, NOW + HOUR, Bond.DUPLICATE)
    assert (found.hold_reason, found.resolved_at) == (None, None)
    assert (after.entry.kind, after.entry.words, after.notice) == (Kind.DUPLICATE, "Même panne.", "duplicate")
    assert after.entry.data == {"from": state.value, "to": "closed"}, "nothing says of which ticket"


def test_a_duplicate_is_still_written_on_and_may_be_opened_again() -> None:
    steps = lifecycle.steps(DUPLICATE)
    assert {Step.COMMENT, Step.NOTE, Step.ATTACH, Step.UNMERGE} <= steps and Step.RESOLVE not in steps
    said = lifecycle.comment(DUPLICATE, AGENT, "La pièce arrive lundi.", False, NOW + HOUR)
    assert said.standing.state is State.CLOSED and said.notice == "answered"
    closed = replace(DUPLICATE, bond=Bond.NONE)
    assert Step.UNMERGE not in lifecycle.steps(closed) and Step.COMMENT not in lifecycle.steps(closed)
    with pytest.raises(StepRefused):
        lifecycle.comment(closed, CMI, "Encore.", False, NOW)


@pytest.mark.parametrize(("assignee", "state"), [(7, State.IN_PROGRESS), (None, State.NEW)])
def test_undoing_gives_the_ticket_back_as_it_was(assignee: int | None, state: State) -> None:
    after = rules.restored(replace(DUPLICATE, assignee_id=assignee), "Autre salle.", NOW + HOUR)
    assert (after.standing.state, after.standing.closed_at, after.standing.bond) == (state, None, Bond.NONE)
    assert (after.entry.kind, after.notice) == (Kind.RESTORED, "restored")


def test_undoing_is_for_duplicates_within_a_month() -> None:
    for wrong in (replace(DUPLICATE, bond=Bond.NONE), standing(State.RESOLVED)):
        with pytest.raises(StepRefused):
            rules.restored(wrong, "x", NOW)
    assert rules.restored(DUPLICATE, "x", NOW + rules.UNDO).standing.state is State.IN_PROGRESS
    with pytest.raises(StepRefused, match="plus de 30 jours"):
        rules.restored(DUPLICATE, "x", NOW + rules.UNDO + timedelta(seconds=1))
    assert not rules.undoable(None, NOW)


def test_what_is_attached_to_an_incident_goes_on_by_itself_and_is_detached() -> None:
    before = standing(State.IN_PROGRESS)
    child = rules.attached(before, "Panne du cœur de réseau.")
    assert child.standing == replace(before, bond=Bond.CHILD)
    assert (child.entry.kind, child.notice) == (Kind.ATTACHED, "attached")
    steps = lifecycle.steps(child.standing)
    assert {Step.UNFOLLOW, Step.RESOLVE, Step.MERGE} <= steps and Step.FOLLOW not in steps
    back = rules.detached(child.standing)
    assert back.standing == before and (back.entry.kind, back.notice) == (Kind.DETACHED, None)
