"""The reference data with canaries everywhere, made once a run and engine, for tests of forgetting."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

#: The time at which the data are made: a Tuesday, 10 h in Paris.
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


def fill(settings: Any) -> dict[str, Any]:
    """Seed the migrated database of the current application. Returns what was made, as plain values."""
    from sqlalchemy import text

    from charters.database import db, writing
    from ticketing.demo import reference

    if db.engine.dialect.name == "sqlite":  # as in a big index, whose parts are not merged at once
        with writing() as session:
            session.execute(text("INSERT INTO ticket_search (ticket_search, rank) VALUES ('automerge', 0)"))
            session.execute(text("INSERT INTO ticket_search (ticket_search, rank) VALUES ('crisismerge', 999)"))
    return reference.seed(settings, 11, NOW)
