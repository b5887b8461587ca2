"""Fresh databases, quickly: migrated once a session, with and without the cast, then copied for each test."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

#: fill(url, with_cast) migrates the empty database at `url`, plays the cast in, and gives its people.
Fill = Callable[[str, bool], dict[str, Any]]


class Engine(Protocol):
    def fresh(self, folder: Path, with_cast: bool) -> tuple[str, dict[str, Any]]:
        """A database of its own for one test: its URL, and the people in it (empty without the cast)."""


class SQLite:
    def __init__(self, folder: Path, fill: Fill) -> None:
        self._folder, self._fill = folder, fill
        self._templates: dict[bool, tuple[Path, dict[str, Any]]] = {}

    def fresh(self, folder: Path, with_cast: bool) -> tuple[str, dict[str, Any]]:
        template, people = self._template(with_cast)
        copy = folder / "guichet.db"
        shutil.copyfile(template, copy)
        return f"sqlite:///{copy}", people

    def _template(self, with_cast: bool) -> tuple[Path, dict[str, Any]]:
        if with_cast not in self._templates:
            path = self._folder / f"template-{int(with_cast)}.db"
            people = self._fill(f"sqlite:///{path}", with_cast)
            with sqlite3.connect(path) as connection:  # fold the write-ahead log in, so that one file is all
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            self._templates[with_cast] = path, people
        return self._templates[with_cast]


class PostgreSQL:
    def __init__(self, url: str, fill: Fill) -> None:
        self._url, self._fill = url, fill
        self._templates: dict[bool, tuple[str, dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._last: str | None = None

    def fresh(self, folder: Path, with_cast: bool) -> tuple[str, dict[str, Any]]:
        template, people = self._template(with_cast)
        if self._last is not None:  # hundreds of databases would fill the disk, and take a minute to remove
            self._execute(f'DROP DATABASE "{self._last}" WITH (FORCE)')
        name = self._last = f"test_{next(self._numbers)}"
        self._create(name, template)
        return self._url.format(name=name), people

    def _template(self, with_cast: bool) -> tuple[str, dict[str, Any]]:
        if with_cast not in self._templates:
            name = f"filled_{int(with_cast)}"
            self._create(name, "template0")
            self._templates[with_cast] = name, self._fill(self._url.format(name=name), with_cast)
        return self._templates[with_cast]

    def _create(self, name: str, template: str) -> None:
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def _execute(self, statement: str) -> None:
        import psycopg

        url = self._url.format(name="postgres").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]
