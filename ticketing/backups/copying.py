"""Copy an installation's database into another one, on the same engine or the other, and compare them row by row.

A copy that was stopped is resumed by the same command: tables that the database numbers go on after the last row that
arrived, the others begin again. The source must rest meanwhile, so the command asks that Guichet be stopped. Files are
not copied: they stay where they are, or are copied by the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, create_engine, func, inspect, select, text

from charters.database import db
from ticketing.backups import rows
from ticketing.operation import schema

#: The mark of a copy under way, in the target; it names the migration.
MARK = "guichet_copy"


class CopyRefused(Exception):
    """The database cannot be copied there; the message says why and what to do, in French."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: tables, rows in all, and rows that an earlier attempt had already copied."""

    tables: int
    rows: int
    resumed: int


def copy(source: str, *, index: Callable[[], int], tell: Callable[[str, int], None]) -> Copied:
    """Copy the database at the URL `source` into that of the current application.

    `index` makes the full-text index again; `tell(table, rows)` is called as each table is whole. Raises CopyRefused
    where the source is at another migration than this program, the target holds something else than such a copy, or
    the two differ at the end; UnknownRows where their tables do.
    """
    with _snapshot(source) as reading:
        _prepare(_revision(reading))
        total = resumed = 0
        found = rows.tables(reading)
        targets = _targets()
        for table in found:
            there = _fill(reading, table, targets[table.name])
            copied = _compare(reading, table, targets[table.name])
            total, resumed = total + copied, resumed + there
            tell(table.name, copied)
        with db.engine.begin() as writing:
            rows.set_numbers(writing, list(targets.values()), rows.last_numbers(reading, found))
    index()
    with db.engine.begin() as writing:
        writing.execute(text(f"DROP TABLE {MARK}"))
    return Copied(len(found), total, resumed)


@contextmanager
def _snapshot(url: str) -> Iterator[Connection]:
    """One unchanging view of the source, from its first row to the last comparison."""
    engine: Engine = create_engine(url)
    try:
        if engine.dialect.name != "sqlite":
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def _revision(reading: Connection) -> str:
    if not inspect(reading).has_table("alembic_version"):
        raise CopyRefused("la base à copier est vide, ou n’est pas celle de Guichet")
    found = str(reading.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if found != schema.newest():
        raise CopyRefused(
            f"la base à copier est à la migration {found}, ce programme veut la {schema.newest()} : amenez-l’y d’abord"
        )
    return found


def _prepare(revision: str) -> None:
    """Make the tables of the target, empty, and mark it; a target that is marked is a copy to go on with."""
    present = inspect(db.engine).get_table_names()
    if MARK in present:
        with db.engine.begin() as writing:
            marked = writing.execute(text(f"SELECT revision FROM {MARK}")).scalar()  # noqa: S608 (a constant)
        if marked != revision:
            raise CopyRefused("une copie d’une autre version y est commencée : donnez une base vide")
        return
    if present:
        raise CopyRefused("la base où copier n’est pas vide : donnez-en une neuve, et gardez celle-ci")
    schema.upgrade(revision)
    with db.engine.begin() as writing:
        rows.empty(writing, rows.tables(writing))
        writing.execute(text(f"CREATE TABLE {MARK} (revision VARCHAR(80) NOT NULL)"))
        writing.execute(text(f"INSERT INTO {MARK} (revision) VALUES (:revision)"), {"revision": revision})  # noqa: S608


def _targets() -> dict[str, Table]:
    with db.engine.connect() as connection:
        return {table.name: table for table in rows.tables(connection)}


def _fill(reading: Connection, table: Table, target: Table) -> int:
    """Write the rows that the target lacks, and return how many an earlier attempt had written."""
    with db.engine.connect() as connection:
        there = connection.execute(select(func.count()).select_from(target)).scalar() or 0
        last = _last(connection, target) if there else None
    if there and last is None:
        whole = reading.execute(select(func.count()).select_from(table)).scalar()
        if there == whole:
            return there
        raise CopyRefused(f"la table « {table.name} » y est à moitié : donnez une base vide")
    batches = rows.lines(reading, table, after=last)
    if rows.counted(table) is None:  # in one transaction: there is no last row to go on after
        with db.engine.begin() as writing:
            rows.fill(writing, target, table.columns.keys(), batches)
        return 0
    for batch in batches:
        with db.engine.begin() as writing:
            rows.fill(writing, target, table.columns.keys(), [batch])
    return there


def _last(connection: Connection, table: Table) -> int | None:
    key = rows.counted(table)
    return None if key is None else connection.execute(select(func.max(key))).scalar()


def _compare(reading: Connection, table: Table, target: Table) -> int:
    """Compare every row of a table with its copy, and return how many there are."""
    expected = rows.fingerprint(reading, table)
    with db.engine.connect() as connection:
        if rows.fingerprint(connection, target) != expected:
            raise CopyRefused(
                f"la table « {table.name} » n’y est pas la même : la base a changé depuis le début de la copie. "
                "Arrêtez Guichet, et recommencez dans une base vide"
            )
    return expected[0]
