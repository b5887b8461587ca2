"""Measure a replay of 1,000,000 tickets, beside one full read of the table of tickets in the same run.

    python -m bench --replay [--postgresql URL]

The tickets are 20,000 generated ones, copied fifty times. Each copy is of other établissements and a minute earlier, so
that facts combine in as many ways as in a real million. Histories, perimeters and words are not copied, since a replay
only reads the tables `ticket` and `fact`.
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
import statistics
import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench import generate, places
from charters.database import sealed
from matrix.changes import CellChange, amended
from matrix.comparison.substitution import of_version
from ticketing.in_force import routing
from ticketing.operation import schema
from ticketing.replays import run
from ticketing.replays.selection import ReplayPeriod, ReplayReach

SEEDS, COPIES = 20_000, 50
EFFECT = date(2040, 9, 1)
CHANGES = (
    CellChange(service="equipement-bureautique", activity="mco", value="EN"),
    CellChange(service="antivirus", activity="mco", value="CL"),
    CellChange(service="inventaire", activity="conseil", value="CL"),
)


def prepared(folder: Path) -> generate.Made:
    """The SQLite database of a million tickets; it is made if it does not exist."""
    grown = folder / "million.db"
    made = generate.known(folder)
    if made is None or not grown.exists():
        print(f"génération de {SEEDS * COPIES} tickets…", file=sys.stderr)
        made = generate.make(SEEDS, folder)
        _grow(folder / "guichet.db", grown)
    return replace(made, database_url=f"sqlite:///{grown}")


def _grow(seeds: Path, grown: Path) -> None:
    shutil.copyfile(seeds, grown)
    connection = sqlite3.connect(grown)
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    names = [row[0] for row in connection.execute("SELECT DISTINCT etablissement FROM ticket ORDER BY 1")]
    connection.execute("CREATE TEMP TABLE place (rank INTEGER PRIMARY KEY, id TEXT UNIQUE)")
    connection.executemany("INSERT INTO place VALUES (?, ?)", enumerate(names))
    for copy in range(1, COPIES):
        moved = f"(SELECT id FROM place WHERE rank = (here.rank + {copy * 7}) % {len(names)})"
        changed = {
            "number": f"number + {copy * SEEDS}",
            "ticket_id": f"ticket_id + {copy * SEEDS}",
            "etablissement": moved,
            "opened_at": f"strftime('%Y-%m-%d %H:%M:%S', opened_at, '-{copy} minutes') || '.000000'",
        }
        for table, key in (("ticket", "number"), ("fact", "ticket_id")):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
            values = ", ".join(changed.get(name, f"one.{name}") for name in columns)
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} AS one "
                f"JOIN place AS here ON here.id = one.etablissement WHERE one.{key} <= {SEEDS}"
            )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def to_postgresql(made: generate.Made, url: str) -> generate.Made:
    """Copy the rows into an empty PostgreSQL database, and analyse it."""
    from ticketing.app import create_app

    there = replace(made, database_url=url)
    with create_app(there.settings()).app_context():
        schema.upgrade()
    source = sqlite3.connect(made.database_url.removeprefix("sqlite:///"))
    engine = create_engine(url)
    with engine.connect() as connection:
        cursor: Any = connection.connection.cursor()
        for table in ("ticket", "fact"):
            kinds = {
                row[0]: row[1]
                for row in connection.execute(
                    text(f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{table}'")
                )
            }
            rows = source.execute(f"SELECT * FROM {table}")
            columns = [one[0] for one in rows.description]
            booleans = {rank for rank, name in enumerate(columns) if kinds[name] == "boolean"}
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(
                        [
                            bool(value) if rank in booleans and value is not None else value
                            for rank, value in enumerate(row)
                        ]
                    )
        connection.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE ticket"))
        connection.execute(text("VACUUM ANALYZE fact"))
    engine.dispose()
    return there


def measure(made: generate.Made, repetitions: int) -> dict[str, Any]:
    """The seconds taken in turn by the whole replay, with new routers each time, and by one read of the tickets."""
    from ticketing.app import create_app

    until = date.fromisoformat(made.until)
    period = ReplayPeriod(until - timedelta(days=3600), until)
    spent, scans = [], []
    with create_app(made.settings()).app_context():
        conventions = places.of_bench(routing.router().conventions)
        convention = amended(conventions[places.AGREEMENT], EFFECT, CHANGES, "Banc")
        drafted = conventions.with_conventions(convention if one.id == convention.id else one for one in conventions)
        for _ in range(repetitions + 1):  # the first one warms up
            begun = time.perf_counter()
            with sealed() as connection:
                tickets = connection.scalar(text("SELECT count(*) FROM ticket WHERE opened_at < '2100-01-01'"))
            scans.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            trial = of_version(drafted, (), convention.id, EFFECT)
            subject = run.ReplaySubject(None, convention, "Banc", EFFECT, trial)
            found = run.run(subject, ReplayReach(trial.places), period)
            spent.append(time.perf_counter() - begun)
    return {
        "engine": made.database_url.split(":")[0].split("+")[0],
        "tickets": tickets,
        "replayed": found.tickets,
        "groups": found.groups,
        "changed": found.changed,
        "seconds": statistics.median(spent[1:]),
        "slowest": max(spent[1:]),
        "scan": statistics.median(scans[1:]),
        "ratio": statistics.median(mine / its for mine, its in zip(spent[1:], scans[1:], strict=True)),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }
