"""Test what the page of a ticket says above its thread of what is expected of the reader."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from ticketing.model import Facts, State
from ticketing.views import DecisionView, TicketView
from ticketing.web.tickets.expected import expected

ME, COLLEAGUE = 7, 8


def ticket(**values: Any) -> TicketView:
    """Return a ticket of these values; the others are empty."""
    empty: dict[str, Any] = dict.fromkeys((one.name for one in fields(TicketView)), None)
    decision = DecisionView(status="routed", party="departement", party_name="D", party_role="CL", why="")
    known = {"state": State.NEW, "facts": Facts(), "decision": decision, "events": (), "steps": frozenset()}
    return TicketView(**empty | known | values)


HOLDER = {"take_charge", "hold", "resolve"}


@pytest.mark.parametrize(
    ("values", "holds", "asked", "lacks", "yours", "where"),
    [
        ({"state": State.CLOSED}, True, False, False, False, ""),
        ({"state": State.ON_HOLD}, False, True, False, True, "repondre"),
        ({"state": State.NEW}, False, False, True, True, "preciser"),
        ({"state": State.RESOLVED, "steps": {"confirm"}}, False, False, False, True, "confirm"),
        ({"state": State.RESOLVED}, True, False, False, False, ""),
        ({"state": State.NEW}, False, False, False, False, ""),
        ({"state": State.NEW, "steps": HOLDER}, True, False, False, True, "take_charge"),
        ({"state": State.IN_PROGRESS, "assignee_id": ME, "steps": HOLDER}, True, False, False, True, "agir"),
        ({"state": State.IN_PROGRESS, "assignee_id": ME, "steps": HOLDER}, True, False, True, True, "preciser"),
        ({"state": State.IN_PROGRESS, "assignee_id": COLLEAGUE, "steps": HOLDER}, True, False, False, False, ""),
        (
            {"state": State.ON_HOLD, "hold_reason": "attente-piece", "assignee_id": ME, "steps": {"resume"}},
            True,
            False,
            False,
            False,
            "resume",
        ),
        (
            {"state": State.ON_HOLD, "hold_reason": "attente-demandeur", "assignee_id": ME, "steps": {"resume"}},
            True,
            False,
            False,
            False,
            "",
        ),
    ],
)
def test_the_page_says_what_is_expected_of_its_reader(
    values: dict[str, Any], holds: bool, asked: bool, lacks: bool, yours: bool, where: str
) -> None:
    told = expected(ticket(**values), ME, holds=holds, asked=asked, lacks=lacks)
    assert (told.yours, told.step or told.anchor) == (yours, where)
    assert told.sentence.endswith(".")
