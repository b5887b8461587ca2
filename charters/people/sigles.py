"""Sigles of forgotten people: only a slow hash is kept, so that none is given again (annexe 6, 2.2)."""

from __future__ import annotations

import hashlib

from charters.database import db
from charters.tables.personal import RetiredSigle

#: These parameters never change: others would give other hashes, and old sigles could be given again.
_N, _R, _P, _LENGTH = 2**14, 8, 1, 32
_SALT = b"guichet: retired sigle"


def mark(sigle: str) -> str:
    """The hash of a sigle. It is slow on purpose, so do not compute it under a lock."""
    return hashlib.scrypt(sigle.strip().lower().encode(), salt=_SALT, n=_N, r=_R, p=_P, dklen=_LENGTH).hex()


def retired(print_: str) -> bool:
    """Whether the sigle of this hash belonged to a person who was forgotten."""
    return db.session.get(RetiredSigle, print_) is not None
