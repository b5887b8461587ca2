"""The place in a list where a page begins, as an opaque text of its address. Pure."""

from __future__ import annotations

import base64
import binascii
import json

from ticketing.model import LARGEST_NUMBER


def cursor_to(back: bool, place: tuple[int, ...]) -> str:
    """Return the cursor of the page before or after a place in a list."""
    return base64.urlsafe_b64encode(json.dumps([int(back), *place]).encode()).decode().rstrip("=")


def position(cursor: str | None, length: int) -> tuple[bool, tuple[int, ...] | None]:
    """Return (backwards?, place) of a cursor; (False, None) for no cursor and for one that is not of this list."""
    if not cursor or len(cursor) > 100:
        return False, None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        return False, None
    if not isinstance(values, list) or len(values) != length + 1 or any(type(value) is not int for value in values):
        return False, None
    if any(abs(value) >= LARGEST_NUMBER for value in values):
        return False, None
    return bool(values[0]), tuple(values[1:])
