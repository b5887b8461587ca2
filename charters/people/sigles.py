"""Sigles of forgotten people: only a slow hash is kept, so that none is given again (annexe 6, 2.2)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from charters.database import db
from charters.tables.personal import RetiredSigle

#: These parameters never change: others would give other hashes, and old sigles could be given again.
_N, _R, _P, _LENGTH = 2**14, 8, 1, 32
_SALT = b"guichet: retired sigle"


def mark(sigle: str) -> str:
    """The hash of a sigle. It is slow on purpose, so do not compute it under a lock."""
    return hashlib.scrypt(sigle.strip().lower().encode(), salt=_SALT, n=_N, r=_R, p=_P, dklen=_LENGTH).hex()


def marks(sigles: Collection[str], tell: Callable[[int], object] = lambda done: None) -> dict[str, str]:
    """Return the hash of each sigle, worked out on every processor.

    `tell` is called with how many are done, 0 before the work begins: it may raise to refuse it.
    """
    wanted = list(dict.fromkeys(sigles))
    found: dict[str, str] = {}
    tell(0)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:  # scrypt lets other threads run
        for done, (sigle, print_) in enumerate(zip(wanted, pool.map(mark, wanted), strict=True), 1):
            found[sigle] = print_
            tell(done)
    return found


def retired(print_: str) -> bool:
    """Whether the sigle of this hash belonged to a person who was forgotten."""
    return db.session.get(RetiredSigle, print_) is not None


def any_retired() -> bool:
    """Whether a person was ever forgotten here: before that, no hash needs to be worked out."""
    return db.session.scalar(select(RetiredSigle).limit(1)) is not None


def retired_among(prints: Iterable[str]) -> frozenset[str]:
    """Return those of these hashes that are of forgotten people's sigles."""
    wanted = list(prints)
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        chosen = RetiredSigle.print.in_(wanted[start : start + 500])
        found.update(db.session.scalars(select(RetiredSigle.print).where(chosen)))
    return frozenset(found)
