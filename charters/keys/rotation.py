"""`guichet keys rotate`: encrypt every sealed value again, under the newest of GUICHET_SEED_KEYS.

It works in small transactions. After a stop, the next run continues from there.
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

#: The places of sealed values: table, column, and the name of the row for people.
_Place = tuple[Any, Any, Any]
_PLACES: list[_Place] = [
    (OtpKey, OtpKey.seed, OtpKey.serial),
    (StockKey, StockKey.seed, StockKey.serial),
    (Letter, Letter.body, Letter.message_id),
]


def also(table: Any, column: Any, name: Any) -> None:
    """Have the sealed values of another room's table sealed again too; `name` is its row's name for people."""
    _PLACES.append((table, column, name))


@dataclass(frozen=True, slots=True)
class Rotation:
    """The result: how many values were sealed again, how many already were, and the rows that no key opens."""

    renewed: int
    already: int
    unreadable: tuple[str, ...]


def rotate(now: datetime) -> Rotation:
    """Seal every value under the newest key. Each row is locked, so that no concurrent write is lost."""
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
    """The query of the next sealed rows of a place, locked: row id, sealed value, name of the row."""
    table, column, name = place
    return (
        select(table.id, column, name)
        .where(table.id > after, column.is_not(None), column != "")
        .order_by(table.id)
        .limit(BATCH)
        .with_for_update()
    )


def _renew(place: _Place, row_id: int, sealed: str, newest: Fernet) -> Literal["renewed", "already", "unreadable"]:
    """Seal one row under the newest key, unless it already is or no key opens it. Returns which of the three."""
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
