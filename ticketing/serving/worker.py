"""A gunicorn worker that serves by `loop`: gunicorn keeps the processes, stops and replaces them."""

from __future__ import annotations

import os
from typing import Any

from gunicorn.workers.base import Worker

from ticketing.serving.loop import Loop


class PatientWorker(Worker):  # type: ignore[misc]
    """A process of the server. `app.limits` (of `ticketing.operation.server.Server`) bounds it."""

    loop: Loop | None = None

    def run(self) -> None:
        """Serve until gunicorn says to stop, or its parent is gone."""
        self.loop = Loop(self.wsgi, self.cfg, self.sockets, self.app.limits, self.notify)
        self.loop.run(lambda: bool(self.alive) and self.ppid == os.getppid())

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop (SIGTERM): what is under way is finished."""
        super().handle_exit(sig, frame)
        if self.loop is not None:
            self.loop.wake()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Stop at once (SIGQUIT, SIGINT)."""
        if self.loop is not None:
            self.loop.stop()
        super().handle_quit(sig, frame)
