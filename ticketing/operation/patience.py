"""How long a web process waits for PostgreSQL: a statement, or a lock, that takes longer is answered by 503.

Jobs and commands wait as long as they need. SQLite has a patience of its own (`charters.database`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event


def limit(engine: Engine, *, statement: int, lock: int) -> None:
    """Bound statements and waits for locks, in seconds, on the connections that `engine` opens from now on."""
    if engine.dialect.name == "sqlite":
        return

    def opened(connection: Any, record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{statement:d}s'; SET lock_timeout = '{lock:d}s'")
        connection.commit()

    event.listen(engine, "connect", opened)
