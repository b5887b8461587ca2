"""Challenges for security keys: each is kept in the browser's signed cookie, for five minutes, and serves once."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta

from flask import session

from charters.database import BUSY_TIMEOUT_MS
from charters.entry.fido import CHALLENGE_LIFE

_NAME = "challenge"
LONGEST_WAIT = timedelta(milliseconds=BUSY_TIMEOUT_MS)


def made(now: datetime) -> bytes:
    """Return a new challenge of 32 bytes for this browser, in place of the former one."""
    challenge = secrets.token_bytes(32)
    session[_NAME] = {"is": base64.b64encode(challenge).decode(), "at": int(now.timestamp())}
    return challenge


def taken(now: datetime) -> bytes:
    """Return this browser's challenge and remove it from its cookie.

    Without a valid one, return random bytes, which no key can have signed. It must still be valid after the longest
    wait for the lock under which the answer is judged.
    """
    kept = session.pop(_NAME, None)
    if not isinstance(kept, dict) or now + LONGEST_WAIT - datetime.fromtimestamp(kept["at"], UTC) > CHALLENGE_LIFE:
        return secrets.token_bytes(32)
    return base64.b64decode(kept["is"])
