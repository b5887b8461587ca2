"""Resynchronisation of keys: two consecutive codes give a key's counter or clock, within 100 (RFC 4226, 7.4).

The owner gives two codes where a login takes one, or the administrator types them with the owner on the phone. No
session is opened and nothing is revealed: failures count, delay and lock as for a login, with the login's sentence.
"""

from __future__ import annotations

from datetime import datetime

from charters.database import writing, written_at
from charters.entry import attempts
from charters.entry.pin_and_code import REFUSAL
from charters.errors import Invalid, Refused
from charters.journal import audit
from charters.keys import otp
from charters.keys.keys import device_of, locked
from charters.model import Actor, Zone
from charters.tables.access import Account, OtpKey

audit.label("key.resynchronised", "Clé resynchronisée par deux codes de suite")

_NOBODY = otp.Device("hotp")  # searched when there is no key, to take the same time


def resynchronise(sigle: str, pin: str, first: str, second: str, *, zone: Zone, now: datetime) -> None:
    """Resynchronise a key for its owner, before a login. Raises Refused with the login's sentence, Unavailable."""
    attempts.require_seeds()
    sigle = attempts.plain_sigle(sigle)
    judged = attempts.judged_pin(Account.sigle == sigle, pin)
    with writing():
        done = _decide(sigle, judged, first, second, zone, now)
    if not done:
        raise Refused(REFUSAL)


def _decide(sigle: str, judged: attempts.Judged, first: str, second: str, zone: Zone, now: datetime) -> bool:
    account = attempts.locked_account(sigle)
    key = attempts.locked_key(account)
    now = written_at(now)
    refused = attempts.barred(account, now)
    place = _place(key, first, second, now)
    if not refused:
        readable = key is not None and attempts.seed_of(key) is not None
        refused = attempts.held_up(key.locked_at, key.next_try_at, now) if key is not None and readable else "no_key"
    if refused or account is None or key is None:
        attempts.refuse(account, refused, zone=zone, now=now)
        return False
    if place is None or not judged.holds(account.pin_hash):
        attempts.count_failure(account, key, zone=zone, now=now, details={"way": "resync"})
        return False
    _settle(key, place)
    audit.record("key.resynchronised", sigle=sigle, zone=zone, subject=sigle, now=now, details={"serial": key.serial})
    return True


def resynchronise_for(key_id: int, first: str, second: str, *, actor: Actor | None, now: datetime) -> None:
    """Resynchronise a key for an administrator, with its owner on the phone.

    Raises Invalid (field « first »), Refused, NotFound.
    """
    with writing():
        key, account = locked(key_id)
        now = written_at(now)
        if key.state != "active" or key.seed is None:
            raise Refused("Cette clé n’affiche pas de codes, ou n’est pas activée.")
        if key.locked_at is not None:
            raise Refused("Cette clé est verrouillée : déverrouillez-la d’abord.")
        place = _place(key, first, second, now)
        if place is not None:
            _settle(key, place)
            audit.record(
                "key.resynchronised",
                actor=actor,
                subject=account.sigle,
                now=now,
                details={"serial": key.serial},
            )
        else:
            attempts.count_failure(
                account,
                key,
                zone=actor.zone if actor else "",
                now=now,
                details={"way": "resync", "by": actor.sigle if actor else ""},
            )
    if place is None:
        raise Invalid(
            {
                "first": "Ces deux codes ne sont pas deux codes de suite de cette clé. L’essai compte comme un "
                "échec : au dixième, la clé se verrouille."
            }
        )


def _place(key: OtpKey | None, first: str, second: str, now: datetime) -> otp.Found | None:
    seed = attempts.seed_of(key)
    if key is None or seed is None:
        return otp.locate(_NOBODY, b"\0" * otp.SEED_BYTES, "", "", now)
    return otp.locate(device_of(key), seed, first, second, now)


def _settle(key: OtpKey, place: otp.Found) -> None:
    attempts.forgive(key, place.step, place.drift)
