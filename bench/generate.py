"""Generate a database of plausible tickets. The same size, seed and day give the same rows; memory use is constant.

python -m bench.generate 100000 FOLDER [DATABASE_URL]
"""

from __future__ import annotations

import gc
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, event, update

from bench import bulk, places, story
from bench import people as people_module
from bench.collector import Collector, Rows, collecting
from charters.database import Base, db
from charters.journal import audit
from charters.signing import signing
from charters.tables.access import JournalHead, JournalLine
from config import Settings, read_settings
from ticketing.figures import nightly
from ticketing.in_force import routing
from ticketing.operation import schema
from ticketing.search import index
from ticketing.tickets.store import STAMP

SEED = 65
CHUNK = 2_000
#: The age up to which sent notices are generated; older ones would add a gigabyte that no page reads.
NOTICES_DAYS = 90
LINE = cast(Table, JournalLine.__table__)
_ORDER = ("ticket", "decision", "ticket_event", "ticket_scope", "attachment", "notice", "notice_words")


@dataclass(frozen=True, slots=True)
class Made:
    """The generated database: its place, and what a client needs to log in and to know what to expect."""

    tickets: int
    seed: int
    until: str  # the bench's day, ISO
    database_url: str
    conventions_dir: str
    data_dir: str
    rows: dict[str, int]
    seconds: dict[str, float]

    def settings(self, **overrides: Any) -> Settings:
        given = environment(Path(self.data_dir), self.database_url, self.conventions_dir)
        return read_settings({}, **{**given, **overrides})


def environment(data_dir: Path, database_url: str, conventions_dir: str | Path) -> dict[str, str]:
    """The settings of the bench's Guichet. Its secrets protect nothing, since the database is invented."""
    return {
        "data_dir": str(data_dir),
        "database_url": database_url,
        "conventions_dir": str(conventions_dir),
        "secret_key": "banc" * 10,
        "seed_keys": "YmFuYy1iYW5jLWJhbmMtYmFuYy1iYW5jLWJhbmMtYmE=",
        "base_url": "http://127.0.0.1",
        "log_level": "WARNING",
    }


def variables(data_dir: Path, database_url: str, conventions_dir: str | Path) -> dict[str, str]:
    """The settings of `environment` as environment variables of a process."""
    given = environment(data_dir, database_url, conventions_dir)
    return {f"GUICHET_{name.upper()}": value for name, value in given.items()}


def make(count: int, folder: Path, database_url: str = "", *, seed: int = SEED, until: datetime | None = None) -> Made:
    """Generate `count` tickets in a new database at `database_url` (default: SQLite in `folder`)."""
    from ticketing.app import create_app

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    url = database_url or f"sqlite:///{folder / 'guichet.db'}"
    if not database_url:
        for old in folder.glob("guichet.db*"):
            old.unlink()
    conventions_dir = places.write(folder)
    until = until or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    arrived = until - timedelta(days=story.YEARS * 365 + 30)
    app = create_app(read_settings({}, **environment(folder, url, conventions_dir)))
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        seconds[name], clock = round(time.perf_counter() - clock, 1), time.perf_counter()

    with app.app_context(), tempfile.TemporaryDirectory(dir=folder) as spool:
        schema.upgrade()
        _fast()
        signing.publish_shipped_charters(arrived)
        conventions = places.of_bench(routing.router().conventions)
        people = people_module.cast(conventions, seed)
        people_module.insert(people, arrived)
        db.session.commit()
        lap("people")
        collector = Collector(conventions, people, arrived, until - timedelta(days=NOTICES_DAYS))
        counted: Counter[str] = Counter()
        counters: Counter[tuple[str, str, str, str]] = Counter()
        journal = _Journal(Path(spool) / "journal.db")
        for rows in _chunks(count, seed, until, collector):
            _write(rows, counted)
            counters.update(rows.counts)
            journal.keep(rows.journal)
        _write_counters(counters)
        lap("tickets")
        counted["journal_line"] = journal.write()
        lap("journal")
        nightly.write_nightly(until)
        lap("figures")
        _settle()
        lap("settling")
        db.session.remove()
        db.engine.dispose()
    made = Made(count, seed, until.date().isoformat(), url, str(conventions_dir), str(folder), dict(counted), seconds)
    (folder / "made.json").write_text(json.dumps(asdict(made), indent=1), encoding="utf-8")
    return made


def known(folder: Path) -> Made | None:
    """The database that an earlier `make` left in `folder`, if its schema is still the newest, else None."""
    path = folder / "made.json"
    return Made(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _chunks(count: int, seed: int, until: datetime, collector: Collector) -> Iterator[Rows]:
    teller = story.Teller(seed, len(collector.places), until)
    rng = random.Random(seed + 1)
    gc.disable()  # a chunk has many rows and none is garbage
    with collecting(collector):
        for rank, opened_at in enumerate(teller.openings(count), 1):
            collector.play(teller.tell(opened_at), rng)
            if rank % CHUNK == 0 or rank == count:
                yield collector.rows
                collector.rows = Rows()
                gc.collect()
    gc.enable()


def _write(rows: Rows, counted: Counter[str]) -> None:
    for name in _ORDER:
        if lines := rows.tables[name]:
            bulk.insert(Base.metadata.tables[name], lines)
            counted[name] += len(lines)
    dialect = db.engine.dialect.name
    lines = [index.row(dialect, number, found, keys) for number, found, keys in rows.words]
    db.session.execute(index.INSERT[dialect], lines)
    db.session.commit()


def _write_counters(counters: Counter[tuple[str, str, str, str]]) -> None:
    bulk.insert(
        Base.metadata.tables["ticket_count"],
        (
            {"key": key, "kind": kind, "value": value, "label": label, "n": n}
            for (key, kind, value, label), n in sorted(counters.items())
        ),
    )
    stamp = f"{len(counters):016x}"  # drawn by the desk; here, the same rows for the same seed
    keys = sorted({key for key, *_ in counters})
    bulk.insert(
        Base.metadata.tables["ticket_count"],
        ({"key": key, "kind": STAMP, "value": "", "label": stamp, "n": 0} for key in keys),
    )
    db.session.commit()


class _Journal:
    """The journal's lines, collected as they come and chained in order of time at the end."""

    def __init__(self, path: Path) -> None:
        self._aside = sqlite3.connect(path, isolation_level=None)
        self._aside.execute("PRAGMA synchronous = OFF")
        columns = "at TEXT, event TEXT, sigle TEXT, zone TEXT, subject TEXT, details TEXT"
        self._aside.execute(f"CREATE TABLE line ({columns})")

    def keep(self, lines: list[dict[str, Any]]) -> None:
        self._aside.execute("BEGIN")
        self._aside.executemany(
            "INSERT INTO line VALUES (:at, :event, :sigle, :zone, :subject, :details)",
            ({**line, "at": line["at"].isoformat()} for line in lines),
        )
        self._aside.execute("COMMIT")

    def write(self) -> int:
        head = db.session.get_one(JournalHead, 1)
        number, previous = head.number, head.hash
        batch: list[dict[str, Any]] = []
        for at, what, sigle, zone, subject, details in self._aside.execute("SELECT * FROM line ORDER BY at, rowid"):
            number += 1
            line = {
                "number": number,
                "at": datetime.fromisoformat(at),
                "event": what,
                "sigle": sigle,
                "zone": zone,
                "subject": subject,
                "details": details,
                "previous_hash": previous,
            }
            line["hash"] = previous = audit.chained(previous, line)
            batch.append(line)
            if len(batch) == 20_000:
                bulk.insert(LINE, batch)
                batch = []
        if batch:
            bulk.insert(LINE, batch)
        db.session.execute(update(JournalHead).where(JournalHead.id == 1).values(number=number, hash=previous))
        db.session.commit()
        self._aside.close()
        return number


def _fast() -> None:
    """Make the generator's connections not wait for the disk, since there is nothing to lose yet."""
    if db.engine.dialect.name == "sqlite":
        db.session.remove()
        db.engine.dispose()

        @event.listens_for(db.engine, "connect")
        def _off(connection: Any, record: Any) -> None:
            for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -400000"):
                connection.execute(f"PRAGMA {pragma}")


def _settle() -> None:
    """Bring the database to a settled state: write-ahead log emptied, and statistics where the server keeps them."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def main() -> None:
    count, folder, *url = sys.argv[1:]
    made = make(int(count), Path(folder), *url)
    print(json.dumps(asdict(made), indent=1))


if __name__ == "__main__":
    main()
