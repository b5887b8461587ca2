"""Logs: one JSON object a line on the standard error, for our own records and the libraries' alike.

Nothing that is logged can begin a line, hide one or turn it round: whatever is no plain character is written escaped.
Each line that a request causes says which one, for which account and which ticket.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
from typing import Any

from flask import g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter


def configure(level: str) -> None:
    """Sends every record of the process to the standard error, from `level` up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(bind)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("apscheduler", "sqlalchemy.engine", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def bind(record: logging.LogRecord) -> bool:
    """Gives the record the id of its request, its account and its ticket, where they are known; always True.

    They are read from the context of the request, so that nothing stays in a thread for the request that follows.
    """
    if has_request_context():
        actor = g.get("actor")
        known = {
            "request": g.setdefault("request_id", secrets.token_hex(8)),
            "account": actor.account_id if actor else None,
            "ticket": (request.view_args or {}).get("number"),
        }
        for name, value in known.items():
            if value is not None and not hasattr(record, name):
                setattr(record, name, value)
    return True


class Lines(JsonFormatter):
    """A record as one line: `event`, `logger`, `level` and `at` (UTC) first, then what it was given besides."""

    FIRST = ("event", "logger", "level", "at")

    def __init__(self) -> None:
        super().__init__(
            ["message", "name", "levelname"],
            rename_fields={"message": "event", "name": "logger", "levelname": "level", "exc_info": "exception"},
            timestamp="at",
            json_serializer=one_line,
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        log_data["level"] = log_data["level"].lower()
        log_data["at"] = log_data["at"].isoformat().replace("+00:00", "Z")
        return {name: log_data[name] for name in self.FIRST} | log_data


#: What JSON leaves as it is and some reader would take for an end of line, or that turns the text round or hides it.
_TREACHEROUS = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def one_line(record: Any, **options: Any) -> str:
    """A record as one line of JSON, its French readable; `options` as `json.dumps` takes them."""
    text = json.dumps(record, **options)
    return _TREACHEROUS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
