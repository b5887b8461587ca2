"""A database is copied into another, on either engine; a stopped copy goes on; nothing else is written over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.commands import command
from sqlalchemy import create_engine, inspect, text

from charters.database import db
from ticketing.backups import copying, rows
from ticketing.operation import maintenance
from ticketing.tickets import desk

NOW = datetime(2026, 11, 18, 2, 30, tzinfo=UTC)


@pytest.fixture
def resting(any_app: Any, settings: Any, actor_as: Any, draft: Any, upload: Any) -> Iterator[Any]:
    """An installation with three tickets and a file, stopped for maintenance."""
    with any_app.app_context():
        actor = actor_as("c11.cmi")
        for number in range(3):
            asked = draft(title=f"Imprimante {number}", body="« à l’œil nu »")
            desk.open_ticket(actor, asked, [upload()], NOW - timedelta(days=1))
        db.session.remove()
    maintenance.stop(settings.data_dir, until=None, words="", now=NOW)
    yield settings


def everything(url: str) -> dict[str, tuple[int, str]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {table.name: rows.fingerprint(connection, table) for table in rows.tables(connection)}
    engine.dispose()
    return found


@pytest.mark.parametrize("engine_of_copy", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_every_row_arrives_on_either_engine_and_a_second_copy_is_refused(
    resting: Any, tmp_path: Path, engine_of_copy: str, request: pytest.FixtureRequest
) -> None:
    target = f"sqlite:///{tmp_path}/copie.db"
    if engine_of_copy == "postgresql":
        target = request.getfixturevalue("postgresql_databases").empty("copied")
    guichet, source = command(resting), resting.database_url
    done = guichet("db", "copy", source, target)
    assert done.exit_code == 0, done.output
    assert everything(target) == everything(source)
    again = guichet("db", "copy", source, target)
    assert again.exit_code == 1 and "n’est pas vide" in again.output
    there = create_engine(target)
    with there.begin() as connection:
        assert copying.MARK not in inspect(connection).get_table_names()
        largest = connection.execute(text("SELECT max(number) FROM ticket")).scalar()
        counter = "SELECT seq FROM sqlite_sequence WHERE name = 'ticket'"
        if engine_of_copy == "postgresql":
            counter = "SELECT nextval(pg_get_serial_sequence('ticket', 'number')) - 1"
        assert connection.execute(text(counter)).scalar() == largest
    there.dispose()


def test_a_copy_that_was_stopped_goes_on_after_the_last_row(
    resting: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, source, guichet = f"sqlite:///{tmp_path}/copie.db", resting.database_url, command(resting)
    monkeypatch.setattr(rows, "AT_A_TIME", 2)
    fill, filled = rows.fill, []

    def cut(connection: Any, table: Any, columns: Any, batches: Any) -> int:
        filled.append(table.name)
        if filled.count("ticket") == 2:
            raise KeyboardInterrupt
        return fill(connection, table, columns, batches)

    monkeypatch.setattr(rows, "fill", cut)
    assert guichet("db", "copy", source, target).exit_code != 0
    monkeypatch.setattr(rows, "fill", fill)
    done = guichet("db", "copy", source, target)
    assert done.exit_code == 0 and everything(target) == everything(source), done.output
    assert "dont 0 d’un essai" not in done.output


def test_it_asks_that_guichet_rests_and_sees_what_changed_meanwhile(
    resting: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, source, guichet = f"sqlite:///{tmp_path}/copie.db", resting.database_url, command(resting)
    fill = rows.fill

    def cut(connection: Any, table: Any, columns: Any, batches: Any) -> int:
        if table.name == "ticket":
            raise KeyboardInterrupt
        return fill(connection, table, columns, batches)

    monkeypatch.setattr(rows, "fill", cut)
    guichet("db", "copy", source, target)
    monkeypatch.setattr(rows, "fill", fill)
    changed = create_engine(source)
    with changed.begin() as connection:
        connection.execute(text("UPDATE account SET company = 'autre' WHERE id = 1"))
    changed.dispose()
    refused = guichet("db", "copy", source, target)
    assert refused.exit_code == 1 and "« account » n’y est pas la même" in refused.output
    maintenance.resume(resting.data_dir)
    refused = guichet("db", "copy", source, target)
    assert refused.exit_code == 1 and "guichet maintenance on" in refused.output


def test_what_is_no_installation_of_this_version_is_refused(resting: Any, tmp_path: Path) -> None:
    target, guichet = f"sqlite:///{tmp_path}/copie.db", command(resting)
    empty = guichet("db", "copy", f"sqlite:///{tmp_path}/vide.db", target)
    assert empty.exit_code == 1 and "est vide" in empty.output
    older = create_engine(resting.database_url)
    with older.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001_access'"))
    older.dispose()
    refused = guichet("db", "copy", resting.database_url, target)
    assert refused.exit_code == 1 and "0001_access" in refused.output
