"""Bring an installation back from a backup, into an empty database and an empty folder of files.

The copy is silent from its first moment (`ticketing.operation.silence`): no mail leaves it until it is released. The
tables are made at the migration of the backup, filled, compared line by line with what the backup says, and then
brought to the migration of this program. The full-text index is made again from the tickets.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, inspect, text

from charters import private_files
from charters.database import db
from ticketing.backups import rows, sealing
from ticketing.backups.archive import CHUNK, BadArchive, Contents, Reader
from ticketing.operation import schema, silence


class RestoreRefused(Exception):
    """The backup cannot be brought back here; the message says why and what to do, in French."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back: when the backup was made, and what it holds."""

    at: str
    contents: Contents


def restore(path: Path, *, data: Path, identity: Path | None, index: Callable[[], int], now: datetime) -> Restored:
    """Bring the backup at `path` back into the current application's database and into the folder `data`.

    `identity` is the file of age's private key, if the backup is encrypted by age. `index` makes the full-text index
    again and returns how many tickets it read. Raises RestoreRefused where the database or the folder holds something,
    or the backup is of a newer program; BadArchive where the backup is damaged; SealingFailed.
    """
    files = data / "files"
    if inspect(db.engine).get_table_names():
        raise RestoreRefused("la base n’est pas vide : restaurez dans une base neuve, et gardez celle-ci")
    if files.is_dir() and any(files.iterdir()):
        raise RestoreRefused(f"le dossier {files} n’est pas vide : restaurez dans un dossier neuf")
    silence.begin(data, now)
    bringing = _Bringing(files)
    with sealing.unsealed(path, identity) as stream:
        contents = Reader(stream).read(bringing.head, bringing.table, bringing.file)
    bringing.end(contents)
    schema.upgrade()
    index()
    return Restored(bringing.at, contents)


class _Bringing:
    """Takes the parts of an archive into the database and the folder, in the archive's order."""

    def __init__(self, files: Path) -> None:
        self.at = ""
        self._files = files
        self._tables: dict[str, Any] = {}

    def head(self, said: dict[str, Any]) -> None:
        """Make the tables of the backup's migration, empty."""
        self.at = str(said["at"])
        if said["revision"] not in schema.known():
            raise RestoreRefused(
                f"la sauvegarde vient d’une version plus récente de Guichet (migration {said['revision']}) : "
                "installez cette version"
            )
        schema.upgrade(said["revision"])
        with db.engine.begin() as connection:
            found = rows.tables(connection)
            rows.empty(connection, found)
        self._tables = {table.name: table for table in found}

    def table(self, name: str, columns: list[str], batches: Iterator[list[str]]) -> None:
        """Fill a table, in one transaction."""
        if name not in self._tables:
            raise BadArchive(f"la sauvegarde contient la table « {name[:60]} », inconnue à sa migration")
        with db.engine.begin() as connection:
            rows.fill(connection, self._tables[name], columns, batches)

    def file(self, name: str, source: IO[bytes]) -> None:
        """Write a file of a ticket."""
        parts = Path(name).parts
        if not parts or Path(name).is_absolute() or ".." in parts:
            raise BadArchive(f"la sauvegarde contient « {name[:80]} », qui n’en est pas")
        target = self._files.joinpath(*parts)
        private_files.folder(target.parent.absolute())
        with open(target, "xb", opener=private_files.opener) as written:
            shutil.copyfileobj(source, written, CHUNK)
            os.fsync(written.fileno())

    def end(self, contents: Contents) -> None:
        """Compare what the database holds now with the backup, line by line, and let its counters go on."""
        with db.engine.begin() as connection:
            found = list(self._tables.values())
            rows.set_numbers(connection, found, contents.numbers)
            for table in found:
                expected = contents.tables.get(table.name, (0, rows.Fingerprint().sha256))
                if rows.fingerprint(connection, table) != tuple(expected):
                    raise BadArchive(f"la table « {table.name} » restaurée n’est pas celle de la sauvegarde")
            _check_references(connection)


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise BadArchive("des lignes restaurées renvoient à d’autres qui manquent")
