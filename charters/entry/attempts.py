"""Login attempts: checks of PIN and password, failure counters, lock-out.

Consecutive failures are counted in the database, under lock: on the key, or on the account for a password. The fifth
failure imposes a delay, the tenth locks, and only the académie unlocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from charters import letters
from charters.database import db, reading
from charters.days import today
from charters.journal import audit
from charters.keys import pins
from charters.people.accounts import SIGLE, is_suspended
from charters.rules import Unreadable, rules, unseal
from charters.tables.access import Account, OtpKey

DELAY_FROM, LOCK_AT = 5, 10  # consecutive failures
_SAMPLE = 3  # seeds that are tried, to know whether seeds can be read


def delay_after(failures: int) -> timedelta:
    """The wait imposed after so many consecutive failures: none before the 5th, then 5 s, doubled each time."""
    if failures < DELAY_FROM:
        return timedelta(0)
    return timedelta(seconds=5 * 2 ** (failures - DELAY_FROM))


def plain_sigle(typed: str) -> str:
    """The typed sigle in the form that the database stores; empty for a text that cannot be a sigle."""
    sigle = typed.strip().lower()
    return sigle if SIGLE.fullmatch(sigle) else ""


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a PIN or a password was right, and the hash with which it was compared.

    Hashing is slow, so it is done before any lock is taken. Under the lock the verdict counts only if the stored hash
    is still the one that was compared, so that an attempt under way while the PIN changes fails.
    """

    right: bool
    by: str | None
    wanted: bool = True  # False: the configuration does not ask for this PIN

    def holds(self, kept: str | None) -> bool:
        """Whether the secret was right and the hash read under the lock, `kept`, is the one that was compared."""
        return not self.wanted or (self.right and self.by == kept)


def judged_pin(whose: ColumnElement[bool], pin: str) -> Judged:
    """Compare a typed PIN with the account's; the comparison takes as long for an unknown account."""
    with reading() as session:
        kept = session.scalar(select(Account.pin_hash).where(whose))
    return Judged(pins.right(pin, kept), kept, rules().pin_required)


def judged_password(whose: ColumnElement[bool], password: str) -> Judged:
    """Compare a typed password, as `judged_pin` compares a PIN."""
    with reading() as session:
        kept = session.scalar(select(Account.password_hash).where(whose))
    return Judged(pins.right(password, kept), kept)


def require_seeds() -> None:
    """Raise Unavailable when the settings open no seed of the base: asked before any sigle is looked up.

    So a known sigle and an unknown one get the same answer while the seeds are unreadable.
    """
    if not seeds_are_readable():
        raise Unreadable("the seeds of the base are unreadable")


def seeds_are_readable() -> bool:
    """Whether some of the newest seeds in use can be opened, or there is none. A single damaged one is no outage."""
    with reading() as session:
        newest = session.execute(
            select(OtpKey.serial, OtpKey.seed)
            .where(OtpKey.state == "active", OtpKey.seed.is_not(None))
            .order_by(OtpKey.id.desc())
            .limit(_SAMPLE)
        ).all()
    return not newest or any(_opened(row.serial, row.seed) for row in newest)


def _opened(serial: str, sealed: str) -> bytes | None:
    try:
        return unseal(serial, sealed)
    except (Unreadable, ValueError):
        return None


def seed_of(key: OtpKey | None) -> bytes | None:
    """The seed of a key that shows codes, or None: the key has none, or this one seed cannot be opened."""
    return None if key is None or key.seed is None else _opened(key.serial, key.seed)


def locked_account(sigle: str) -> Account | None:
    """The account of this sigle, under lock."""
    return db.session.scalar(
        select(Account).where(Account.sigle == sigle).with_for_update().execution_options(populate_existing=True)
    )


def locked_key(account: Account | None) -> OtpKey | None:
    """The active key of this account, locked. The query also runs without an account, so that its time is the same.

    It is a separate statement, under the account's lock: joined to the query of the account, PostgreSQL would give the
    key as it was before this transaction waited for the lock.
    """
    return db.session.scalar(
        select(OtpKey)
        .where(OtpKey.account_id == (account.id if account else -1), OtpKey.state == "active")
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def barred(account: Account | None, now: datetime) -> str:
    """Why this person may not log in at all, for the journal only; empty when nothing forbids it."""
    suspended = is_suspended(account.organisation if account else "")  # also without an account: same time
    if account is None:
        return "unknown"
    if account.ends_on is not None and account.ends_on < today(now):
        return "ended"
    if account.locked_at is not None:
        return "locked"
    return "suspended" if suspended else ""


def held_up(locked_at: datetime | None, next_try_at: datetime | None, now: datetime) -> str:
    """The effect of earlier failures on a key or a password now: « locked », « delayed » or empty."""
    if locked_at is not None:
        return "locked"
    return "delayed" if next_try_at is not None and now < next_try_at else ""


def refuse(account: Account | None, reason: str, *, zone: str, now: datetime) -> None:
    """Journal a refusal that does not count as a failure: no key was tried, or its delay is not over."""
    db.session.execute(update(OtpKey).where(OtpKey.id == -1).values(failures=0))  # as much work as a counted failure
    # A text that is nobody's sigle is not journalled: it may be a PIN or a code typed in the wrong field.
    named = account.sigle if account is not None else ""
    audit.record(
        "login.delayed" if reason == "delayed" else "login.refused",
        sigle=named,
        zone=zone,
        subject=named or "sigle inconnu",
        now=now,
        details={"reason": reason},
    )


def count_failure(
    account: Account,
    key: OtpKey,
    *,
    zone: str,
    now: datetime,
    replayed: bool = False,
    details: dict[str, str] | None = None,
) -> None:
    """Count a failure on a key, and impose its delay or lock.

    `replayed`: the code was right but already used; the owner is then warned by mail, as when the key locks.
    """
    key.failures += 1
    wait = delay_after(key.failures)
    key.next_try_at = now + wait if wait else None
    audit.record(
        "login.replayed" if replayed else "login.refused",
        sigle=account.sigle,
        zone=zone,
        subject=account.sigle,
        now=now,
        details={"failures": key.failures} | (details or {}),
    )
    if replayed:
        letters.write(account, "code-used-again", now=now)
    if key.failures >= LOCK_AT:
        key.locked_at = now
        audit.record(
            "key.locked",
            sigle=account.sigle,
            zone=zone,
            subject=account.sigle,
            now=now,
            details={"serial": key.serial},
        )
        letters.write(account, "locked", now=now)


def count_password_failure(account: Account, *, zone: str, now: datetime) -> None:
    """Count a failed password on the account, and impose its delay or lock, as `count_failure` does for a key."""
    account.password_failures += 1
    wait = delay_after(account.password_failures)
    account.password_next_try_at = now + wait if wait else None
    audit.record(
        "login.refused",
        sigle=account.sigle,
        zone=zone,
        subject=account.sigle,
        now=now,
        details={"failures": account.password_failures, "way": "password"},
    )
    if account.password_failures >= LOCK_AT:
        account.password_locked_at = now
        audit.record("password.locked", sigle=account.sigle, zone=zone, subject=account.sigle, now=now)
        letters.write(account, "locked", now=now)


def forgive(key: OtpKey, step: int, drift: int) -> int:
    """Record a success: failures go back to 0, the step counts as used, the drift of the key's clock is learnt.

    Returns the number of failures before. A clock that gains a minute or two a year stays in step as long as its key
    is used (RFC 6238, 6).
    """
    before = key.failures
    key.last_step, key.drift, key.failures, key.next_try_at = step, drift, 0, None
    return before
