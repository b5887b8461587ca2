"""Why a ticket stands where it does in the queue: each reason that orders it, and no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ticketing.model import State
from ticketing.views import ListRow
from ticketing.web.tickets.listing.why import why

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def row(**changes: Any) -> ListRow:
    values: dict[str, Any] = {
        "number": 7,
        "title": "Panne",
        "state": State.NEW,
        "etablissement": "desaix-tarbes",
        "etablissement_name": "Collège Desaix",
        "service": "ent",
        "service_label": "ENT",
        "activity_label": "Maintenance",
        "holder_organisation": "departement-x",
        "holder_name": "Département",
        "holder_role": "CL",
        "opened_at": NOW - 12 * DAY,
        "due_at": None,
        "late": False,
        "assignee_name": None,
        "needs_info": False,
        "confidential": False,
        "hold_reason": None,
        "version": 1,
        "assignee_id": None,
        "opened_by_name": "Thomas",
        "updated_at": NOW,
        "urgent": "",
    }
    return ListRow(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "news", "said"),
    [
        ({}, "", "ouvert depuis 12 jours"),
        ({"opened_at": NOW - DAY / 2}, "", "ouvert depuis moins d’un jour"),
        ({"opened_at": NOW - 1.5 * DAY}, "", "ouvert depuis un jour"),
        ({"urgent": "Priorité haute"}, "Réponse", "priorité haute, ouvert depuis 12 jours, non lu : réponse"),
        (
            {"due_at": NOW - DAY, "late": True, "urgent": "Priorité critique"},
            "",
            "en retard depuis le 29\xa0nov.\xa02026, priorité critique, ouvert depuis 12 jours",
        ),
        ({"due_at": NOW + DAY}, "", "délai ou engagement au 1er\xa0déc.\xa02026, ouvert depuis 12 jours"),
        ({"state": State.ON_HOLD}, "", "en attente : passe après ce qui peut se faire, ouvert depuis 12 jours"),
        ({"state": State.RESOLVED}, "Réponse", ""),
    ],
)
def test_a_line_says_what_orders_the_queue(changes: dict[str, Any], news: str, said: str) -> None:
    assert why(row(**changes), NOW, news) == said
