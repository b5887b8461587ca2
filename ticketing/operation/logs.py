"""Logs: one JSON object a line on the standard error, for our own records and the libraries' alike.

Nothing that is logged can begin a line, hide one or turn it round: whatever is no plain character is written escaped.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import structlog


def configure(level: str) -> None:
    """Sends every record of the process to the standard error, from `level` up."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=one_line),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("apscheduler", "sqlalchemy.engine", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


#: What JSON leaves as it is and some reader would take for an end of line, or that turns the text round or hides it.
_TREACHEROUS = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def one_line(record: Any, **options: Any) -> str:
    """A record as one line of JSON, its French readable."""
    text = json.dumps(record, ensure_ascii=False, **options)
    return _TREACHEROUS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
