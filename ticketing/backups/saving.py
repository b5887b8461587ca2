"""Write a backup while Guichet runs: one snapshot of the database, then the files, read back before it counts.

The database comes first: a file that is stored meanwhile is one too many in the backup, never one that is missing. A
file that the purge erases meanwhile is named in the backup as gone. The backup bears its final name only once it is
whole and was read back; older ones are then removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import inspect, text

from charters import private_files
from charters.database import sealed
from ticketing.arrivals.checklist import BACKUP
from ticketing.backups import rows, sealing
from ticketing.backups.archive import CHUNK, Contents, Reader, Writer
from ticketing.operation import schema

_NAME = re.compile(r"guichet-\d{8}T\d{6}Z\.tar(\.age|\.gpg)?")


class BackupFailed(Exception):
    """A backup could not be made; the message says why and what to do, in French."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup that was made: its file, its bytes, what it holds, and which older ones were removed."""

    path: Path
    size: int
    contents: Contents
    removed: tuple[Path, ...]


def save(folder: Path, *, data: Path, key: str, keep: int, now: datetime) -> Saved:
    """Write a backup into `folder`, read it back, keep the `keep` latest, and return it.

    `data` is the data folder, whose `files` are saved; `key` is whom it is encrypted for (empty: not encrypted).
    Raises BackupFailed where the folder cannot be written, another backup runs, or what was read back differs;
    SealingFailed where it cannot be encrypted.
    """
    try:
        private_files.folder(folder.absolute())
    except OSError as error:
        raise BackupFailed(f"le dossier {folder} ne peut pas être créé : {error.strerror}") from None
    with _alone(folder):
        final = folder / f"guichet-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar{sealing.ending(key)}"
        partial = folder / f".{final.name}.partiel"
        try:
            contents, written = _write(partial, data, key, now)
            _read_back(partial, final, contents, written)
            os.replace(partial, final)
            _to_disk(folder)
        except OSError as error:
            raise BackupFailed(f"la sauvegarde n’a pas pu être écrite : {error.strerror or error}") from error
        finally:
            partial.unlink(missing_ok=True)
        removed = _rotate(folder, final, keep)
    (data / BACKUP).touch()  # the administrator's home reads its age
    return Saved(final, final.stat().st_size, contents, removed)


def kept(folder: Path) -> list[Path]:
    """Return the backups of a folder, oldest first."""
    found = (path for path in folder.iterdir() if _NAME.fullmatch(path.name)) if folder.is_dir() else ()
    return sorted(found, key=lambda path: path.name)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with open(folder / ".en-cours", "a", opener=private_files.opener) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupFailed("une autre sauvegarde est en cours dans ce dossier") from None
        for left in folder.glob(".guichet-*.partiel"):  # of a process that was killed
            left.unlink(missing_ok=True)
        yield


def _write(path: Path, data: Path, key: str, now: datetime) -> tuple[Contents, str]:
    """Write the archive; return what it holds and the SHA-256 of the bytes before they were encrypted."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, private_files.FILE))
    with sealing.sealed(path, key) as stream:
        hashed = _Hashed(stream)
        writer = Writer(hashed, now.timestamp())  # type: ignore[arg-type]
        try:
            with sealed() as connection:
                named = _write_rows(writer, connection, now)
            _write_files(writer, data / "files", named)  # the snapshot is let go before: files take longer
            contents = writer.close()
        except BaseException:
            writer.abandon()
            raise
    _to_disk(path)
    return contents, hashed.sha256


def _write_rows(writer: Writer, connection: Any, now: datetime) -> list[str]:
    """Write the tables, and return the names of the files that their rows name."""
    writer.head(_head(connection, now))
    found = rows.tables(connection)
    for table in found:
        writer.table(table.name, table.columns.keys(), rows.lines(connection, table))
    writer.contents.numbers = rows.last_numbers(connection, found)
    return list(_named_files(connection))


def _head(connection: Any, now: datetime) -> dict[str, Any]:
    try:
        program = version("guichet")
    except PackageNotFoundError:
        program = ""
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision != schema.newest():
        state, remedy = schema.unfit() or ("la base change de migration", "recommencez ensuite")
        raise BackupFailed(f"{state} : {remedy}")
    return {"guichet": program, "revision": revision, "engine": connection.dialect.name, "at": now.isoformat()}


def _named_files(connection: Any) -> Iterator[str]:
    if inspect(connection).has_table("attachment"):
        yield from connection.execute(text("SELECT path FROM attachment ORDER BY path")).scalars()


def _write_files(writer: Writer, folder: Path, named: list[str]) -> None:
    """Write the files that rows name, then what else lies in the folder: a later step may have named it meanwhile."""
    there = (
        {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else set()
    )
    for name in sorted(there | set(named)):
        try:
            writer.file(name, folder / name)
        except FileNotFoundError:
            if name in named:
                writer.contents.gone.append(name)


def _read_back(path: Path, final: Path, contents: Contents, written: str) -> None:
    """Read the backup from the disk again. An encrypted one cannot be opened here: only its size can be looked at."""
    if final.suffix in (sealing.AGE, sealing.GPG):
        if path.stat().st_size < 100:
            raise BackupFailed("la sauvegarde chiffrée est vide")
        return
    hashed = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            hashed.update(chunk)
    if hashed.hexdigest() != written:
        raise BackupFailed("la sauvegarde relue n’est pas celle qui a été écrite : le disque est à contrôler")
    with path.open("rb") as stream:
        found = Reader(stream).read(lambda head: None, lambda *table: None, lambda *file: None)
    if found.as_json() != contents.as_json():
        raise BackupFailed("la sauvegarde relue n’est pas celle qui a été écrite : le disque est à contrôler")


class _Hashed:
    """Passes bytes on to a stream, hashed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._hash = stream, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._stream.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _rotate(folder: Path, newest: Path, keep: int) -> tuple[Path, ...]:
    others = [path for path in kept(folder) if path != newest]
    removed = tuple(others[: max(len(others) - (keep - 1), 0)])
    for path in removed:
        path.unlink(missing_ok=True)
    return removed


def _to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
