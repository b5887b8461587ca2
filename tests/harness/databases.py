"""Fresh databases for tests: migrated once a run (empty, with the cast, or seeded), then copied for each test."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

#: fill(url, holding) migrates the empty database at `url`, fills it as `holding` says (empty, « cast », « seeded »),
#: and returns what it added: the people of the cast, or the seeded data.
Fill = Callable[[str, str], dict[str, Any]]


class Engine(Protocol):
    folder: Path  # where `fill` puts its files

    def fresh(self, folder: Path, holding: str) -> tuple[str, dict[str, Any]]:
        """A separate database for one test: (URL, what `fill` added, empty for an empty database)."""


class SQLite:
    def __init__(self, folder: Path, fill: Fill) -> None:
        self.folder, self._fill = folder, fill
        self._templates: dict[str, tuple[Path, dict[str, Any]]] = {}

    def fresh(self, folder: Path, holding: str) -> tuple[str, dict[str, Any]]:
        template, people = self._template(holding)
        copy = folder / "guichet.db"
        shutil.copyfile(template, copy)
        return f"sqlite:///{copy}", people

    def _template(self, holding: str) -> tuple[Path, dict[str, Any]]:
        if holding not in self._templates:
            path = self.folder / f"template-{holding}.db"
            people = self._fill(f"sqlite:///{path}", holding)
            with sqlite3.connect(path) as connection:  # empty the write-ahead log, so that one file holds everything
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            self._templates[holding] = path, people
        return self._templates[holding]


class PostgreSQL:
    def __init__(self, url: str, folder: Path, fill: Fill) -> None:
        self._url, self.folder, self._fill = url, folder, fill
        self._templates: dict[str, tuple[str, dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._last: str | None = None

    def fresh(self, folder: Path, holding: str) -> tuple[str, dict[str, Any]]:
        template, people = self._template(holding)
        if self._last is not None:  # hundreds of databases would fill the disk and take a minute to remove
            self._execute(f'DROP DATABASE "{self._last}" WITH (FORCE)')
        name = self._last = f"test_{next(self._numbers)}"
        self._create(name, template)
        return self._url.format(name=name), people

    def empty(self, name: str) -> str:
        """Return the URL of an empty database of this name, which orders words as French does, as an operator's may."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE "fr-FR"')
        return self._url.format(name=name)

    def _template(self, holding: str) -> tuple[str, dict[str, Any]]:
        if holding not in self._templates:
            name = f"filled_{holding}"
            self._create(name, self._template("")[0] if holding else "template0")  # migrated once, then copied
            self._templates[holding] = name, self._fill(self._url.format(name=name), holding)
        return self._templates[holding]

    def _create(self, name: str, template: str) -> None:
        # Copying the files takes half as long as writing each page to a log that nobody keeps.
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')

    def _execute(self, statement: str) -> None:
        import psycopg

        url = self._url.format(name="postgres").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]
