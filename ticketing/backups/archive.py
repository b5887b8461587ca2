"""The file of a backup: a tar archive that is written and read in one pass, and that says itself whether it is whole.

| member | holds |
|---|---|
| `guichet.json` | the format, the version of the program, the migration, the engine, the instant |
| `tables/NAME/columns.json`, `tables/NAME/000001.jsonl.gz`, … | the columns of a table, then its rows |
| `files/XX/UUID` | a file of a ticket, as it lies in the folder of files |
| `contents.json` | last: rows and hash of each table, size and hash of each file, the counters |

An archive without its last member was cut short, and is refused.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from ticketing.backups.rows import Fingerprint

FORMAT = 1
#: How many bytes of lines a member holds at least, but the last of its table.
MEMBER = 4 * 1024 * 1024
CHUNK = 1024 * 1024
HEAD, CONTENTS = "guichet.json", "contents.json"


#: What a part that is damaged, or made up, raises where it is read.
_UNREADABLE = (
    *(tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError),
    *(RecursionError, ValueError, KeyError, TypeError),
)


class BadArchive(Exception):
    """The file is no whole backup; the message says why, in French."""


@dataclass(slots=True)
class Contents:
    """What an archive holds: by table (rows, SHA-256), by file (bytes, SHA-256), and the counters.

    `gone` are the files that rows named and that were erased while the backup was written.
    """

    tables: dict[str, tuple[int, str]] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the tables hold."""
        return sum(rows for rows, _ in self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """Return it for `contents.json`."""
        return {"tables": self.tables, "files": self.files, "numbers": self.numbers, "gone": self.gone}


class Writer:
    """Writes an archive to a stream that need not be seekable."""

    def __init__(self, stream: IO[bytes], clock: float) -> None:
        self.contents = Contents()
        self._clock = clock
        self._sink = _Sink(stream)
        self._tar = tarfile.open(fileobj=cast(IO[bytes], self._sink), mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - `close`

    def head(self, said: dict[str, Any]) -> None:
        """Write what the backup is of, before all else."""
        self._add(HEAD, json.dumps({"format": FORMAT, **said}, ensure_ascii=False).encode())

    def table(self, name: str, columns: list[str], batches: Iterable[list[str]]) -> None:
        """Write a table: its lines, a few megabytes in a member."""
        self._add(f"tables/{name}/columns.json", json.dumps(columns).encode())
        counted, kept, size, number = Fingerprint(), [], 0, 0
        for batch in batches:
            counted.add(batch)
            kept += batch
            size += sum(map(len, batch))
            if size >= MEMBER:
                number += 1
                self._lines(name, number, kept)
                kept, size = [], 0
        if kept:
            self._lines(name, number + 1, kept)
        self.contents.tables[name] = (counted.rows, counted.sha256)

    def file(self, name: str, path: Path) -> None:
        """Write a file under `files/`. Raises FileNotFoundError where it is gone, and nothing is written of it."""
        with path.open("rb") as source:
            size = path.stat().st_size
            member = self._member(f"files/{name}", size)
            counted = _Counted(source)
            self._tar.addfile(member, counted)
        self.contents.files[name] = (size, counted.sha256)

    def close(self) -> Contents:
        """Write what the archive holds, end it, and return it."""
        self._add(CONTENTS, json.dumps(self.contents.as_json(), ensure_ascii=False).encode())
        self._tar.close()
        return self.contents

    def abandon(self) -> None:
        """Write nothing more, not even the end of the archive."""
        self._sink.stopped = True

    def _lines(self, table: str, number: int, lines: list[str]) -> None:
        text = "".join(f"{line}\n" for line in lines).encode()
        self._add(f"tables/{table}/{number:06}.jsonl.gz", gzip.compress(text, 6, mtime=0))

    def _add(self, name: str, data: bytes) -> None:
        self._tar.addfile(self._member(name, len(data)), io.BytesIO(data))

    def _member(self, name: str, size: int) -> tarfile.TarInfo:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, self._clock
        return member


class _Sink:
    """A stream that can be stopped: a tar archive writes what it still has when it is forgotten."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.stopped = stream, False

    def write(self, data: bytes) -> int:
        return len(data) if self.stopped else self._stream.write(data)


class _Counted(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._hash = source, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


#: Takes the lines of a table as they come: its name, its columns, batches of lines.
TakesTable = Callable[[str, list[str], Iterator[list[str]]], None]
#: Takes a file: its name under `files/`, its bytes as a stream.
TakesFile = Callable[[str, IO[bytes]], None]
TakesHead = Callable[[dict[str, Any]], None]


class Reader:
    """Reads an archive from a stream, in one pass, and checks all of it against what it says that it holds."""

    def __init__(self, stream: IO[bytes]) -> None:
        try:
            self._tar = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 - read to its end by `read`
        except tarfile.TarError:
            raise BadArchive("ce fichier n’est pas une sauvegarde de Guichet") from None
        self._seen = Contents()
        self._waiting: tarfile.TarInfo | None = None

    def read(self, head: TakesHead, table: TakesTable, file: TakesFile) -> Contents:
        """Hand the head, each table and each file on, in the order of the archive; return what it holds.

        Raises BadArchive where a part is missing, changed or unknown: at the latest once all has been handed on.
        """
        try:
            said = self._read(head, table, file)
        except _UNREADABLE as error:
            raise BadArchive(f"la sauvegarde est illisible ({type(error).__name__})") from error
        if said is None:
            raise BadArchive("la sauvegarde est coupée : sa fin manque")
        found = self._seen
        if said["tables"] != {name: list(one) for name, one in found.tables.items()}:
            raise BadArchive("les lignes de la sauvegarde ne sont pas celles qu’elle annonce")
        if said["files"] != {name: list(one) for name, one in found.files.items()}:
            raise BadArchive("les fichiers de la sauvegarde ne sont pas ceux qu’elle annonce")
        found.numbers, found.gone = dict(said["numbers"]), list(said["gone"])
        return found

    def _read(self, head: TakesHead, table: TakesTable, file: TakesFile) -> dict[str, Any] | None:
        first = self._next()
        if first is None or first.name != HEAD:
            raise BadArchive("ce fichier n’est pas une sauvegarde de Guichet")
        said = self._object(first)
        if said.get("format") != FORMAT:
            raise BadArchive("cette sauvegarde est d’un format que cette version de Guichet ne lit pas")
        head(said)
        while (member := self._next()) is not None:
            kind, _, rest = member.name.partition("/")
            if member.name == CONTENTS:
                contents = self._object(member)
                if not all(isinstance(contents[name], dict) for name in ("tables", "files", "numbers")):
                    raise ValueError("contents")
                return contents
            if not member.isreg() or ".." in member.name.split("/"):
                raise BadArchive(f"la sauvegarde contient « {member.name[:80]} », qui n’en est pas")
            if kind == "files":
                self._file(rest, member, file)
            elif kind == "tables" and rest.endswith("/columns.json"):
                self._table(rest.removesuffix("/columns.json"), json.loads(self._bytes(member)), table)
            else:
                raise BadArchive(f"la sauvegarde contient « {member.name[:80]} », qui n’en est pas")
        return None

    def _file(self, name: str, member: tarfile.TarInfo, file: TakesFile) -> None:
        source = self._tar.extractfile(member)
        assert source is not None
        counted = _Counted(source)
        file(name, counted)  # type: ignore[arg-type]
        while counted.read(CHUNK):
            pass
        self._seen.files[name] = (member.size, counted.sha256)

    def _table(self, name: str, columns: list[str], table: TakesTable) -> None:
        counted = Fingerprint()

        def batches() -> Iterator[list[str]]:
            while (member := self._next()) is not None:
                if not member.name.startswith(f"tables/{name}/") or not member.name.endswith(".jsonl.gz"):
                    self._waiting = member
                    return
                lines = gzip.decompress(self._bytes(member)).decode().split("\n")[:-1]
                for start in range(0, len(lines), 1_000):
                    counted.add(lines[start : start + 1_000])
                    yield lines[start : start + 1_000]

        left = batches()
        table(name, columns, left)
        for _ in left:
            pass
        self._seen.tables[name] = (counted.rows, counted.sha256)

    def _next(self) -> tarfile.TarInfo | None:
        if self._waiting is not None:
            member, self._waiting = self._waiting, None
            return member
        return self._tar.next()

    def _object(self, member: tarfile.TarInfo) -> dict[str, Any]:
        said = json.loads(self._bytes(member))
        if not isinstance(said, dict):
            raise ValueError(member.name)
        return said

    def _bytes(self, member: tarfile.TarInfo) -> bytes:
        source = self._tar.extractfile(member)
        if source is None:
            raise BadArchive(f"la sauvegarde contient « {member.name[:80]} », qui n’en est pas")
        data = source.read()
        if len(data) != member.size:
            raise BadArchive("la sauvegarde est coupée : sa fin manque")
        return data
