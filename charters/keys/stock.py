"""The stock of hardware keys: import of suppliers' files (whole or not at all), handing keys to people.

A hardware key's secret is burnt into it: it can be wiped here but not replaced in the key. So a returned key is
retired: the hash of its secret stays, and no file can bring the same secret in again, under any number. A key in which
its supplier has burnt another secret is a new key under the same number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from charters.database import db, writing, written_at
from charters.days import today
from charters.errors import NotFound, Refused
from charters.journal import audit
from charters.keys import keys, seedfile, supplied_key
from charters.keys.supplied_key import Fault, Faulty, SuppliedKey
from charters.model import Actor
from charters.rules import seal
from charters.tables.access import OtpKey
from charters.tables.keys import StockKey

audit.label("stock.imported", "Clés matérielles entrées en stock")
audit.label("stock.discarded", "Clé retirée du stock")

_MANY = 500  # bound parameters in a statement, which SQLite limits


@dataclass(frozen=True, slots=True)
class StockLine:
    """A key in stock, without its secret."""

    id: int
    serial: str
    kind: str
    digits: int
    algorithm: str
    batch: str
    imported_at: datetime


def import_file(
    content: bytes, name: str, *, academie: str, secret: str = "", actor: Actor | None, now: datetime
) -> int:
    """Import a supplier's file into an académie's stock. Returns the number of keys.

    Raises Faulty with every fault by line; nothing is then imported.
    """
    found = seedfile.read(content, secret)  # before the transaction, since deriving a key is slow
    prints = [_print(key.seed) for key in found]
    try:
        with writing() as session:
            now = written_at(now)
            faults = _known(found, prints)
            if faults:
                raise Faulty(faults[: supplied_key.FAULTS_SHOWN])
            batch = _one_line(name)
            session.add_all(
                _stocked(key, mark, academie=academie, batch=batch, actor=actor, now=now)
                for key, mark in zip(found, prints, strict=True)
            )
            session.flush()
            audit.record(
                "stock.imported",
                actor=actor,
                subject=batch,
                now=now,
                details={
                    "keys": len(found),
                    "academie": academie,
                    "first": found[0].serial,
                    "last": found[-1].serial,
                },
            )
    except IntegrityError as error:  # two imports of the same file at the same moment
        raise Faulty([Fault(0, "Ces clés viennent d’être importées par quelqu’un d’autre.")]) from error
    return len(found)


def _stocked(key: SuppliedKey, mark: str, *, academie: str, batch: str, actor: Actor | None, now: datetime) -> StockKey:
    """The row of a supplied key in stock; `mark` is the hash of its secret, `batch` the name of its file."""
    return StockKey(
        serial=key.serial,
        kind=key.kind,
        digits=key.digits,
        algorithm=key.algorithm,
        seed=seal(key.serial, key.seed),
        seed_print=mark,
        counter=key.counter,
        academie=academie,
        batch=batch,
        state="stock",
        imported_at=now,
        imported_by=actor.sigle if actor else "",
    )


def _known(found: Sequence[SuppliedKey], prints: Sequence[str]) -> list[Fault]:
    """The faults of keys that are in stock already, or whose secret was already used."""
    serials = _present(StockKey.serial, [key.serial for key in found], StockKey.state == "stock")
    live = _present(OtpKey.serial, [key.serial for key in found], OtpKey.state.in_(keys.LIVE))
    used = _present(StockKey.seed_print, prints)
    faults = []
    for key, mark in zip(found, prints, strict=True):
        if key.serial in serials:
            faults.append(Fault(key.line, f"la clé n° {key.serial} est déjà en stock."))
        elif key.serial in live:
            faults.append(Fault(key.line, f"la clé n° {key.serial} est en service."))
        elif mark in used:
            faults.append(
                Fault(
                    key.line,
                    f"le secret de la clé n° {key.serial} a déjà servi : une clé rendue ne se "
                    "remet pas, sauf regravée par son fournisseur avec un autre secret.",
                )
            )
    return faults


def _present(column: object, values: Sequence[str], *conditions: object) -> set[str]:
    present: set[str] = set()
    for start in range(0, len(values), _MANY):
        query = select(column).where(column.in_(values[start : start + _MANY]), *conditions)  # type: ignore
        present.update(db.session.scalars(query))
    return present


def in_stock(academie: str, *, words: str = "", limit: int = 200) -> list[StockLine]:
    """The keys of an académie's stock whose number contains `words`, sorted by number."""
    query = select(
        StockKey.id,
        StockKey.serial,
        StockKey.kind,
        StockKey.digits,
        StockKey.algorithm,
        StockKey.batch,
        StockKey.imported_at,
    ).where(StockKey.academie == academie, StockKey.state == "stock")
    if words:
        query = query.where(StockKey.serial.icontains(words[:40], autoescape=True))
    return [StockLine(*row) for row in db.session.execute(query.order_by(StockKey.serial).limit(limit))]


def count(academie: str) -> int:
    """The number of keys that an académie has in stock."""
    return (
        db.session.scalar(
            select(func.count()).select_from(StockKey).where(StockKey.academie == academie, StockKey.state == "stock")
        )
        or 0
    )


def hand_over(account_id: int, serial: str, *, academie: str, actor: Actor | None, now: datetime) -> tuple[int, str]:
    """Hand the stocked key of this number to a person. Returns (key id, token of the activation link).

    Raises Refused (no such key in this stock, a key already held, an activity ended), NotFound.
    """
    serial = serial.strip()

    def taken() -> OtpKey:
        stocked = db.session.scalar(
            select(StockKey)
            .where(StockKey.serial == serial, StockKey.academie == academie, StockKey.state == "stock")
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if stocked is None or stocked.seed is None:
            raise Refused(f"Aucune clé n° {serial[:40]} n’est en stock : relevez le numéro gravé sur la clé.")
        key = OtpKey(
            serial=stocked.serial,
            kind=stocked.kind,
            hardware=True,
            state="issued",
            created_at=now,
            failures=0,
            digits=stocked.digits,
            algorithm=stocked.algorithm,
            seed=stocked.seed,
            handed_over_on=today(now),
            last_step=stocked.counter - 1 if stocked.kind == "hotp" and stocked.counter else None,
        )
        stocked.state, stocked.seed, stocked.closed_at = "handed", None, now
        left.append(stocked)
        return key

    left: list[StockKey] = []
    with writing():
        now = written_at(now)
        key_id, token = keys.issue(account_id, taken, actor=actor, now=now)
        left[0].key_id = key_id
    return key_id, token


def discard(stock_id: int, *, academie: str, actor: Actor | None, now: datetime) -> str:
    """Remove from the stock a key that will not be used (broken, missing). Returns its number.

    Only its line in the journal remains. A key removed by mistake may be imported again, since its secret was never
    used. Raises NotFound.
    """
    with writing() as session:
        now = written_at(now)
        stocked = session.get(StockKey, stock_id, with_for_update=True, populate_existing=True)
        if stocked is None or stocked.academie != academie or stocked.state != "stock":
            raise NotFound(str(stock_id))
        session.delete(stocked)
        audit.record("stock.discarded", actor=actor, subject=stocked.serial, now=now)
        return stocked.serial


def _print(seed: bytes) -> str:
    """A hash that identifies a seed; the seed cannot be found from it, since it has 80 random bits or more."""
    return hashlib.sha256(b"guichet: print of a key's secret\0" + seed).hexdigest()


def _one_line(name: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:120]
