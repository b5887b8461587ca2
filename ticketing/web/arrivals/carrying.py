"""A list carried in a page between its verdicts and its confirmation, signed and packed: nothing of it is stored."""

from __future__ import annotations

import base64
import binascii
import json
import lzma
from typing import Any

from flask import current_app, g
from itsdangerous import BadData, TimestampSigner

from ticketing.arrivals.lists import Listed, Row, SheetRefused

#: How long a list may wait on a page, in seconds, and its longest form there, in characters.
KEPT_FOR, CARRIED_MAX = 24 * 3600, 850_000
_TOO_LONG = "Cette liste est trop longue pour être relue à l’écran : coupez-la en deux, ou passez par la commande."

__all__ = ["BadData", "carried", "opened"]


def carried(purpose: str, found: Listed) -> str:
    """Return a list as a text for a hidden field, which its reader alone can send back. Raises SheetRefused."""
    columns = sorted(found.columns)
    rows = [
        [row.line, [columns.index(one) for one in sorted(row.formulas)], *(row.get(one) for one in columns)]
        for row in found.rows
    ]
    packed = json.dumps([found.name, columns, rows], ensure_ascii=False, separators=(",", ":")).encode()
    text = _signer(purpose).sign(base64.urlsafe_b64encode(lzma.compress(packed))).decode()
    if len(text) > CARRIED_MAX:
        raise SheetRefused(_TOO_LONG)
    return text


def opened(purpose: str, text: str) -> Listed:
    """Return the list of such a text. Raises BadData where it is not whole, too old, or another person's."""
    signed = _signer(purpose).unsign(text[: CARRIED_MAX + 1], max_age=KEPT_FOR)
    try:
        name, columns, rows = json.loads(lzma.decompress(base64.urlsafe_b64decode(signed)))
    except (binascii.Error, lzma.LZMAError, ValueError) as error:
        raise BadData(str(error)) from error
    return Listed(name, tuple(_row(columns, row) for row in rows), frozenset(columns))


def _row(columns: list[str], row: list[Any]) -> Row:
    line, formulas, *texts = row
    values = dict(zip(columns, texts, strict=True))
    return Row(line, {name: text for name, text in values.items() if text}, frozenset(columns[at] for at in formulas))


def _signer(purpose: str) -> TimestampSigner:
    """Return a signer for one account, under one mandate, for one purpose."""
    salt = f"{purpose}:{g.actor.account_id}:{g.actor.mandate.id}"
    return TimestampSigner(current_app.config["SECRET_KEY"], salt=salt)
