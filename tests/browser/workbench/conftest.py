"""The tickets that the tests of the bench work on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ticketing.model import Draft, Facts
from ticketing.tickets import desk


@pytest.fixture
def opened(live: Any, actor_as: Any) -> Callable[[int, int], list[int]]:
    """Return a function: open `count` tickets of Desaix that the first Département holds, an hour apart.

    The oldest comes first, and was opened so many hours ago.
    """

    def open_them(count: int, hours: int) -> list[int]:
        found = []
        with live.app.app_context():
            for index in range(count):
                draft = Draft(
                    title=f"Le poste {index} ne démarre plus",
                    body="Écran noir.",
                    etablissement="desaix-tarbes",
                    service="equipement-bureautique",
                    activity="mco",
                    facts=Facts(user_category="professeurs", acquired_by="departement"),
                )
                at = datetime.now(UTC) - timedelta(hours=hours - index)
                found.append(desk.open_ticket(actor_as("c11.cmi"), draft, [], at))
        return found

    return open_them
