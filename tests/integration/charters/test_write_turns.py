"""Who writes in SQLite's file waits in turn, in every thread and process, until the transaction or process ends."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from charters import database, write_turns
from charters.database import db, reading, writing
from charters.outages import is_outage
from charters.write_turns import Connection

SOON = 0.05
#: A process that takes the turn of a file, says so, and keeps it until it is stopped.
HOLDER = """
import sqlite3, sys
from pathlib import Path
from charters.write_turns import Connection
opened = sqlite3.connect(sys.argv[1], factory=Connection)
opened.take_turn(Path(sys.argv[1]), 5)
print("taken", flush=True)
sys.stdin.read()
"""


def opened(path: Path) -> Connection:
    return sqlite3.connect(path, factory=Connection, check_same_thread=False, isolation_level=None)


@pytest.fixture
def held_by_another():
    """Hold the turn of a file in another process, which is killed in the end."""
    started: list[subprocess.Popen[str]] = []

    def hold(path: Path) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdin=pipe, stdout=pipe, text=True)
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "taken\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_next_writes_once_the_transaction_has_ended(tmp_path: Path, end: str) -> None:
    path, went = tmp_path / "base.db", threading.Event()
    first, second = opened(path), opened(path)
    first.take_turn(path, SOON)
    first.execute("BEGIN IMMEDIATE")

    def wait() -> None:
        second.take_turn(path, 30)
        second.execute("BEGIN IMMEDIATE")
        went.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not went.wait(SOON)
    getattr(first, end)()
    assert went.wait(30)
    waiting.join()
    second.rollback()
    assert (tmp_path / "base.db-turn").stat().st_mode & 0o777 == 0o600


def test_a_process_that_dies_gives_its_turn_back(tmp_path: Path, held_by_another: Any) -> None:
    path = tmp_path / "base.db"
    process, mine = held_by_another(path), opened(path)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        mine.take_turn(path, SOON)
    process.kill()
    process.wait()
    mine.take_turn(path, 30)
    mine.close()


def test_a_forked_process_has_turns_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "base.db"
    mine = opened(path)
    mine.take_turn(path, SOON)
    child = os.fork()
    if not child:
        try:
            opened(path).take_turn(path, SOON)
        except sqlite3.OperationalError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    mine.close()


def test_where_the_system_locks_no_file_the_threads_still_wait_and_nobody_is_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "base.db"
    first, second = opened(path), opened(path)

    def refuse(*given: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    first.take_turn(path, SOON)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.take_turn(path, SOON)
    first.rollback()
    second.take_turn(path, SOON)
    second.close()


def test_a_wait_that_is_interrupted_leaves_the_turn_to_the_next(
    tmp_path: Path, held_by_another: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "base.db"
    process, mine = held_by_another(path), opened(path)

    def interrupt(seconds: float) -> None:
        raise SystemExit

    monkeypatch.setattr(write_turns.time, "sleep", interrupt)
    with pytest.raises(SystemExit):
        mine.take_turn(path, 30)
    monkeypatch.undo()
    process.kill()
    process.wait()
    mine.take_turn(path, 30)
    mine.close()


def test_a_turn_that_does_not_come_is_an_outage_and_reading_goes_on(
    app_context: Any, held_by_another: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.session.rollback()
    process = held_by_another(Path(str(db.engine.url.database)).absolute())
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 1000 * SOON)
    with pytest.raises(OperationalError) as refused, writing() as session:
        session.connection()
    assert is_outage(refused.value)
    with reading() as session:
        assert session.connection()
    process.kill()
    process.wait()
    monkeypatch.undo()
    with writing() as session:
        assert session.connection()
