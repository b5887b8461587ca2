"""The tables of steps, entries and notices agree with each other and with the code that reads them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from charters.journal import audit
from charters.permissions import MAY
from ticketing import steps
from ticketing.model import Kind, Step
from ticketing.tickets import desk
from ticketing.web.tickets import steps as step_pages

ROOT = Path(__file__).parents[3]
#: Entries that no step of the page makes: the opening, the effect of a clarified agreement, what hung on who left,
#: what the program does by the rule of a party, what the référents say of a contest.
WITHOUT_STEP = {
    Kind.OPENED,
    steps.REROUTED,
    steps.ANSWERED,
    steps.UNANSWERED,
    Kind.RELEASED,
    Kind.RETURNED,
    Kind.REMINDED,
    Kind.ALERTED,
    Kind.REFEREED,
    Kind.RULED,
    Kind.UNSETTLED,
}
#: Steps whose form has no field: a button is enough.
BUTTONS = {Step.TAKE_CHARGE, Step.RESUME, Step.CONFIRM, Step.UNFOLLOW}


@pytest.mark.parametrize("step", Step)
def test_every_step_has_its_action_and_its_entries(step):
    line = steps.STEPS[step]
    assert any(line.action in actions for actions in MAY.values()), "nobody may take it"
    assert line.entries
    assert bool(line.slug) == bool(line.label) == bool(line.done)
    assert line.slug or step in (Step.NOTE, Step.ATTACH), "it has no form"


@pytest.mark.parametrize("step", [step for step in Step if steps.STEPS[step].slug])
def test_every_step_with_a_form_is_called_at_the_desk_and_has_its_fields(step):
    page = step_pages.STEPS[steps.STEPS[step].slug]
    assert page.name == step.value == next(name for name, slug in step_pages.SLUGS.items() if slug == page.slug)
    assert re.search(rf"\bdesk\.{step.value}\(", inspect.getsource(page.act))
    assert callable(getattr(desk, step.value))
    if step is Step.COMMENT:
        form = (ROOT / "templates/tickets/answer.html").read_text("utf-8")
        assert 'slugs["comment"]' in form
    elif step not in BUTTONS:
        pieces = (ROOT / "templates/tickets/pieces.html").read_text("utf-8")
        assert f"{{% macro {step.value}(typed, errors, data) %}}" in pieces


def test_no_two_steps_share_an_address():
    slugs = [line.slug for line in steps.STEPS.values() if line.slug]
    assert len(slugs) == len(set(slugs)) == len(step_pages.STEPS)


@pytest.mark.parametrize("name", [*Kind, steps.REROUTED, steps.ANSWERED, steps.UNANSWERED])
def test_every_entry_has_its_look_and_its_journal_label(name):
    line = steps.ENTRIES[name]
    assert line.title and line.look in ("comment", "note", "state", "decision", "other")
    assert audit.LABELS[steps.journal_event(name)] == line.journal != ""
    assert name in WITHOUT_STEP or any(name in step.entries for step in steps.STEPS.values()), "no step leaves it"


def test_looks_that_are_drawn_otherwise_are_in_the_style_sheet():
    sheet = (ROOT / "ticketing/static/css/30-ui.css").read_text("utf-8")
    for look in ("comment", "note", "decision"):
        assert f".event-{look}" in sheet


def test_no_entry_is_declared_that_is_no_kind():
    assert set(steps.ENTRIES) == {*Kind, steps.REROUTED, steps.ANSWERED, steps.UNANSWERED}
    assert set(steps.STEPS) == set(Step)


def test_every_notice_has_its_recipients_and_its_words():
    called_for = {line.notice for line in steps.ENTRIES.values() if line.notice}
    assert not called_for & (steps.ON_MAILS | steps.ON_VISITS | steps.ON_MENTIONS)
    assert (
        called_for | steps.ON_MAILS | steps.ON_VISITS | steps.ON_MENTIONS
        == set(steps.NOTICES)
        == {path.stem for path in (ROOT / "templates/mail/notices").glob("*.txt")}
    )


def test_a_notice_goes_to_recipients_that_the_mail_room_knows():
    assert {who for targets in steps.NOTICES.values() for who in targets} == {
        "requester",
        "people",
        "assignee",
        "author",
        "referent",
        "named",
        "referees",
    }
    assert [name for name, targets in steps.NOTICES.items() if not targets] == ["answered"]


def test_an_entry_that_a_clarified_agreement_leaves_has_a_name_of_its_own():
    assert steps.entry_name(Kind.DECISION, {"cause": "agreement"}) == "rerouted"
    assert steps.entry_name(Kind.DECISION, {"changes": {}}) == "decision"
    assert steps.entry_name(Kind.DECISION, {"cause": "answered"}) == "answered"
    assert steps.entry_name(Kind.CLOSED, {"cause": "unanswered"}) == "unanswered"
    assert steps.entry_name(Kind.RELEASED, {"cause": "left"}) == "released"


def test_what_the_figures_count_and_what_may_be_masked():
    assert {"comment", "taken", "question", "held", "resolved"} == steps.ANSWERS
    assert {"resolved", "closed", "confirmed", "withdrawn", "duplicate"} == steps.ENDS
    wordless = {
        "opened",
        "taken",
        "assigned",
        "released",
        "returned",
        "resumed",
        "confirmed",
        "shared",
        "masked",
        "detached",
        "split",
        "reminded",  # the program's own words, as the next
        "alerted",
    }
    assert set(Kind) - steps.MASKABLE == wordless
