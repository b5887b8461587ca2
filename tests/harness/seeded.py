"""The reference data, with canaries everywhere, made once a session and engine: what forgetting is tried on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

#: A Tuesday, 10 h in Paris: when it was made.
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


def fill(settings: Any) -> dict[str, Any]:
    """Seed the migrated database of the current application; gives what was made, as plain values."""
    from sqlalchemy import text

    from charters.database import db, writing
    from ticketing.demo import reference

    if db.engine.dialect.name == "sqlite":  # as in a big index, whose parts are not merged by themselves at once
        with writing() as session:
            session.execute(text("INSERT INTO ticket_search (ticket_search, rank) VALUES ('automerge', 0)"))
            session.execute(text("INSERT INTO ticket_search (ticket_search, rank) VALUES ('crisismerge', 999)"))
    return reference.seed(settings, 11, NOW)
