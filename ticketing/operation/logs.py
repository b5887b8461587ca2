"""Logs: one JSON object per line on the standard error, for the program's own records and those of libraries.

No logged text can begin a line, hide one or reverse it: every character that is not plain is escaped. Each line that a
request causes has the ids of the request, the account and the ticket.
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
    """Send every record of the process from `level` up to the standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(bind)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("apscheduler", "sqlalchemy.engine", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def bind(record: logging.LogRecord) -> bool:
    """Add to the record the ids of its request, account and ticket, if they are known; always return True.

    They are read from the context of the request, so that a thread keeps nothing for the next request.
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
    """Formats a record as one line: `event`, `logger`, `level` and `at` (UTC) first, then its other values."""

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
        """Return the record's values with the four fixed ones first."""
        log_data["level"] = log_data["level"].lower()
        log_data["at"] = log_data["at"].isoformat().replace("+00:00", "Z")
        return {name: log_data[name] for name in self.FIRST} | log_data


#: Characters that JSON does not escape but that some reader takes for a line end, or that reverse or hide text.
_TREACHEROUS = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def one_line(record: Any, **options: Any) -> str:
    """Return a record as one line of JSON with readable French; `options` are those of `json.dumps`."""
    text = json.dumps(record, **options)
    return _TREACHEROUS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
