"""One import at a time (FIA-08): a second one is refused at once; a process that is killed leaves nothing locked."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text

from charters import private_files
from charters.database import db, writing
from ticketing.errors import Refused

#: The number of the lock on PostgreSQL: any, as long as it stays the same.
_NUMBER = 2_118_003
BUSY = "Un autre import est en cours : rien n’a été fait. Recommencez quand il sera fini."


@contextmanager
def alone() -> Iterator[None]:
    """A `writing()` block that one process at a time may enter, on one base. Raises Refused in the others.

    SQLite: a lock on a file beside the base, which the system releases with the process. PostgreSQL: a lock that its
    transaction releases.
    """
    if db.engine.dialect.name == "sqlite":
        with _file_lock(db.engine.url.database), writing():
            yield
        return
    with writing() as session:
        if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": _NUMBER}):
            raise Refused(BUSY)
        yield


@contextmanager
def _file_lock(base: str | None) -> Iterator[None]:
    if base in (None, "", ":memory:"):  # a base of this process alone
        yield
        return
    path = Path(f"{base}-import")
    with suppress(FileExistsError):
        path.touch(private_files.FILE, exist_ok=False)
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(BUSY) from error
        yield
