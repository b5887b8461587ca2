"""Take the whole body of a request in, bounded in size and time, before anything is decided on what was read.

A body that came 75 seconds after its headers was judged by the clock, the session and the suspensions of before. The
server of Guichet hands a request over when it is whole (`ticketing.serving`); here the same holds before any server.
"""

from __future__ import annotations

import io
import time
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user
from werkzeug.exceptions import RequestTimeout

from ticketing.serving.limits import PLAIN_BODY
from ticketing.web import guards

#: Blueprints whose forms may bring files.
WITH_FILES = frozenset({"bringing_people", "bringing_places", "calls", "opening", "sheets", "stock", "tickets"})
FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})


def install(app: Flask) -> None:
    """Register the step, which must come before the CSRF check: that check reads the body."""
    app.before_request(_take_in)


def _take_in() -> None:
    """Read the body into memory, or into files without a name (gone with the request); then read the clock again."""
    if request.content_length is None and "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
        return
    settings = current_app.config["GUICHET"]
    with_files = request.blueprint in WITH_FILES and request.mimetype == "multipart/form-data"
    if with_files and current_user.is_authenticated:  # the large body of an anonymous request is never read
        request.max_content_length = settings.upload_ticket_mb * 1_000_000 + PLAIN_BODY
    request.environ["wsgi.input"] = Timely(
        request.environ["wsgi.input"], settings.receive_seconds, settings.receive_kb_second * 1000
    )
    if request.mimetype in FORMS:
        _ = request.form, request.files
    else:
        request.get_data()
    guards.forget()


class Timely(io.RawIOBase):
    """A body that must come at a rate: after `seconds`, at least `rate` bytes a second. Raises RequestTimeout (408)."""

    def __init__(self, source: Any, seconds: float, rate: int) -> None:
        self._source, self._seconds, self._rate = source, seconds, rate
        self._since, self._read = time.monotonic(), 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return what the server reads of the body."""
        return self._counted(self._source.read(size))

    def readline(self, size: int | None = -1) -> bytes:
        """Return the next line."""
        return self._counted(self._source.readline(size))

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`, return the number of bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _counted(self, data: bytes) -> bytes:
        self._read += len(data)
        if time.monotonic() - self._since > self._seconds + self._read / self._rate:
            raise RequestTimeout
        return data
