"""The turns of those who write in SQLite's file: who waits is served as soon as the one before has done.

SQLite alone lets a waiting writer sleep longer at each try, while others pass: under four writers, one in twenty waited
a tenth of a second. Here the threads of a process wait in one queue, and the processes for a lock on a file beside the
base, which the system releases when a process dies. SQLite's own lock stays what protects the data.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from pathlib import Path

from charters import private_files

#: How long a process that waits for the others sleeps between two tries, in seconds.
_PAUSE = 0.001

_turns: dict[Path, _Turn] = {}
_making = threading.Lock()


class Connection(sqlite3.Connection):
    """A connection that gives its turn back when its transaction ends."""

    _turn: _Turn | None = None

    def take_turn(self, path: Path, seconds: float) -> None:
        """Wait until it is this connection's turn to write in `path`. Raises OperationalError after `seconds`."""
        if self._turn is None:
            turn = _of(path)
            turn.take(seconds)
            self._turn = turn

    def commit(self) -> None:
        """Commit, then let the next one write."""
        try:
            super().commit()
        finally:
            self._leave()

    def rollback(self) -> None:
        """Roll back, then let the next one write."""
        try:
            super().rollback()
        finally:
            self._leave()

    def close(self) -> None:
        """Close, and let the next one write."""
        try:
            super().close()
        finally:
            self._leave()

    def _leave(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.leave()


class _Turn:
    """The turn to write in one file, for the threads of this process together."""

    def __init__(self, path: Path) -> None:
        self._own = threading.Lock()
        try:
            self._file: int | None = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, private_files.FILE)
        except OSError:  # the folder takes no file: SQLite's own lock is left
            self._file = None

    def take(self, seconds: float) -> None:
        """Wait for the threads of this process, then for the other processes. Raises OperationalError."""
        end = time.monotonic() + seconds
        if not self._own.acquire(timeout=seconds):
            raise sqlite3.OperationalError("database is locked: others write")
        try:
            while not self._locked():
                if time.monotonic() > end:
                    raise sqlite3.OperationalError("database is locked: others write")
                time.sleep(_PAUSE)
        except BaseException:  # whatever stops the wait, the threads behind go on
            self._own.release()
            raise

    def _locked(self) -> bool:
        """Lock the file if no other process has it; where the system locks no files, SQLite's own lock is left."""
        if self._file is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            os.close(self._file)
            self._file = None
        return True

    def leave(self) -> None:
        """Let the next one write."""
        try:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._own.release()


def _of(path: Path) -> _Turn:
    beside = path.with_name(f"{path.name}-turn")
    with _making:
        if beside not in _turns:
            _turns[beside] = _Turn(beside)
        return _turns[beside]


def _forget() -> None:
    """Let a forked process make its own: a lock of the system's belongs to those who share its open file."""
    global _making
    _turns.clear()
    _making = threading.Lock()


os.register_at_fork(after_in_child=_forget)
