"""Run gunicorn with the program's settings; the application is loaded before the workers are forked."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import socket
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from charters.database import db
from ticketing.serving.limits import FIELDS, LINE, Limits
from ticketing.serving.worker import PatientWorker

#: Parameters of mallopt(3).
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
#: Threads of a worker: enough to wait for a disk or a slow browser, few enough for SQLite's one writer.
THREADS = 4


class OurLogs(Logger):  # type: ignore[misc]
    """Sends gunicorn's records where all others go: one line of JSON each, whatever a client wrote in a bad request."""

    def setup(self, cfg: Any) -> None:
        """Remove gunicorn's own handlers, so that its errors reach those of the process."""
        super().setup(cfg)
        self.error_log.handlers[:] = []
        self.error_log.propagate = True


class Server(BaseApplication):  # type: ignore[misc]
    """The web server on `bind`, with `workers` processes. Debug is never on, whatever the environment.

    `ended(server, worker)` is called in the parent after a process has ended.
    """

    def __init__(
        self,
        app: Flask,
        bind: str,
        workers: int,
        limits: Limits | None = None,
        ended: Callable[[Any, Any], None] = lambda server, worker: None,
    ) -> None:
        self._app = app
        self.limits = limits or Limits()
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            "worker_class": PatientWorker,
            "threads": THREADS,
            "preload_app": True,
            "post_fork": _own_connections,
            "child_exit": ended,
            "proc_name": "guichet",
            "timeout": 60,
            "graceful_timeout": 20,
            # `ticketing.serving` bounds what is received; gunicorn reads the same head again, no more strictly.
            "limit_request_line": LINE,
            "limit_request_fields": FIELDS,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "logger_class": OurLogs,
            "control_socket_disable": True,
            # Guichet itself counts its relays (`peers`); gunicorn believes nobody's SCRIPT_NAME, PATH_INFO or scheme.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "header_map": "drop",
        }
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn the options of this server."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application, already loaded."""
        return self._app

    def run(self) -> None:
        """Serve until stopped. Loaded objects are frozen first, because workers share their memory with the parent."""
        _give_memory_back()
        gc.collect()
        gc.freeze()
        super().run()


def is_taken(bind: str) -> bool:
    """Whether something already listens on `bind` (address:port); gunicorn reports any other trouble."""
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def _give_memory_back() -> None:
    """Tell glibc to return large blocks to the system once freed, and to use two heaps; other C libraries ignore this.

    By default glibc takes the 19 MB that checking one PIN needs as a hint to keep such blocks, in one heap per thread.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 1_000_000)
        library.mallopt(_M_ARENA_MAX, 2)


def _own_connections(server: Any, worker: Any) -> None:
    """Close the connections inherited from the parent, which a forked worker must not share."""
    with worker.app.wsgi().app_context():
        db.engine.dispose(close=False)
