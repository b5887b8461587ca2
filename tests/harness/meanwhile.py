"""What somebody else does while a request is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from charters.database import db


def meanwhile(app: Any, change: Callable[[], object]) -> None:
    """Make the change as another person would: in a context and a connection of its own."""
    failed: list[Exception] = []

    def act() -> None:
        try:
            with app.app_context():
                change()
                db.session.remove()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=act)
    thread.start()
    thread.join()
    assert not failed, failed
