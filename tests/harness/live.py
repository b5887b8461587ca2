"""The application behind a real HTTP server, in a thread of the test process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from werkzeug.serving import make_server


@dataclass(frozen=True)
class Live:
    url: str
    app: Flask


@contextmanager
def serving(app: Flask) -> Iterator[Live]:
    """Serve `app` on a free port of 127.0.0.1 while the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # The server checks often whether to stop; by default a test would wait half a second.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Live(f"http://127.0.0.1:{server.server_port}", app)
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
