"""Measure the rules without web or database: `route()` and `guichet route` beside json, and loading."""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.servers import ROOT
from matrix import Conventions, RequestReader, Router, load_conventions
from matrix.model import FACTS

LINES = 20_000
STREAM_LINES = 200_000
_PLAIN = """
import json, sys
out = sys.stdout.buffer
for line in sys.stdin.buffer:
    out.write(json.dumps(json.loads(line), ensure_ascii=False).encode() + b"\\n")
"""
_MEASURED = """
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[3:], stdin=open(sys.argv[1], "rb"), stdout=open(sys.argv[2], "wb"), check=True)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def requests(conventions: Conventions, count: int, seed: int = 65) -> list[dict[str, Any]]:
    """Mixed requests over all établissements, services and activities; a third state no fact, the others 1 to 4."""
    rng = random.Random(seed)
    places, services = list(conventions.etablissements), list(conventions.services)
    activities = list(conventions.activities)
    values: dict[str, list[Any]] = {
        "user_category": list(conventions.vocabulary.user_categories),
        "acquired_by": ["departement", "college", "academie"],
        "acquired_on": ["2014-03-01", "2019-09-10", "2024-01-15"],
        **{name: [True, False] for name in FACTS[3:]},
    }
    made = []
    for rank in range(count):
        opened = datetime(2023, 9, 1, 8, tzinfo=UTC) + timedelta(minutes=rng.randrange(3 * 365 * 1440))
        told = rng.sample(list(values), k=rng.choice((0, 0, 1, 2, 3, 4)))
        made.append(
            {
                "id": f"r{rank}",
                "etablissement": rng.choice(places),
                "service": rng.choice(services),
                "activity": rng.choice(activities),
                "opened_at": opened.isoformat(),
                **{name: rng.choice(values[name]) for name in told},
            }
        )
    return made


def measure(repetitions: int = 5) -> dict[str, float]:
    """The measures of the rules, in microseconds, ratios and MB, by name."""
    conventions = load_conventions()
    given = requests(conventions, LINES)
    lines = [json.dumps(one) for one in given]
    router, read = Router(conventions), RequestReader(conventions).read
    asked = [read(one, lambda: datetime.now(UTC)) for one in given]

    def decide() -> None:
        for one in asked:
            if not router.route(one).citations:
                raise AssertionError("a decision without its clause")

    def parse() -> None:
        for line in lines:
            json.loads(line)

    decide()
    pairs = [(_seconds(decide), _seconds(parse)) for _ in range(repetitions)]
    found = {
        "route_us": 1e6 * statistics.median(mine for mine, _ in pairs) / LINES,
        "json_loads_us": 1e6 * statistics.median(its for _, its in pairs) / LINES,
        "route_ratio": statistics.median(mine / its for mine, its in pairs),
        "loading_ms": 1000 * statistics.median(_seconds(load_conventions) for _ in range(repetitions)),
    }
    return found | _stream(conventions, max(3, repetitions - 2))


def _stream(conventions: Conventions, repetitions: int) -> dict[str, float]:
    """The times of `guichet route` and of a json loop over the same lines, without their start-up times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = [json.dumps(one) + "\n" for one in requests(conventions, STREAM_LINES)]
        for size, count in (("one", 1), ("half", STREAM_LINES // 2), ("all", STREAM_LINES)):
            (folder / size).write_text("".join(many[:count]), encoding="utf-8")
        guichet = [sys.executable, "-c", "from ticketing.commands.cli import main; main()", "route"]
        plain = [sys.executable, "-c", _PLAIN]
        ratios, memory, starts, speeds = [], {}, [], []
        for _ in range(repetitions):
            start, _ = _timed(guichet, folder, "one")
            mine, memory["all"] = _timed(guichet, folder, "all")
            plain_start, _ = _timed(plain, folder, "one")
            its, _ = _timed(plain, folder, "all")
            ratios.append((mine - start) / (its - plain_start))
            starts.append(start)
            speeds.append(STREAM_LINES / (mine - start))
        _, memory["half"] = _timed(guichet, folder, "half")
    return {
        "stream_ratio": statistics.median(ratios),
        "stream_per_second": statistics.median(speeds),
        "stream_start_ms": 1000 * statistics.median(starts),
        "stream_half_mb": memory["half"],
        "stream_all_mb": memory["all"],
    }


def _timed(command: list[str], folder: Path, size: str) -> tuple[float, float]:
    """The seconds and peak MB of a command fed with a file, measured by a process without other children."""
    told = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(folder / size), str(folder / "out"), *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = told.stdout.split()
    return float(seconds), int(memory) / 1000


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
