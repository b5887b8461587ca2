"""The life cycle of keys: issue, enrolment, unlocking, withdrawal. A seed is shown once, and wiped on return.

A key is personal, belongs to the DSI and is never passed on: it is returned, and another key is issued (annexe 6, 1.1,
2.2).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from charters.database import db, writing, written_at
from charters.days import today
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.keys import otp, pins
from charters.model import Actor
from charters.people.accounts import end_sessions, shut_out
from charters.rules import rules, seal, unseal
from charters.tables.access import Account, Enrolment, OtpKey

LINK_DAYS = 7
LIVE = ("issued", "active")
_WRONG_CODES = 10  # on one activation link


@dataclass(frozen=True, slots=True)
class Activation:
    """What an activation page may show: the key's owner and kind, never its seed.

    `hardware`: a physical key, whose seed came from its supplier. `digits`: the number of digits of a code.
    """

    key_id: int
    account_id: int
    sigle: str
    name: str
    serial: str
    expires_at: datetime
    shown: bool  # the seed was already shown; showing it again makes a new seed
    kind: str
    hardware: bool
    digits: int
    label: str


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A seed as it is shown, once: an `otpauth://` address for the QR code, and a text to type by hand."""

    uri: str
    secret: str


def create_key(
    account_id: int,
    *,
    actor: Actor | None,
    now: datetime,
    serial: str = "",
    handed_over_on: date | None = None,
) -> tuple[int, str]:
    """Issue to a person a TOTP key for an application. Returns (key id, token of the activation link).

    Raises Refused, NotFound.
    """
    key = OtpKey(
        serial=serial or new_serial(),
        kind="totp",
        state="issued",
        created_at=now,
        digits=6,
        algorithm="sha1",
        handed_over_on=handed_over_on or today(now),
        failures=0,
    )
    return issue(account_id, lambda: key, actor=actor, now=now)


def issue(account_id: int, make: Callable[[], OtpKey], *, actor: Actor | None, now: datetime) -> tuple[int, str]:
    """Issue the key that `make` builds to a person who has none. Returns (key id, token of the activation link).

    `make` is called under the account's lock. A person has a single live key of any kind: failures are then counted in
    one place, and a weaker key cannot defeat a key that resists phishing. Raises Refused, NotFound.
    """
    try:
        with writing() as session:
            now = written_at(now)
            account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
            if account is None:
                raise NotFound(str(account_id))
            if account.ends_on is not None and account.ends_on < today(now):
                raise Refused("L’activité de cette personne est terminée : aucune clé ne peut lui être remise.")
            if session.scalar(select(OtpKey.id).where(OtpKey.account_id == account_id, OtpKey.state.in_(LIVE))):
                raise Refused(_ONE_KEY)
            key = make()
            key.account_id = account_id
            session.add(key)
            session.flush()
            token = _link(key.id, now)
            details = {"serial": key.serial, "kind": key.kind}
            audit.record("key.created", actor=actor, subject=account.sigle, now=now, details=details)
            return key.id, token
    except IntegrityError as error:
        raise Refused(_ONE_KEY) from error


def refuse_taken(serial: str) -> None:
    """Raise Refused when a key of this number is in service."""
    taken = select(OtpKey.id).where(OtpKey.serial == serial, OtpKey.state.in_(LIVE)).limit(1)
    if db.session.scalar(taken) is not None:
        raise Refused(f"La clé n° {serial} est déjà en service.")


_ONE_KEY = "Cette personne a déjà une clé : enregistrez d’abord sa restitution ou sa révocation."


def new_link(key_id: int, *, actor: Actor | None, now: datetime) -> str:
    """Make a new activation link for a key not enrolled yet and return its token. Raises Refused, NotFound.

    Earlier links end.
    """
    with writing() as session:
        now = written_at(now)
        key, account = locked(key_id)
        if key.state != "issued":
            raise Refused("Cette clé est déjà activée, ou n’est plus en service.")
        session.execute(update(Enrolment).where(Enrolment.key_id == key_id).values(expires_at=now))
        key.failures = 0
        token = _link(key_id, now)
        audit.record("key.link", actor=actor, subject=account.sigle, now=now, details={"serial": key.serial})
    return token


def activation(token: str, *, now: datetime) -> Activation:
    """The key and the owner of an activation link.

    Raises NotFound when the link is expired, used or unknown, or when the person may not log in (as for other links).
    """
    row = db.session.execute(_unused_link(token, now)).one_or_none()
    if row is None or shut_out(row.ends_on, row.organisation, now):
        raise NotFound("activation")
    name = f"{row.first_name} {row.last_name}"
    return Activation(
        row.id,
        row.account_id,
        row.sigle,
        name,
        row.serial,
        row.expires_at,
        row.shown_at is not None,
        row.kind,
        row.hardware,
        row.digits,
        row.label,
    )


def _unused_link(token: str, now: datetime) -> Select[*tuple[Any, ...]]:
    """The query of the unused link of this token, with its key and the key's owner."""
    return (
        select(
            Enrolment.shown_at,
            Enrolment.expires_at,
            OtpKey.id,
            OtpKey.serial,
            OtpKey.kind,
            OtpKey.hardware,
            OtpKey.digits,
            OtpKey.label,
            OtpKey.account_id,
            Account.sigle,
            Account.first_name,
            Account.last_name,
            Account.ends_on,
            Account.organisation,
        )
        .join(OtpKey, OtpKey.id == Enrolment.key_id)
        .join(Account, Account.id == OtpKey.account_id)
        .where(
            Enrolment.token_hash == _hash(token),
            Enrolment.used_at.is_(None),
            Enrolment.expires_at > now,
            OtpKey.state == "issued",
        )
    )


def show_seed(token: str, *, now: datetime) -> Shown:
    """Make the key's seed and return it, to be shown once; the next call makes another seed. Raises NotFound."""
    with writing() as session:
        now = written_at(now)
        found = activation(token, now=now)
        key = still_issued(found.key_id)
        if key.hardware:
            raise Refused("Le secret de cette clé est gravé dedans : il ne s’affiche pas.")
        seed = secrets.token_bytes(otp.SEED_BYTES)
        key.seed, key.last_step = seal(key.serial, seed), None
        session.execute(update(Enrolment).where(Enrolment.token_hash == _hash(token)).values(shown_at=now))
        return Shown(otp.provisioning_uri(device_of(key), seed, found.sigle), otp.base32(seed))


def enrol(token: str, *, pin: pins.NewPin, code: str, second: str = "", zone: str = "", now: datetime) -> None:
    """Enrol a key: its owner confirms it by a first code and chooses the PIN. Raises Invalid (by field), NotFound.

    A hardware key needs two consecutive codes, which give the state of its counter or clock. The codes count as used,
    so the login that follows needs the next code.
    """
    found = activation(token, now=now)
    faults = pin.faults(found.sigle)
    kept = None if faults else pins.hashed(pin.typed)  # before the transaction, since hashing is slow
    with writing() as session:
        now = written_at(now)
        found = activation(token, now=now)
        key = still_issued(found.key_id)
        if key.seed is None:
            raise Refused("Affichez d’abord le code QR, puis enregistrez-le dans votre application.")
        place = _place(key, code, second, now)
        if place is None:
            faults |= _WRONG_PAIR if key.hardware else _WRONG_CODE
            count_wrong_code(key, token, now)
        elif not faults:
            key.last_step, key.drift = place.step, place.drift
            session.execute(update(Account).where(Account.id == key.account_id).values(pin_hash=kept))
            activate(key, token, found.sigle, zone=zone, now=now)
    if faults:
        raise Invalid(faults)


def count_wrong_code(key: OtpKey, token: str, now: datetime) -> None:
    """Count a wrong code typed at an activation, in the current transaction; after ten the link ends."""
    key.failures += 1
    if key.failures >= _WRONG_CODES:  # somebody is guessing
        db.session.execute(update(Enrolment).where(Enrolment.token_hash == _hash(token)).values(expires_at=now))


_WRONG_CODE = {"code": "Ce code n’est pas celui que l’application affiche. Attendez le suivant et recopiez-le."}
_WRONG_PAIR = {
    "code": "Ces deux codes ne sont pas deux codes de suite de cette clé. Vérifiez son numéro, puis recopiez un code "
    "et celui qui le suit."
}


def _place(key: OtpKey, code: str, second: str, now: datetime) -> otp.Found | None:
    """The state of the key's counter or clock, from the codes typed at activation; None if they are not its codes."""
    assert key.seed is not None
    seed = unseal(key.serial, key.seed)
    if key.hardware:
        return otp.locate(device_of(key), seed, code, second, now)
    matched = otp.match(device_of(key), seed, code, now)
    return None if matched.step is None else otp.Found(matched.step, matched.drift)


def activate(key: OtpKey, token: str, sigle: str, *, zone: str, now: datetime) -> None:
    """Make the key active and its link used, in the current transaction.

    Sessions opened by a password are closed: a person with a key logs in with it only (« Who needs what »).
    """
    key.state, key.failures = "active", 0
    end_sessions(Account.id == key.account_id, now)
    db.session.execute(update(Enrolment).where(Enrolment.token_hash == _hash(token)).values(used_at=now))
    audit.record("key.enrolled", sigle=sigle, zone=zone, subject=sigle, now=now, details={"serial": key.serial})


def still_issued(key_id: int) -> OtpKey:
    """The key, locked, if it is neither activated nor withdrawn at that moment. Raises NotFound."""
    key, _ = locked(key_id)
    if key.state != "issued":
        raise NotFound("activation")
    return key


# Eight parameters, for the tests: each test states only what differs for its key.
def enrol_directly(
    account_id: int,
    pin: str,
    *,
    now: datetime,
    seed: bytes | None = None,
    kind: str = "totp",
    digits: int = 6,
    algorithm: str = "sha1",
    pin_hash: str | None = None,
) -> int:
    """Make an active key with its PIN, without its owner, for demonstration and test data only. Returns the key's id.

    `pin_hash` avoids hashing again when many accounts share a PIN.
    """
    seed = seed or secrets.token_bytes(otp.SEED_BYTES)
    kept = pin_hash or pins.hashed(pin)
    with writing() as session:
        now = written_at(now)
        serial = new_serial()
        key = OtpKey(
            serial=serial,
            kind=kind,
            account_id=account_id,
            state="active",
            created_at=now,
            digits=digits,
            failures=0,
            handed_over_on=today(now),
            algorithm=algorithm,
            seed=seal(serial, seed),
        )
        session.add(key)
        session.execute(update(Account).where(Account.id == account_id).values(pin_hash=kept))
        session.flush()
    return key.id


def unlock_key(key_id: int, *, actor: Actor | None, now: datetime) -> None:
    """Unlock a key after ten failures, or lift its delay. Only the académie may do so: the caller asks the gate."""
    with writing():
        now = written_at(now)
        key, account = locked(key_id)
        key.locked_at, key.cloned_at, key.next_try_at, key.failures = None, None, None, 0
        audit.record("key.unlocked", actor=actor, subject=account.sigle, now=now, details={"serial": key.serial})


def return_key(key_id: int, *, actor: Actor | None, now: datetime) -> None:
    """Record that a key was returned, wipe its seed and close its owner's sessions. Raises Refused, NotFound."""
    _withdraw(key_id, "returned", "key.returned", actor, now)


def revoke_key(key_id: int, *, lost: bool = False, actor: Actor | None, now: datetime) -> None:
    """Withdraw a lost or doubtful key, wipe its seed and close its owner's sessions. Raises Refused, NotFound."""
    _withdraw(key_id, "lost" if lost else "revoked", "key.revoked", actor, now)


def current_code(sigle: str, now: datetime) -> str:
    """The next code that a person's key would have accepted. In demonstration mode only: raises Refused, NotFound."""
    if not rules().demo:
        raise Refused("Cette commande n’existe qu’en démonstration : ailleurs, le titulaire seul lit ses codes.")
    key = db.session.scalar(
        select(OtpKey)
        .join(Account, Account.id == OtpKey.account_id)
        .where(Account.sigle == sigle.strip().lower(), OtpKey.state == "active")
    )
    if key is None or key.seed is None:
        raise NotFound(sigle)
    last = -1 if key.last_step is None else key.last_step
    step = max(otp.step_at(now) + key.drift, last + 1) if key.kind == "totp" else last + 1
    return otp.code_at(unseal(key.serial, key.seed), step, key.digits, key.algorithm)


def device_of(key: OtpKey) -> otp.Device:
    """The properties of a key that `otp` needs to match codes."""
    kind: otp.Kind = "hotp" if key.kind == "hotp" else "totp"
    return otp.Device(kind, key.digits, key.algorithm, key.last_step, key.drift)


def _withdraw(key_id: int, state: str, event: str, actor: Actor | None, now: datetime) -> None:
    with writing():
        now = written_at(now)
        key, account = locked(key_id)
        if key.state not in LIVE:
            raise Refused("Cette clé n’est plus en service.")
        key.state, key.returned_on, key.seed = state, today(now), None
        key.credential_id, key.public_key = None, None
        end_sessions(Account.id == account.id, now)
        details = {"serial": key.serial, "state": state}
        audit.record(event, actor=actor, subject=account.sigle, now=now, details=details)


def locked(key_id: int) -> tuple[OtpKey, Account]:
    """A key and its owner, locked. The account is locked first, as in a login, so that no deadlock occurs."""
    owner = db.session.scalar(select(OtpKey.account_id).where(OtpKey.id == key_id))
    if owner is None:
        raise NotFound(str(key_id))
    account = db.session.get(Account, owner, with_for_update=True, populate_existing=True)
    key = db.session.get(OtpKey, key_id, with_for_update=True, populate_existing=True)
    assert account is not None and key is not None
    return key, account


def _link(key_id: int, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    db.session.add(
        Enrolment(key_id=key_id, token_hash=_hash(token), created_at=now, expires_at=now + timedelta(days=LINK_DAYS))
    )
    return token


def new_serial() -> str:
    """A new serial number for a key made here, without characters that look alike."""
    letters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    part = ["".join(secrets.choice(letters) for _ in range(4)) for _ in range(2)]
    return f"G-{part[0]}-{part[1]}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
