"""gunicorn, told by our settings; the application is loaded before the workers are forked."""

from __future__ import annotations

import errno
import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from charters.database import db

#: Threads of a worker: enough to wait for a disk or a slow browser, few enough for SQLite's one writer.
THREADS = 4


class Server(BaseApplication):  # type: ignore[misc]
    """The web server on `bind`, with `workers` processes. Debug is never on, whatever the environment."""

    def __init__(self, app: Flask, bind: str, workers: int) -> None:
        self._app = app
        self._options: dict[str, Any] = {
            "bind": bind, "workers": workers, "worker_class": "gthread", "threads": THREADS,
            "preload_app": True, "post_fork": _own_connections, "proc_name": "guichet",
            "timeout": 60, "graceful_timeout": 20, "keepalive": 5,
            "accesslog": None, "errorlog": "-", "loglevel": "warning", "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def is_taken(bind: str) -> bool:
    """Whether something listens on `bind` (address:port) already; other troubles are gunicorn's to tell."""
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def _own_connections(server: Any, worker: Any) -> None:
    """A forked worker must not share its parent's connections."""
    with worker.app.wsgi().app_context():
        db.engine.dispose(close=False)
