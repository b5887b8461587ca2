"""Fixtures of the tests of the pages of tickets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ticketing.model import Caller, Draft, Facts
from ticketing.tickets import desk


@pytest.fixture
def opened(request: pytest.FixtureRequest, actor_as: Callable[[str], Any]) -> Callable[..., int]:
    """Return `opened(sigle, category, title, body)`: the number of a ticket of that person's collège, two hours old.

    The département holds it (professeurs), or the académie (equipe-gestion); without a category an answer is lacking.
    """
    app = request.getfixturevalue("any_app" if "any_app" in request.fixturenames else "app")

    def make(
        sigle: str = "c11.cmi",
        category: str | None = "professeurs",
        title: str = "Poste en panne",
        body: str = "Il ne démarre plus.",
    ) -> int:
        with app.app_context():
            actor = actor_as(sigle)
            draft = Draft(
                title=title,
                body=body,
                etablissement=actor.mandate.scope_id,
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category=category),
                caller=Caller(actor.name) if sigle == "c11.chef" else None,
            )
            return desk.open_ticket(actor, draft, [], datetime.now(UTC) - timedelta(hours=2))

    return make
