"""`guichet keys rotate`: seals again, under the newest of GUICHET_SEED_KEYS, everything that is sealed.

It works in small transactions: stopped anywhere, it continues from there when it is run again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Select, select, update

from charters.database import db, writing
from charters.journal import audit
from charters.rules import resealed, rules
from charters.tables.access import OtpKey
from charters.tables.keys import Letter, StockKey

audit.label("keys.rotated", "Secrets rechiffrés sous la clé la plus récente")

BATCH = 100

#: Where something sealed is: its table, its column, and what names the row to people.
_Place = tuple[Any, Any, Any]
_PLACES: tuple[_Place, ...] = (
    (OtpKey, OtpKey.seed, OtpKey.serial),
    (StockKey, StockKey.seed, StockKey.serial),
    (Letter, Letter.body, Letter.message_id),
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many were sealed again, how many already were, and the numbers of those that no key opens."""

    renewed: int
    already: int
    unreadable: tuple[str, ...]


def rotate(now: datetime) -> Rotation:
    """Seal everything under the newest key; each row under its lock, so that nothing written meanwhile is lost."""
    newest = Fernet(rules().seed_keys[0])
    done: Counter[str] = Counter()
    unreadable: list[str] = []
    for place in _PLACES:
        after, full = 0, True
        while full:
            with writing() as session:
                rows = session.execute(_batch(place, after)).all()
                for row_id, sealed, named in rows:
                    after, outcome = row_id, _renew(place, row_id, sealed, newest)
                    done[outcome] += 1
                    if outcome == "unreadable":
                        unreadable.append(named)
            full = len(rows) == BATCH
    counts = {"renewed": done["renewed"], "already": done["already"], "unreadable": len(unreadable)}
    with writing():
        audit.record("keys.rotated", subject=f"{done['renewed']}", now=now, details=counts)
    return Rotation(done["renewed"], done["already"], tuple(unreadable))


def _batch(place: _Place, after: int) -> Select[*tuple[Any, ...]]:
    """The next sealed rows of a place, under lock: number, what is sealed, the row's name."""
    table, column, name = place
    return (
        select(table.id, column, name)
        .where(table.id > after, column.is_not(None), column != "")
        .order_by(table.id)
        .limit(BATCH)
        .with_for_update()
    )


def _renew(place: _Place, row_id: int, sealed: str, newest: Fernet) -> Literal["renewed", "already", "unreadable"]:
    """Seal one row under the newest key, unless it is already, or no key opens it; gives which."""
    table, column, _ = place
    if _opens(newest, sealed):
        return "already"
    try:
        fresh = resealed(sealed)
    except InvalidToken:
        return "unreadable"
    db.session.execute(update(table).where(table.id == row_id).values({column.key: fresh}))
    return "renewed"


def _opens(cipher: Fernet, sealed: str) -> bool:
    try:
        cipher.decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True
