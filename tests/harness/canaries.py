"""Looking for words everywhere: every column of every table, the index, the database's own file, the folder of data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from charters.database import db


def everywhere(data: Path) -> Iterator[tuple[str, str]]:
    """(where, what is there): rows decoded, index, raw database file, names and contents of files."""
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
    """Every row of every table, the index's own tables included, as text."""
    with db.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                yield table, " ".join(_said(value) for value in row)


def rows_of(app: Any, leaving: set[str]) -> Iterator[tuple[str, str]]:
    """As `rows`, in a context of `app`, but the tables of `leaving`."""
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
    """The words that are still somewhere, each with the places; without regard to case.

    `leaving_out`: tables that forget by other limits (the journal), and with them the database's raw file.

    SQLite's index keeps of a term only what differs from the one before it: there, the middle of a canary is enough.
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
