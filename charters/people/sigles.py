"""Sigles that forgotten people had: only a slow print is kept, so that none is given again (annexe 6, 2.2)."""

from __future__ import annotations

import hashlib

from charters.database import db
from charters.tables.personal import RetiredSigle

#: Another parameter would make another print, and let old sigles be given again: these never change.
_N, _R, _P, _LENGTH = 2**14, 8, 1, 32
_SALT = b"guichet: retired sigle"


def mark(sigle: str) -> str:
    """The print of a sigle. Slow on purpose: not to be asked for under a lock."""
    return hashlib.scrypt(sigle.strip().lower().encode(), salt=_SALT, n=_N, r=_R, p=_P, dklen=_LENGTH).hex()


def retired(print_: str) -> bool:
    """Whether the sigle of this print belonged to somebody who was forgotten."""
    return db.session.get(RetiredSigle, print_) is not None
