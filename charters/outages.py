"""Tell an outage (base locked or stopped, disk full) from a bug: an outage passes, and is answered by 503.

SQLAlchemy's OperationalError says both: « database is locked » as well as « no such column ». The engine's own code
decides.
"""

from __future__ import annotations

import errno
import re
import sqlite3

from sqlalchemy.exc import DBAPIError, TimeoutError

#: After how many seconds a client is asked to try again.
RETRY_AFTER = 30

_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
#: What SQLite says, for an error that comes without its code.
_SQLITE_SAYS = re.compile(r"locked|unable to open|disk|full|readonly|malformed|not a database", re.IGNORECASE)
#: PostgreSQL's classes: connection, resources, operator's intervention, system; then: conflict, lock, read-only.
_POSTGRESQL = ("08", "53", "57", "58", "40", "55P03", "25006")
_SYSTEM = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ESTALE}
)


def is_outage(error: BaseException | None) -> bool:
    """Whether the error comes from a database or a disk that fails for now, and not from the program."""
    if isinstance(error, TimeoutError):  # every connection of the pool is taken
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _engine_fails(error.orig)
    if isinstance(error, sqlite3.Error):
        return _engine_fails(error)
    return isinstance(error, OSError) and error.errno in _SYSTEM


def _engine_fails(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return bool(_SQLITE_SAYS.search(str(error))) if code is None else code & 0xFF in _SQLITE
    if not type(error).__module__.startswith("psycopg"):
        return False
    state = getattr(error, "sqlstate", None)
    # Without a state, psycopg never reached the server, or lost it.
    return state.startswith(_POSTGRESQL) if state else type(error).__name__ in ("OperationalError", "InterfaceError")
