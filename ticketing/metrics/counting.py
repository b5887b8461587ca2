"""Count the requests of the web processes: how many, how they ended, and how long they took.

Each process counts in files of its own in one folder, which `exposing` adds up. The endpoint is the only thing of a
request that is kept: no address, number, account or parameter.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request

#: The upper bounds of the times counted, in seconds.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def begin(folder: Path) -> None:
    """Make the folder of the counts and empty it: a server that starts counts from nothing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # read by prometheus_client as it is imported


def install(app: Flask) -> None:
    """Count every request of the application from now on. `begin` comes first."""
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    answers = Counter(
        "guichet_requests",
        "Requests answered, by endpoint and class of status",
        ["endpoint", "status"],
        registry=registry,
    )
    times = Histogram(
        "guichet_request_seconds", "Time to answer a request", ["endpoint"], buckets=BOUNDS, registry=registry
    )

    def started() -> None:
        g.counted_from = time.perf_counter()

    def answered(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        answers.labels(endpoint, f"{response.status_code // 100}xx").inc()
        begun = g.get("counted_from")
        if begun is not None:
            times.labels(endpoint).observe(time.perf_counter() - begun)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, started)
    app.after_request_funcs.setdefault(None, []).insert(0, answered)


def forget(server: Any, worker: Any) -> None:
    """Let go of what a process that ended held open; its counts stay in the sums."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
