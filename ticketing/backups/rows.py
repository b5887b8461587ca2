"""The rows of every table of a database as lines of JSON that do not depend on the engine, and back.

Tables are read from the database itself, not from the program's models: whatever a migration made is there, and a file
written by an older version is brought back at that version's migration, then upgraded. A line is a row: a JSON list in
the order of the columns. Instants are in UTC, bytes in base64. The full-text index is no part of it: it is made again
from the tickets.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, MetaData, Table, func, inspect, select, text, types

#: What is no table of ours: the migrations' own mark, the full-text index and what SQLite keeps beside it.
_NOT_OURS = ("alembic_version", "ticket_search", "sqlite_", "guichet_copy")
#: The last number that a sequence of PostgreSQL gave, by its name as `pg_get_serial_sequence` writes it.
_LAST = text(
    "SELECT last_value FROM pg_sequences "
    "WHERE to_regclass(format('%I.%I', schemaname, sequencename)) = CAST(:name AS regclass)"
)
#: How many rows are read from the database, or written to it, at a time.
AT_A_TIME = 1_000


class UnknownRows(Exception):
    """The rows of a file do not fit the tables of this database; the message says which, in French."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How the values of a column are written in JSON, and read back; None stays None both ways."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def tables(connection: Connection) -> list[Table]:
    """Return the tables of a database, those that others refer to first."""
    found: list[Table] = []
    metadata = MetaData()
    for name, _ in inspect(connection).get_sorted_table_and_fkc_names():
        if name is None or name.startswith(_NOT_OURS):
            continue
        table = Table(name, metadata, autoload_with=connection, resolve_fks=False)
        for column in table.columns:
            if isinstance(column.type, types.JSON):
                column.type = types.JSON(none_as_null=True)
        found.append(table)
    return found


def lines(connection: Connection, table: Table, *, after: int | None = None) -> Iterator[list[str]]:
    """Yield the rows of a table as lines, in the order of its key, at most `AT_A_TIME` in a list.

    `after` begins after this key, in a table that the database numbers. The order is the same on every engine.
    """
    writers = [_codec(column, connection.dialect.name).write for column in table.columns]
    asked = select(table).order_by(*_ordering(connection, table))
    key = counted(table)
    if after is not None and key is not None:
        asked = asked.where(key > after)
    result = connection.execution_options(stream_results=True, yield_per=AT_A_TIME).execute(asked)
    for rows in result.partitions(AT_A_TIME):
        yield [
            json.dumps(
                [None if value is None else write(value) for write, value in zip(writers, row, strict=True)],
                ensure_ascii=False,
                separators=(",", ":"),
                sort_keys=True,
            )
            for row in rows
        ]


def _ordering(connection: Connection, table: Table) -> list[ColumnElement[Any]]:
    """The columns that order a table; PostgreSQL orders words by bytes, as SQLite does, whatever its own language."""
    by_bytes = connection.dialect.name != "sqlite"
    return [
        column.collate("C") if by_bytes and isinstance(column.type, types.String) else column
        for column in table.primary_key.columns or table.columns
    ]


def fingerprint(connection: Connection, table: Table) -> tuple[int, str]:
    """Return how many rows a table holds and the SHA-256 of its lines."""
    seen = Fingerprint()
    for batch in lines(connection, table):
        seen.add(batch)
    return seen.rows, seen.sha256


class Fingerprint:
    """Counts lines, and hashes them in their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, batch: Iterable[str]) -> None:
        """Add lines."""
        for line in batch:
            self.rows += 1
            self._hash.update(line.encode())
            self._hash.update(b"\n")

    @property
    def sha256(self) -> str:
        """The hash of all lines so far."""
        return self._hash.hexdigest()


def fill(connection: Connection, table: Table, columns: Sequence[str], batches: Iterable[Sequence[str]]) -> int:
    """Write lines into an empty table and return how many. `columns` are those of the lines, in their order.

    Raises UnknownRows where they are not those of the table.
    """
    if sorted(columns) != sorted(table.columns.keys()):
        raise UnknownRows(f"la table « {table.name} » n’a pas les colonnes de la sauvegarde")
    readers = [(name, _codec(table.columns[name], connection.dialect.name).read) for name in columns]
    done = 0
    for batch in batches:
        rows = [
            {name: None if value is None else read(value) for (name, read), value in zip(readers, values, strict=True)}
            for values in map(json.loads, batch)
        ]
        if rows:
            connection.execute(table.insert(), rows)
        done += len(rows)
    return done


def empty(connection: Connection, found: Sequence[Table]) -> None:
    """Delete the rows that the migrations themselves put in the tables of a new database."""
    for table in reversed(found):
        if connection.execute(select(table).limit(1)).first() is not None:
            connection.execute(table.delete())


def last_numbers(connection: Connection, found: Sequence[Table]) -> dict[str, int]:
    """Return the last number that each counter gave, by table: a number is never given twice, even after deletions."""
    if connection.dialect.name == "sqlite":
        if "sqlite_sequence" not in _sqlite_tables(connection):
            return {}
        rows = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        return {name: int(seq) for name, seq in rows if not name.startswith(_NOT_OURS)}
    numbers = {}
    for table in found:
        sequence = _sequence(connection, table)
        if sequence is not None:
            last = connection.execute(_LAST, {"name": sequence}).scalar()
            if last is not None:
                numbers[table.name] = int(last)
    return numbers


def set_numbers(connection: Connection, found: Sequence[Table], numbers: dict[str, int]) -> None:
    """Make each counter go on after the number it had given, and after the largest key of its table."""
    for table in found:
        key = counted(table)
        if key is None:
            continue
        largest = max(numbers.get(table.name, 0), connection.execute(select(func.max(key))).scalar() or 0)
        if connection.dialect.name == "sqlite":
            if table.name in numbers:
                connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
                connection.execute(
                    text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"),
                    {"name": table.name, "seq": largest},
                )
        elif largest and (sequence := _sequence(connection, table)) is not None:
            connection.execute(
                text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": sequence, "last": largest}
            )


def _sqlite_tables(connection: Connection) -> set[str]:
    return set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())


def counted(table: Table) -> Column[Any] | None:
    """Return the key of a table that the database numbers by itself, if it has one."""
    keys = list(table.primary_key.columns)
    return keys[0] if len(keys) == 1 and isinstance(keys[0].type, types.Integer) else None


def _sequence(connection: Connection, table: Table) -> str | None:
    key = counted(table)
    if key is None:
        return None
    asked = text("SELECT pg_get_serial_sequence(:table, :column)")
    found: str | None = connection.execute(asked, {"table": f'"{table.name}"', "column": key.name}).scalar()
    return found


def _codec(column: Column[Any], dialect: str) -> Codec:
    kind = column.type
    if isinstance(kind, types.DateTime):
        return Codec(_instant, _naive if dialect == "sqlite" else datetime.fromisoformat)
    if isinstance(kind, types.Date):
        return Codec(date.isoformat, date.fromisoformat)
    if isinstance(kind, types.LargeBinary):
        return Codec(lambda value: base64.b64encode(value).decode(), base64.b64decode)
    if isinstance(kind, types.Boolean):
        return Codec(bool, bool)
    return Codec(_same, _same)


def _instant(value: datetime) -> str:
    return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()


def _naive(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)


def _same(value: Any) -> Any:
    return value
