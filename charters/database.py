"""The database object, the column type for instants, and the blocks in which code may read or write.

SQLite is opened in WAL mode, with foreign keys on and `synchronous=FULL`. This module begins its transactions, because
the transactions that the driver begins late lose updates (read, then write, from two threads). A writing transaction
takes the write lock at once (`BEGIN IMMEDIATE`), in its turn (`charters.write_turns`), so that what it has read cannot
change before it writes; a reading transaction is a plain `BEGIN`. A web request only reads, except in its `writing()`
blocks, so a page does not wait for other writers. If code in a reading transaction writes all the same, WAL refuses the
stale upgrade with an error: an update may fail, but is never lost. On PostgreSQL both kinds are the server's ordinary
transactions.

What a request decided before a writing block may have changed while it waited: the block asks the person's standing
again, and `written_at` gives the clock, under the lock.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, NullPool, create_engine, event
from sqlalchemy.engine import Connection, Dialect, Engine, ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from charters import private_files, visits, write_turns

BUSY_TIMEOUT_MS = 10_000

#: Whether the transactions that begin from now on only read. Web requests set it when they begin (`read_only`).
_reading: ContextVar[bool] = ContextVar("guichet_reading", default=False)
#: Whether a `writing()` block is open, which an inner one then joins.
_writing: ContextVar[bool] = ContextVar("guichet_writing", default=False)
#: Whether `writing()` is refused.
_forbidden: ContextVar[bool] = ContextVar("guichet_no_writing", default=False)


class Base(DeclarativeBase):
    """The parent class of every table; the naming convention lets migrations name constraints on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class Instant(TypeDecorator[datetime]):
    """A column of aware UTC datetimes on both engines. SQLite does not store the zone, so it is added on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def read_json(kept: Any) -> Any:
    """Return the value of a JSON column, as `json.loads` does: a ticket's page reads twenty, most of them empty.

    Raises json.JSONDecodeError.
    """
    if type(kept) is str:
        value, end = _decoder.raw_decode(kept)
        if end == len(kept):
            return value
    return json.loads(kept)


_decoder = json.JSONDecoder()


class NoWriting(Exception):
    """A transaction that writes was asked for inside `without_writing()`."""


def read_only(flag: bool = True) -> None:
    """Set whether the transactions that begin from now on, in this context, only read."""
    _reading.set(flag)


@contextmanager
def reading() -> Iterator[Session]:
    """A block that only reads; its transaction ends with it. Inside `writing()`, it reads in that transaction."""
    if _writing.get():
        yield db.session()
        return
    db.session.rollback()
    token = _reading.set(True)
    try:
        yield db.session()
    finally:
        db.session.rollback()
        _reading.reset(token)


def end_reading() -> None:
    """End the snapshot that this context reads from: what is read next is read anew."""
    db.session.rollback()


def ask_again(standing: visits.Standing) -> None:
    """Ask a person's standing again, in a reading transaction of its own. Raises StandingChanged."""
    with reading():
        standing.ask()


@contextmanager
def writing() -> Iterator[Session]:
    """A block that writes in one transaction, committed at its end, rolled back when it raises.

    Objects read before the block are released first, so that decisions rest on what is read under the block's own lock.
    An inner `writing()` block joins the outer one, which alone commits. In a request, the block asks under its lock
    whether the person still stands as the guard found (`charters.visits`), and raises StandingChanged when not; it
    raises Unproved in place of its commit while that person has yet to give a proof of identity.
    Raises NoWriting inside `without_writing()`.
    """
    if _forbidden.get():
        raise NoWriting
    if _writing.get():
        yield db.session()
        return
    db.session.rollback()
    reading_token, writing_token = _reading.set(False), _writing.set(True)
    try:
        visits.ask()
        yield db.session()
        db.session.flush()  # what is still to be written may be what the standing is made of
        visits.settle()
        visits.learn()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        visits.leave()
        _writing.reset(writing_token)
        _reading.reset(reading_token)


def is_writing() -> bool:
    """Whether a `writing()` block is open in this context."""
    return _writing.get()


def written_at(now: datetime) -> datetime:
    """Return the instant that the open `writing()` block writes and judges by, the same until the block ends.

    In a request it is read under the block's lock, when first asked for: `now` was read before the wait. Elsewhere
    (jobs, commands, tests) it is `now`.
    """
    visit = visits.current()
    if visit is None or not _writing.get():
        return now
    if visit.instant is None:
        db.session.connection()  # SQLite's lock is taken here, if nothing was read yet
        visit.instant = visit.clock()
    return visit.instant


@contextmanager
def without_writing() -> Iterator[None]:
    """A block in which `writing()` raises NoWriting: a page is tried there, and nothing of it stays."""
    token = _forbidden.set(True)
    try:
        yield
    finally:
        _forbidden.reset(token)


@contextmanager
def sealed() -> Iterator[Connection]:
    """A read-only connection on one snapshot of the database, released at the end of the block.

    SQLite opens the file in `mode=ro`, with `query_only`; PostgreSQL begins `REPEATABLE READ, READ ONLY`. Read-only
    access to the file, or a role that may only read, is enough.
    """
    token = _reading.set(True)
    try:
        if db.engine.dialect.name != "sqlite":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            with db.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
            return
        path = Path(str(db.engine.url.database)).absolute()
        engine = create_engine("sqlite://", creator=lambda: _open_sealed(path), poolclass=NullPool)
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        _reading.reset(token)


def checkpoint() -> None:
    """Write SQLite's write-ahead log into its file, so that deleted data are in neither. Does nothing on PostgreSQL.

    Active readers may keep a part of the log; this is no error, and the next call writes it.
    """
    if db.engine.dialect.name != "sqlite":
        return
    db.session.rollback()
    opened = db.engine.raw_connection()
    try:
        opened.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        opened.close()


def _open_sealed(path: Path) -> sqlite3.Connection:
    """Open the file for reading only; as immutable where its folder cannot hold the log's index, so nobody writes."""
    address = f"file:{quote(str(path))}?mode=ro"
    opened = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        opened.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError:
        opened.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        opened = sqlite3.connect(f"{address}&immutable=1", uri=True, check_same_thread=False)
    opened.execute("PRAGMA query_only = ON")
    return opened


@event.listens_for(Engine, "do_connect")
def _close_to_others(dialect: Dialect, record: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Make SQLite's file before SQLite does, closed to other users: its log and index take the file's mode."""
    name = str(arguments[0]) if dialect.name == "sqlite" and arguments else ":memory:"
    if name not in ("", ":memory:") and not name.startswith("file:"):
        options.setdefault("factory", write_turns.Connection)
        with suppress(OSError):  # it exists; where it cannot be made, SQLite says so
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, private_files.FILE))


@event.listens_for(Engine, "handle_error")
def _without_values(context: ExceptionContext) -> None:
    """Takes out of an error of PostgreSQL the values that it quotes, since errors are written in the logs.

    Its detail quotes the whole row (« Failing row contains (…) »), its sentence on a datum that it cannot read the
    datum (class 22 of its codes). What stays names the constraint, or the code. SQLite quotes no value.
    """
    error = context.original_exception
    diagnosis = getattr(error, "diag", None)
    if diagnosis is None or not diagnosis.message_primary:  # SQLite, or a connection that broke
        return
    code, said = diagnosis.sqlstate or "", str(error)
    told = f"data exception {code}" if code.startswith("22") else diagnosis.message_primary
    error.args = (told,)
    whole = context.sqlalchemy_exception
    if whole is not None:
        whole.args = (str(whole.args[0]).replace(said, told), *whole.args[1:])


@event.listens_for(Engine, "connect")
def _open_sqlite(dbapi_connection: Any, record: Any) -> None:
    if not isinstance(dbapi_connection, sqlite3.Connection):
        return
    dbapi_connection.isolation_level = None  # the driver begins no transaction by itself
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten: personal data do not stay in the file
    cursor.close()


#: What writes on the tables that a standing is read from (`charters.entry.sessions`).
_MOVES = re.compile(
    r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?"
    r"(?:account|mandate|web_session|charter_text|signature|organisation_suspension)\b"
)


@event.listens_for(Engine, "before_cursor_execute")
def _note_moves(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    if not statement.startswith("SELECT") and _MOVES.match(statement):
        visits.move()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if _reading.get():
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.dbapi_connection
    if isinstance(driver, write_turns.Connection):
        try:
            driver.take_turn(Path(str(connection.engine.url.database)).absolute(), BUSY_TIMEOUT_MS / 1000)
        except sqlite3.OperationalError as error:
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error
    connection.exec_driver_sql("BEGIN IMMEDIATE")
