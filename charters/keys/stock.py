"""The stock of hardware keys: a supplier's file is brought in whole or not at all, a key is handed to a person.

A hardware key's secret is burnt into it: it can be wiped here, not replaced there. So a key that came back is retired:
its print stays, and no file brings the same secret in again, under any number. A key that its supplier has engraved
with another secret is a new key under the same number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from charters.database import db, writing
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

_MANY = 500  # bound parameters a statement: SQLite has its limit


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
    """Bring a supplier's file into an académie's stock; gives how many keys it had.

    Raises Faulty with every fault by line: nothing is then brought in.
    """
    found = seedfile.read(content, secret)  # before the transaction: deriving a key takes its time
    prints = [_print(key.seed) for key in found]
    try:
        with writing() as session:
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
    except IntegrityError as error:  # the same file twice at the same moment
        raise Faulty([Fault(0, "Ces clés viennent d’être importées par quelqu’un d’autre.")]) from error
    return len(found)


def _stocked(key: SuppliedKey, mark: str, *, academie: str, batch: str, actor: Actor | None, now: datetime) -> StockKey:
    """The row of a supplied key in stock; `mark` is the print of its secret, `batch` the file that brought it."""
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
    """The keys of the file that are here already, or whose secret has already served."""
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
    """The keys in an académie's stock by their numbers, those whose number holds `words`."""
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
    """How many keys an académie has in stock."""
    return (
        db.session.scalar(
            select(func.count()).select_from(StockKey).where(StockKey.academie == academie, StockKey.state == "stock")
        )
        or 0
    )


def hand_over(account_id: int, serial: str, *, academie: str, actor: Actor | None, now: datetime) -> tuple[int, str]:
    """Hand the stocked key of this number to a person: (key id, token of the activation link).

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
        key_id, token = keys.issue(account_id, taken, actor=actor, now=now)
        left[0].key_id = key_id
    return key_id, token


def discard(stock_id: int, *, academie: str, actor: Actor | None, now: datetime) -> str:
    """Take out of the stock a key that will not serve (broken, missing). Gives its number.

    Nothing of it is left but its line of the journal: taken out by mistake, it may be brought in again, since its
    secret never served anyone. Raises NotFound.
    """
    with writing() as session:
        stocked = session.get(StockKey, stock_id, with_for_update=True, populate_existing=True)
        if stocked is None or stocked.academie != academie or stocked.state != "stock":
            raise NotFound(str(stock_id))
        session.delete(stocked)
        audit.record("stock.discarded", actor=actor, subject=stocked.serial, now=now)
        return stocked.serial


def _print(seed: bytes) -> str:
    """A print that recognises a secret; nobody can find the secret from it, since it has 80 random bits or more."""
    return hashlib.sha256(b"guichet: print of a key's secret\0" + seed).hexdigest()


def _one_line(name: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:120]
