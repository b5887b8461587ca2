"""The ticket of the tests of the bench."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ticketing.model import Draft, Facts
from ticketing.tickets import desk


@pytest.fixture
def number(any_app: Any, actor_as: Any) -> int:
    """Open a ticket of Desaix that the first Département holds; its title looks like a place that words fill in."""
    draft = Draft(
        title="Panne {moi}",
        body="Rien.",
        etablissement="desaix-tarbes",
        service="equipement-bureautique",
        activity="mco",
        facts=Facts(user_category="professeurs", acquired_by="departement"),
    )
    with any_app.app_context():
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC) - timedelta(days=2))
