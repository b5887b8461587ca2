"""Administrators are told of locked keys and passwords, within five minutes, in one letter for all of them.

A lock is told once. The letters of an académie are at least `EVERY` apart, whatever the number of locks: an attacker
who locks two hundred keys gives one letter, and then one every five minutes. A letter names sigles and serial numbers
of the people whom its recipient administers, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from charters import letters
from charters.database import db, reading, writing
from charters.days import today
from charters.keys.keys import LIVE
from charters.model import Role
from charters.people import presence
from charters.tables.access import Account, MandateRow, OtpKey
from charters.tables.keys import Letter

KIND = "keys-locked"
#: The least time between two letters to the administrators of an académie: with the time to send, under five minutes.
EVERY = timedelta(minutes=4, seconds=20)
#: How many locks a letter names; it counts the others.
NAMED = 20

#: A column that holds an instant or nothing.
Instant = InstrumentedAttribute[datetime | None]
#: Gives the organisations whose people an académie administers; None: all.
Administered = Callable[[str], Collection[str] | None]


@dataclass(frozen=True, slots=True)
class Lock:
    """A key that is locked, or a password (`serial` is then empty). `cloned`: a copy of the key may exist."""

    id: int
    sigle: str
    organisation: str
    serial: str
    cloned: bool


def tell(administered: Administered, now: datetime) -> int:
    """Write, for the scheduler, to the administrators of each académie the locks not told yet. Returns the letters."""
    with reading():
        waiting = _untold()
        if not waiting:
            return 0
        watchers = administrators(now)
        busy = {academie for academie, people in watchers.items() if _told_lately(people, now)}
    scopes = {academie: administered(academie) for academie in watchers}
    due = [lock for lock in waiting if not busy & _covering(lock, scopes) and _covering(lock, scopes)]
    if not due:
        return 0
    with writing():
        due = _marked(due, now)
        return sum(
            _write(academie, people, [lock for lock in due if academie in _covering(lock, scopes)], now)
            for academie, people in sorted(watchers.items())
        )


def _untold() -> list[Lock]:
    """The locks that no administrator was told of, keys before passwords, in the order in which they came."""
    keys = db.session.execute(
        select(OtpKey.id, Account.sigle, Account.organisation, OtpKey.serial, OtpKey.cloned_at)
        .join(Account, Account.id == OtpKey.account_id)
        .where(OtpKey.state.in_(LIVE), _fresh(OtpKey.locked_at, OtpKey.lock_told_at))
        .order_by(OtpKey.locked_at, OtpKey.id)
    )
    passwords = db.session.execute(
        select(Account.id, Account.sigle, Account.organisation)
        .where(_fresh(Account.password_locked_at, Account.password_lock_told_at))
        .order_by(Account.password_locked_at, Account.id)
    )
    return [
        *(Lock(row.id, row.sigle, row.organisation, row.serial, row.cloned_at is not None) for row in keys),
        *(Lock(row.id, row.sigle, row.organisation, "", False) for row in passwords),
    ]


def _fresh(locked_at: Instant, told_at: Instant) -> ColumnElement[bool]:
    """In a query: what is locked, and was not told since it was."""
    return locked_at.is_not(None) & or_(told_at.is_(None), told_at < locked_at)


def administrators(now: datetime) -> dict[str, Sequence[Account]]:
    """Académie -> its administrators who may act today; a suspended one is told nothing."""
    day = today(now)
    rows = db.session.execute(
        select(MandateRow.scope_id, Account)
        .join(Account, Account.id == MandateRow.account_id)
        .where(
            MandateRow.role == Role.ADMINISTRATEUR,
            presence.acting(day),
            presence.in_activity(day),
            ~presence.suspended(Account.organisation),
        )
        .order_by(MandateRow.scope_id, Account.id)
    ).all()
    found: dict[str, list[Account]] = {}
    for academie, account in rows:
        if account not in found.setdefault(academie, []):
            found[academie].append(account)
    return dict(found)


def _told_lately(people: Iterable[Account], now: datetime) -> bool:
    """Whether one of these administrators was written to less than `EVERY` ago."""
    return (
        db.session.scalar(
            select(Letter.id)
            .where(
                Letter.account_id.in_([person.id for person in people]),
                Letter.kind == KIND,
                Letter.created_at > now - EVERY,
            )
            .limit(1)
        )
        is not None
    )


def _covering(lock: Lock, scopes: Mapping[str, Collection[str] | None]) -> set[str]:
    """The académies whose administrators administer the owner of a lock."""
    return {academie for academie, covered in scopes.items() if covered is None or lock.organisation in covered}


def _marked(locks: Sequence[Lock], now: datetime) -> list[Lock]:
    """The locks that this call marks as told; of two schedulers, only the first to mark one writes."""
    keys = set(
        db.session.scalars(
            update(OtpKey)
            .where(
                OtpKey.id.in_([one.id for one in locks if one.serial]), _fresh(OtpKey.locked_at, OtpKey.lock_told_at)
            )
            .values(lock_told_at=now)
            .returning(OtpKey.id)
        )
    )
    passwords = set(
        db.session.scalars(
            update(Account)
            .where(
                Account.id.in_([one.id for one in locks if not one.serial]),
                _fresh(Account.password_locked_at, Account.password_lock_told_at),
            )
            .values(password_lock_told_at=now)
            .returning(Account.id)
        )
    )
    return [one for one in locks if one.id in (keys if one.serial else passwords)]


def _write(academie: str, people: Iterable[Account], locks: Sequence[Lock], now: datetime) -> int:
    """Write one letter about these locks to each of these administrators of an académie. Returns their number."""
    if not locks:
        return 0
    values = {"locks": locks[:NAMED], "more": max(0, len(locks) - NAMED), "count": len(locks), "about": academie}
    return sum(letters.write(person, KIND, now=now, values=values) for person in people)
