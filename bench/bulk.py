"""Bulk inserts: rows go through the columns' conversions and then directly to the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Table

from charters.database import db

_Get = Callable[[Mapping[str, Any]], Any]


def insert(table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows (column name -> value) in the current transaction; a column that a row omits gets its default."""
    connection = db.session.connection()
    statement, getters = _prepared(table, connection.dialect)
    cursor = connection.connection.cursor()
    cursor.executemany(statement, [[get(row) for get in getters] for row in rows])
    cursor.close()


@lru_cache(maxsize=64)
def _prepared(table: Table, dialect: Dialect) -> tuple[str, tuple[_Get, ...]]:
    mark = "?" if dialect.name == "sqlite" else "%s"
    # The database chooses an id that no row gives, and the values that the schema alone says.
    columns = [column for column in table.columns if not _drawn(table, column)]
    names = ", ".join(f'"{column.name}"' for column in columns)
    marks = ", ".join([mark] * len(columns))
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', tuple(_getter(one, dialect) for one in columns)


def _drawn(table: Table, column: Any) -> bool:
    if column.server_default is not None and column.default is None:
        return True
    return bool(table.name in ("notice", "signature") and column.name == "id")


def _getter(column: Any, dialect: Dialect) -> _Get:
    name = column.name
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    default = column.default.arg if column.default is not None and column.default.is_scalar else None
    if process is None:
        return lambda row: row.get(name, default)
    return lambda row: process(row.get(name, default))
