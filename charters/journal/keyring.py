"""The key of the journal's chain, kept outside the database, and what its file remembers of the chain.

Who can write the database alone cannot sign a line. The file (`GUICHET_JOURNAL_KEY_FILE`, else `journal-key` in the
data folder, 0600) has a line for each key: the number of the first line of the journal that it signs, the hash of the
line before that one, and the key in hexadecimal, or `-` for a key that was lost. So what came before a key, unsigned
lines included, is pinned too. The file is made when the first line is written, under the lock of the journal's end.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from charters import private_files
from charters.database import db
from charters.errors import Unavailable

LOST = "-"
_LINE = re.compile(r"([1-9][0-9]*) ([0-9a-f]{64}) ([0-9a-f]{64}|-)")
_HEADING = "# Clé du journal de Guichet. À garder avec les sauvegardes, à part de la base (docs/exploitation.md).\n"


class KeyMissing(Unavailable):
    """Raised when the journal is signed by a key that this machine does not have: nothing is written meanwhile."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key of the chain: the first line that it signs, the hash of the line before, its secret (None: lost)."""

    first: int
    before: str
    secret: bytes | None

    @property
    def print(self) -> str:
        """What names the key without saying it; empty for a lost one."""
        return hashlib.sha256(b"guichet journal " + self.secret).hexdigest()[:16] if self.secret else ""

    def sign(self, content: bytes) -> str:
        """The hash of a line's content under this key. Raises KeyMissing for a lost key."""
        if self.secret is None:
            raise KeyMissing("this key of the journal is lost")
        return hmac.new(self.secret, content, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The keys of a journal, in the order in which they sign it."""

    keys: tuple[Key, ...] = ()

    def of(self, number: int) -> Key | None:
        """The key that signs a line; None for a line from before the first key."""
        place = bisect_right([key.first for key in self.keys], number)
        return self.keys[place - 1] if place else None

    def knows(self, mark: str) -> bool:
        """Whether the key of this print is here; an empty print names no key."""
        return not mark or any(key.print == mark for key in self.keys)


_files: WeakKeyDictionary[Engine, Path] = WeakKeyDictionary()


def hand_in(engine: Engine, path: Path) -> None:
    """Register the file of the journal's key for every call that works on this database."""
    _files[engine] = path


def file() -> Path:
    """The file of the journal's key for the current database. Raises KeyError if there is none."""
    return _files[db.engine]


def ring() -> Keyring:
    """The keys of the current database's journal; read again when the file changes, empty while there is none.

    Raises KeyMissing when the file cannot be read.
    """
    path = file()
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size, state.st_ino)
    except FileNotFoundError:
        return Keyring()
    except (OSError, ValueError) as error:
        raise KeyMissing(f"the journal's key cannot be read: {path}") from error


@lru_cache(maxsize=64)
def _read(path: Path, *_state: int) -> Keyring:
    """The keys of a file in this state. Raises ValueError for a file that is none, or whose keys are out of order."""
    keys = []
    for line in path.read_text("ascii", errors="replace").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise ValueError(f"{path}: not a key of the journal")
        secret = None if found[3] == LOST else bytes.fromhex(found[3])
        keys.append(Key(int(found[1]), found[2], secret))
    if sorted({key.first for key in keys}) != [key.first for key in keys]:
        raise ValueError(f"{path}: keys out of order")
    return Keyring(tuple(keys))


def for_line(number: int, before: str, mark: str) -> Key:
    """The key that signs the next line, under the lock of the journal's end; made with the first line.

    `before` is the hash of the line before it, `mark` the print of the key that signed that line (empty: none). Raises
    KeyMissing where the chain is signed by a key that is not here, or where it ends before the key began: the lines
    that a restored copy lacks are then to be accepted first (`guichet audit accept`).
    """
    if not can_sign(number - 1, mark):
        raise KeyMissing("the journal is signed by a key that is not on this machine, or that is lost")
    return ring().of(number) or begin(number, before)


def can_sign(number: int, mark: str) -> bool:
    """Whether this machine can sign the line after the line `number`, which the key of this print signed."""
    try:
        known = ring()
    except KeyMissing:
        return False
    if not known.knows(mark) or (known.keys and known.of(number + 1) is None and number > 0):
        return False
    key = known.of(number + 1)
    return key is None or key.secret is not None


def begin(number: int, before: str) -> Key:
    """Add a new key, which signs from this line on, and return it. Keys that would have signed it are set aside.

    The caller has the lock of the journal's end. What another process reads of the file is always whole.
    """
    made, known = Key(number, before, secrets.token_bytes(32)), ring().keys
    kept = [key for key in known if key.first < number]
    if len(kept) < len(known):  # of another database, or of a later state of this one: it may come back
        file().replace(file().with_name(f"{file().name}.{secrets.token_hex(4)}.old"))
    _write([*kept, made])
    return made


def give_up(number: int, before: str) -> None:
    """Say that the key which signed from this line on is lost, unless the file already knows of one there."""
    known = ring().keys
    if not any(key.first <= number for key in known):
        _write([Key(number, before, None), *known])


def _write(keys: list[Key]) -> None:
    path = file()
    private_files.folder(path.parent.absolute())
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    lines = [f"{key.first} {key.before} {key.secret.hex() if key.secret else LOST}\n" for key in keys]
    with open(draft, "x", encoding="utf-8", opener=private_files.opener) as handle:
        handle.write(_HEADING + "".join(lines))
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # a line signed by a key that a fault of power takes away could never be checked
    finally:
        os.close(folder)
