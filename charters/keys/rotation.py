"""`guichet keys rotate`: everything sealed is sealed anew under the newest of GUICHET_SEED_KEYS.

In small transactions: stopped anywhere, it goes on where it was when it is run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select, update

from charters.database import writing
from charters.journal import audit
from charters.rules import resealed, rules
from charters.tables.access import OtpKey
from charters.tables.keys import Letter, StockKey

audit.label("keys.rotated", "Secrets rechiffrés sous la clé la plus récente")

BATCH = 100

#: Where something sealed is: its table, its column, and what names the row to people.
_PLACES: tuple[tuple[Any, Any, Any], ...] = (
    (OtpKey, OtpKey.seed, OtpKey.serial),
    (StockKey, StockKey.seed, StockKey.serial),
    (Letter, Letter.body, Letter.message_id),
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many were sealed anew, how many already were, and the numbers of those that no key opens."""

    renewed: int
    already: int
    unreadable: tuple[str, ...]


def rotate(now: datetime) -> Rotation:
    """Seal everything under the newest key; each row under its lock, so that nothing written meanwhile is lost."""
    newest = Fernet(rules().seed_keys[0])
    renewed, already, unreadable = 0, 0, []
    for table, column, name in _PLACES:
        after = 0
        while True:
            with writing() as session:
                rows = session.execute(
                    select(table.id, column, name)
                    .where(table.id > after, column.is_not(None), column != "")
                    .order_by(table.id)
                    .limit(BATCH)
                    .with_for_update()
                ).all()
                for row_id, sealed, named in rows:
                    after = row_id
                    if _opens(newest, sealed):
                        already += 1
                        continue
                    try:
                        fresh = resealed(sealed)
                    except InvalidToken:
                        unreadable.append(named)
                        continue
                    session.execute(update(table).where(table.id == row_id).values({column.key: fresh}))
                    renewed += 1
            if len(rows) < BATCH:
                break
    with writing():
        audit.record(
            "keys.rotated",
            subject=f"{renewed}",
            now=now,
            details={
                "renewed": renewed,
                "already": already,
                "unreadable": len(unreadable),
            },
        )
    return Rotation(renewed, already, tuple(unreadable))


def _opens(cipher: Fernet, sealed: str) -> bool:
    try:
        cipher.decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True
