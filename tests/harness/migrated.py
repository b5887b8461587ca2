"""The shipped migrations, run once a process on SQLite: their sixty steps took a second for each empty database.

`tests/integration/ticketing/operation/test_migrations.py` runs them step by step, from databases that are not empty.
"""

from __future__ import annotations

import sqlite3

from ticketing.operation import schema

_KEPT: list[sqlite3.Connection] = []


def once() -> None:
    """Make `schema.upgrade` copy into an empty SQLite database what the migrations made of the first one."""
    migrate = schema.upgrade

    def upgrade(revision: str = "head") -> None:
        from charters.database import db

        if db.engine.dialect.name != "sqlite" or revision not in ("head", schema.newest()) or not _is_empty():
            migrate(revision)
        elif _KEPT:
            _copy(into_the_current_one=True)
        else:
            migrate(revision)
            _KEPT.append(sqlite3.connect(":memory:", check_same_thread=False))
            _copy(into_the_current_one=False)

    schema.upgrade = upgrade


def _is_empty() -> bool:
    from charters.database import db

    with db.engine.connect() as connection:
        return not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()


def _copy(*, into_the_current_one: bool) -> None:
    from charters.database import db

    raw = db.engine.raw_connection()
    try:
        current = raw.driver_connection
        assert isinstance(current, sqlite3.Connection)
        if into_the_current_one:
            _KEPT[0].backup(current)
        else:
            current.backup(_KEPT[0])
    finally:
        raw.close()
