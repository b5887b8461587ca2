"""gunicorn, told by our settings; the application is loaded before the workers are forked."""

from __future__ import annotations

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


def _own_connections(server: Any, worker: Any) -> None:
    """A forked worker must not share its parent's connections."""
    with worker.app.wsgi().app_context():
        db.engine.dispose(close=False)
