"""Search for words in every column of every table, the index, the database's file and the data folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from charters.database import db


def everywhere(data: Path) -> Iterator[tuple[str, str]]:
    """(place, content) of decoded rows, the index, the raw database file, and names and contents of files."""
    yield from rows()
    if db.engine.dialect.name == "sqlite":
        path = Path(str(db.engine.url.database))
        for file in (path, path.with_name(f"{path.name}-wal")):
            if file.exists():
                yield file.name, file.read_bytes().decode("utf-8", "replace")
    for file in data.rglob("*"):
        if file.is_file() and not file.name.startswith("guichet.db"):
            yield f"file {file.name}", file.name + "\n" + file.read_bytes().decode("utf-8", "replace")


def rows() -> Iterator[tuple[str, str]]:
    """(place, text) of every row of every table, including the index's own tables."""
    with db.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                yield table, " ".join(_said(value) for value in row)


def rows_of(app: Any, leaving: set[str]) -> Iterator[tuple[str, str]]:
    """The result of `rows` in a context of `app`, without the tables of `leaving`."""
    with app.app_context():
        yield from [row for row in rows() if row[0] not in leaving]


def _said(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, str) and "\\u" in value:
        try:
            return json.dumps(json.loads(value), ensure_ascii=False)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)


def found(
    words: Iterator[str] | list[str] | set[str], data: Path, leaving_out: set[str] | frozenset[str] = frozenset()
) -> dict[str, list[str]]:
    """The words that are still somewhere, each with its places; case is ignored.

    `leaving_out`: tables with other retention limits (the journal); the database's raw file is then left out too.

    SQLite's index stores only the part of a term that differs from the previous one, so there the middle of a canary
    is enough.
    """
    places: dict[str, list[str]] = {}
    wanted = {word.lower(): word.lower()[3:9] if len(word) == 12 else word.lower() for word in words}
    for where, said in everywhere(data):
        if where in leaving_out or (leaving_out and where.startswith("guichet.db")):
            continue
        low, compressed = said.lower(), where.startswith(("ticket_search_", "guichet.db"))
        for word, middle in wanted.items():
            if (middle if compressed else word) in low:
                places.setdefault(word, []).append(where)
    return places
