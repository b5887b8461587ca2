"""The fixtures that the tests of tickets share: a draft that routes, and a clock of working hours."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ticketing.model import Draft, Facts, Upload

#: A Tuesday, at 10 h in Paris.
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def draft() -> Callable[..., Draft]:
    """Return a maker of drafts of the CMI of Desaix; by default a broken pedagogical workstation (Département)."""

    def make(**changes: Any) -> Draft:
        values: dict[str, Any] = {
            "title": "Le poste du CDI ne démarre plus",
            "body": "Écran noir depuis ce matin.",
            "etablissement": "desaix-tarbes",
            "service": "equipement-bureautique",
            "activity": "mco",
            "facts": Facts(user_category="cdi", acquired_by="departement"),
        }
        return Draft(**(values | changes))

    return make


@pytest.fixture
def upload() -> Callable[..., Upload]:
    def make(name: str = "note.txt", content: bytes = b"Bonjour.\n") -> Upload:
        return Upload(name, io.BytesIO(content), "application/octet-stream")

    return make


@pytest.fixture
def people(any_app: Any, cast: Any, actor_as: Callable[[str], Any]) -> Any:
    """Return `people("c11.cmi")`, the actor under that mandate; opens the application for the test, on each engine."""
    with any_app.app_context():
        yield actor_as
