"""Give the figures to Prometheus, on a port of their own: this is a process beside the web server, not a page of it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from flask import Flask

from ticketing.metrics.waiting import Waiting


def registry(app: Flask, folder: Path) -> Any:
    """Return the registry of all figures: the counts of the web processes in `folder`, and the gauges."""
    from prometheus_client import CollectorRegistry, multiprocess

    found = CollectorRegistry()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the web server may start later
    multiprocess.MultiProcessCollector(found, path=str(folder))  # type: ignore[no-untyped-call]
    found.register(Waiting(app))
    return found


def serve(app: Flask, bind: str, folder: Path, stopped: threading.Event) -> None:
    """Answer on `bind` (address:port) until `stopped` is set. Raises OSError where it is taken."""
    from prometheus_client import start_http_server

    host, _, port = bind.rpartition(":")
    server, thread = start_http_server(int(port), host.strip("[]"), registry(app, folder))
    try:
        stopped.wait()
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
