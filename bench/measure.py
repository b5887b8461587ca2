"""Closed-loop measures, always beside the floor: requests a second, p50, p95, processor time of a request."""

from __future__ import annotations

import sqlite3
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.client import Answer
from bench.servers import Running

TURN = 5  # requests to one server before those to the other
#: Sends one request of a scenario (given its rank), checks the answer and returns it.
Send = Callable[[int], Answer]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one block of requests. Times are in milliseconds."""

    requests: int
    p50: float
    p95: float
    per_second: float
    cpu: float  # of the server's processes, for one request


@dataclass(slots=True)
class Beside:
    """Blocks of a scenario, each with the block of the floor that was measured at the same time."""

    blocks: list[Figures] = field(default_factory=list)
    floors: list[Figures] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """p50 as a multiple of the floor's p50: the median over the repetitions."""
        pairs = zip(self.blocks, self.floors, strict=True)
        return statistics.median(block.p50 / floor.p50 for block, floor in pairs)

    def median(self, name: str, of_floor: bool = False) -> float:
        return statistics.median(float(getattr(block, name)) for block in (self.floors if of_floor else self.blocks))


def alone(server: Running, send: Send, requests: int, first: int = 0) -> tuple[list[float], float, float]:
    """Measure one client. Returns (latencies, seconds, processor seconds)."""
    cpu, begun = server.cpu(), time.perf_counter()
    times = [send(first + rank).seconds for rank in range(requests)]
    return times, time.perf_counter() - begun, server.cpu() - cpu


def beside(
    floor: Running, send_floor: Send, server: Running, send: Send, requests: int, first: int = 0
) -> tuple[tuple[list[float], float, float], tuple[list[float], float, float]]:
    """Measure one client that alternates between floor and server every few requests. Returns (server's, floor's).

    Other load on the machine then affects both equally.
    """
    parts: list[tuple[list[float], float, float]] = []
    floors: list[tuple[list[float], float, float]] = []
    for done in range(0, requests, TURN):
        floors.append(alone(floor, send_floor, TURN, first + done))
        parts.append(alone(server, send, TURN, first + done))
    return _sum(parts), _sum(floors)


def _sum(parts: Sequence[tuple[list[float], float, float]]) -> tuple[list[float], float, float]:
    return [time for part in parts for time in part[0]], sum(part[1] for part in parts), sum(part[2] for part in parts)


def together(
    server: Running, senders: Sequence[Send], requests: int, first: int = 0
) -> tuple[list[float], float, float]:
    """Measure several clients at once, `requests` each. Returns (latencies, seconds, processor seconds)."""
    times: list[float] = []
    faults: list[BaseException] = []

    def loop(send: Send) -> None:
        try:
            mine = [send(first + rank).seconds for rank in range(requests)]
            times.extend(mine)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=loop, args=(send,)) for send in senders]
    cpu, begun = server.cpu(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, spent = time.perf_counter() - begun, server.cpu() - cpu
    if faults:
        raise faults[0]
    return times, seconds, spent


def bare_commit(folder: Path, count: int = 40) -> float:
    """The median milliseconds of a one-row SQLite commit (synchronous=FULL) on this disk, which no code can avoid."""
    path = folder / "commit.db"
    for old in folder.glob("commit.db*"):
        old.unlink()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE line (words TEXT)")
        times = []
        for _ in range(count):
            begun = time.perf_counter()
            connection.execute("INSERT INTO line VALUES ('une ligne')")
            times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def figures(measured: tuple[list[float], float, float]) -> Figures:
    times, seconds, cpu = measured
    times = sorted(times)
    return Figures(
        len(times),
        1000 * statistics.median(times),
        1000 * times[min(len(times) - 1, int(len(times) * 0.95))],
        len(times) / seconds,
        1000 * cpu / len(times),
    )


def joined(parts: Sequence[tuple[list[float], float, float]]) -> Figures:
    """The figures of several blocks merged into one."""
    return figures(_sum(parts))
