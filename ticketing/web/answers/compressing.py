"""Pages compressed on the wire, where their length tells nothing (BREACH).

The length of a compressed page tells whether a text that somebody made it show is also elsewhere in it. So a page that
answers a question of its address (a search, a filter) or a form is sent as it is, like any answer but a whole page; the
tokens of forms are masked anew in each page (`mandates.forms`), and each compressed page has a length drawn by lot.
"""

from __future__ import annotations

import secrets
import struct
import zlib

from flask import Flask, Response, request

#: Below this, in bytes, nothing is gained.
_SMALLEST = 1_000
#: How many bytes are added at most, whose number nobody can tell from outside (« Heal the Breach »).
_PADDING = 100
_LEVEL = 4


def install(app: Flask) -> None:
    """Compress the pages that may be."""

    @app.after_request
    def _compress(response: Response) -> Response:
        if not _is_a_page(response):
            return response
        response.vary.add("Accept-Encoding")
        if _reflects() or request.accept_encodings.quality("gzip") <= 0:
            return response
        body = response.get_data()
        if len(body) >= _SMALLEST:
            response.set_data(packed(body))
            response.content_encoding = "gzip"
        return response


def _is_a_page(response: Response) -> bool:
    whole = response.status_code == 200 and not response.is_streamed and not response.content_encoding
    return whole and response.mimetype == "text/html"


def _reflects() -> bool:
    """Whether the page may show what whoever made the request chose: its address's question, or a form."""
    return request.method not in ("GET", "HEAD") or bool(request.query_string)


def packed(body: bytes) -> bytes:
    """Return `body` as gzip, with a file name of a length drawn by lot in its head, which readers skip."""
    name = b"x" * secrets.randbelow(_PADDING + 1)
    # RFC 1952, 2.3: magic, deflate, FNAME, no time, no hint, unknown system.
    head = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff" + name + b"\x00"
    squeezing = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = squeezing.compress(body) + squeezing.flush()
    return head + deflated + struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)
