"""The challenge that a security key is to answer: the browser's own, in its signed cookie, for five minutes, once."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime

from flask import session

from charters.entry.fido import CHALLENGE_LIFE

_NAME = "challenge"


def made(now: datetime) -> bytes:
    """A new challenge for this browser; the one before serves no more."""
    challenge = secrets.token_bytes(32)
    session[_NAME] = {"is": base64.b64encode(challenge).decode(), "at": int(now.timestamp())}
    return challenge


def taken(now: datetime) -> bytes:
    """This browser's challenge, taken out of its cookie; one that nobody can have answered when there is none."""
    kept = session.pop(_NAME, None)
    if not isinstance(kept, dict) or now - datetime.fromtimestamp(kept["at"], UTC) > CHALLENGE_LIFE:
        return secrets.token_bytes(32)
    return base64.b64decode(kept["is"])
