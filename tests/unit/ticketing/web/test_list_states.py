"""The state of a ticket in a list, in plain words for who reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ticketing.model import HoldReason, State
from ticketing.views import ListRow
from ticketing.web.tickets.listing.states import Reader, confirmable, in_words

COLLEGE = Reader(account=1, scope="desaix-tarbes", of_college=True, may_confirm=True)
HOLDER = Reader(account=2, scope="departement-65", of_college=False, may_work=True, may_take=True)


def row(**given: Any) -> ListRow:
    values: dict[str, Any] = {
        "number": 7,
        "title": "Panne",
        "state": State.NEW,
        "etablissement": "desaix-tarbes",
        "etablissement_name": "Collège Desaix",
        "service": "s",
        "service_label": "S",
        "activity_label": "A",
        "holder_organisation": "departement-65",
        "holder_name": "Département",
        "holder_role": "CL",
        "opened_at": datetime(2026, 1, 1, tzinfo=UTC),
        "due_at": None,
        "late": False,
        "assignee_name": None,
        "needs_info": False,
    }
    return ListRow(**(values | given))


@pytest.mark.parametrize(
    ("given", "for_college", "for_holder"),
    [
        ({}, "Pas encore pris en charge", "À prendre en charge"),
        ({"assignee_id": 2, "assignee_name": "Nadia S."}, "Nadia S. s’en occupe", "Vous vous en occupez"),
        ({"assignee_id": 9, "assignee_name": "Ali B."}, "Ali B. s’en occupe", "Ali B. s’en occupe"),
        (
            {"state": State.ON_HOLD, "hold_reason": HoldReason.REQUESTER, "assignee_id": 2},
            "Attend votre réponse",
            "Attend la réponse du demandeur",
        ),
        (
            {"state": State.ON_HOLD, "hold_reason": HoldReason.REQUESTER, "holder_organisation": "desaix-tarbes"},
            "Attend la réponse du demandeur",
            "Attend la réponse du demandeur",
        ),
        ({"state": State.ON_HOLD, "hold_reason": HoldReason.PART}, "Attend une pièce", "Attend une pièce"),
        ({"state": State.ON_HOLD, "hold_reason": HoldReason.OTHER}, "En attente", "En attente"),
        ({"state": State.ON_HOLD, "hold_reason": None}, "En attente", "En attente"),
        ({"state": State.RESOLVED, "assignee_id": 2}, "Résolu : est-ce réglé ?", "Résolu"),
        ({"state": State.CLOSED, "assignee_id": 2}, "Clos", "Clos"),
    ],
)
def test_the_state_says_what_it_means_for_the_reader(given: Any, for_college: str, for_holder: str) -> None:
    assert (in_words(row(**given), COLLEGE), in_words(row(**given), HOLDER)) == (for_college, for_holder)


def test_only_who_may_take_a_ticket_is_told_that_it_is_to_be_taken() -> None:
    administrator = Reader(account=3, scope=HOLDER.scope, of_college=False)
    assert in_words(row(), administrator) == "Pas encore pris en charge"


def test_only_who_may_confirm_is_asked_whether_it_is_settled() -> None:
    resolved = row(state=State.RESOLVED)
    assert confirmable(resolved, COLLEGE) and not confirmable(resolved, HOLDER)
    assert not confirmable(row(), COLLEGE)
