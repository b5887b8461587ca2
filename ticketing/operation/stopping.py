"""How a process of ours that serves until it is told to stop learns of it."""

from __future__ import annotations

import signal
import threading


def told_to_stop() -> threading.Event:
    """Return an event that is set once the process is told to stop (SIGTERM, or Ctrl+C). Call it in the main thread."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # a handler only sets a flag: it may interrupt any instruction
        signal.signal(number, lambda _number, _frame: stopped.set())
    return stopped
