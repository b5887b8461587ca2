"""Who is written to about each event: the requester, the person in charge, or those who work for the holder."""

from __future__ import annotations

from typing import Any

import pytest

from ticketing.mail.outbox import Recipients, recipients_of
from ticketing.mail.wording import Happening

CMI, CHEF, ACADEMIE = ("cmi",), ("chef",), ("technicien-academie",)
DEPARTEMENT = ("technicien-departement", "referent")


def about(kind: str, *, author: int | None = 9, by_holder: bool = False, **ticket: Any) -> Recipients:
    """The recipients of an event of a ticket that account 1 opened and the département holds."""
    values = {
        "opened_by": 1,
        "assignee_id": None,
        "holder_organisation": "d1",
        "etablissement": "c11",
        "academie": "aca",
        "confidential": False,
        "number": 0,
    }
    return recipients_of(Happening(values | ticket, 5, kind, "", "", author, by_holder, ""))


def told(*values: Any, **more: Any) -> Recipients:
    """The recipients where the requester is written to: if the requester left the collège, its people are."""
    return Recipients(*values, **({"place": "c11", "instead": CMI + CHEF} | more))


def test_of_an_opening_the_requester_gets_a_receipt_and_nobody_is_left_out() -> None:
    assert about("opened", author=1) == told(1, None, "d1", DEPARTEMENT, 0)


@pytest.mark.parametrize(
    ("ticket", "scope", "roles"),
    [
        ({}, "d1", DEPARTEMENT),
        ({"holder_organisation": "aca"}, "aca", ACADEMIE),
        ({"holder_organisation": "c11"}, "c11", CMI),
        ({"holder_organisation": "c11", "confidential": True}, "c11", CHEF),
        ({"confidential": True}, "d1", DEPARTEMENT),
    ],
)
def test_the_people_told_are_those_who_work_for_the_holder(
    ticket: dict[str, Any], scope: str, roles: tuple[str, ...]
) -> None:
    instead = {"instead": CHEF} if ticket.get("confidential") else {}
    assert about("handed_on", **ticket) == told(1, None, scope, roles, 9, **instead)
    assert about("reopened", **ticket) == Recipients(None, None, scope, roles, 9)


@pytest.mark.parametrize(
    ("kind", "watched"),
    [("taken", 12), ("resolved", 12), ("closed", 12), ("question", 0), ("handed_on", 0), ("opened", 0)],
)
def test_who_joined_a_ticket_is_told_of_what_asks_nothing(kind: str, watched: int) -> None:
    assert about(kind, number=12).watched == watched
    assert about("answered", by_holder=True, number=12).watched == 12
    assert about("answered", number=12).watched == 0  # an answer to the holder


@pytest.mark.parametrize("kind", ["handed_on", "contested", "decision", "rerouted", "opened"])
def test_once_a_person_has_it_in_charge_that_person_alone_is_told(kind: str) -> None:
    found = about(kind, assignee_id=4)
    assert (found.requester, found.assignee, found.scope) == (1, 4, "")


def test_an_answer_goes_to_the_other_side() -> None:
    assert about("answered", by_holder=True, assignee_id=4) == told(1, excluded=9)
    assert about("answered", author=1, assignee_id=4) == Recipients(None, 4, excluded=1)
    assert about("answered", author=1) == Recipients(None, None, "d1", DEPARTEMENT, 1)


@pytest.mark.parametrize("kind", ["question", "resolved"])
def test_the_requester_alone_is_asked_and_told_of_a_solution(kind: str) -> None:
    assert about(kind, assignee_id=4) == told(1, excluded=9)


def test_a_closing_is_told_to_the_requester_and_to_the_person_in_charge_if_any() -> None:
    assert about("closed", assignee_id=4) == told(1, 4, excluded=9)
    assert about("closed") == told(1, excluded=9)


def test_an_act_of_the_program_leaves_nobody_out() -> None:
    assert about("closed", author=None).excluded == 0


@pytest.mark.parametrize(
    ("ticket", "scope", "roles"),
    [
        ({}, "d1", DEPARTEMENT),
        ({"holder_organisation": "aca"}, "aca", (*ACADEMIE, "administrateur")),
        ({"holder_organisation": "c11"}, "c11", CMI + CHEF),
        ({"holder_organisation": "c11", "confidential": True}, "c11", CHEF),
    ],
)
def test_what_comes_back_to_the_queue_is_told_to_those_who_find_somebody_too(
    ticket: dict[str, Any], scope: str, roles: tuple[str, ...]
) -> None:
    """The requester need not know; the person who left had perhaps no colleague."""
    assert about("released", author=None, **ticket) == Recipients(None, None, scope, roles, 0)
