"""Run the migrations on the database of the current application, in one transaction on SQLite and PostgreSQL.

SQLite alters a table by copying it. With foreign keys on, dropping the old table would delete the rows that refer to
it, and its triggers would be dropped with it. So foreign keys are off while migrations run (they are switched outside
the transaction, where alone the pragma works), triggers are put back, and every reference is checked before the commit.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import text
from sqlalchemy.engine import Connection

from charters.database import Base, db
from charters.tables import access as access_tables
from charters.tables import campaign as campaign_tables
from charters.tables import keys as key_tables
from charters.tables import personal as personal_tables
from ticketing import tables
from ticketing.articles import tables as article_tables
from ticketing.committees import tables as committee_tables
from ticketing.exchange import tables as exchange_tables
from ticketing.figures import tables as figure_tables
from ticketing.figures.facts import tables as fact_tables
from ticketing.in_force import tables as amendment_tables
from ticketing.interruptions import tables as interruption_tables
from ticketing.obligations import tables as obligation_tables
from ticketing.oversight import tables as oversight_tables
from ticketing.presets import tables as preset_tables
from ticketing.workbench import tables as workbench_tables

#: Modules whose import fills the metadata that the database is compared with.
ROOMS = (
    access_tables,
    key_tables,
    personal_tables,
    campaign_tables,
    tables,
    article_tables,
    committee_tables,
    exchange_tables,
    figure_tables,
    fact_tables,
    amendment_tables,
    interruption_tables,
    oversight_tables,
    obligation_tables,
    preset_tables,
    workbench_tables,
)

#: The advisory lock of PostgreSQL by which two simultaneous starts migrate one after the other.
LOCK = 0x6715_C4E7


def include_object(entity: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Exclude the full-text index from comparisons: its tables are created by hand, not mapped."""
    return not (kind == "table" and name is not None and name.startswith("ticket_search"))


def run() -> None:
    """Run the migrations in a transaction."""
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            _pragma(connection, "foreign_keys = OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                include_object=include_object,
                compare_type=True,
                render_as_batch=sqlite,
                transactional_ddl=True,
            )
            with context.begin_transaction():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                triggers = _triggers(connection) if sqlite else {}
                context.run_migrations()
                if sqlite:
                    _put_back(connection, triggers)
                    _check_references(connection)
        finally:
            if sqlite:
                _pragma(connection, "foreign_keys = ON")


def _pragma(connection: Connection, pragma: str) -> None:
    """Run a pragma on the driver's own connection; through SQLAlchemy it would open a transaction first."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _triggers(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return the triggers of the database: name -> (table, SQL)."""
    rows = connection.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {name: (table, sql) for name, table, sql in rows}


def _put_back(connection: Connection, before: dict[str, tuple[str, str]]) -> None:
    """Create again the triggers that were dropped when a table was copied, where the table still exists."""
    now = _triggers(connection)
    tables = {name for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))}
    for name, (table, sql) in before.items():
        if name not in now and table in tables:
            connection.exec_driver_sql(sql)


def _check_references(connection: Connection) -> None:
    broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
    if broken:
        raise RuntimeError(f"migration refusée : {len(broken)} références rompues, la première : {tuple(broken[0])}")


run()
