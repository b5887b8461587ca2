"""FIDO2 security keys (WebAuthn): registration, login and proof by a key that resists phishing.

Security keys are issued and withdrawn like other keys. A security key signs for this site's address only, and asks its
owner for its own PIN or fingerprint (user verification), so Guichet stores no PIN for it. The credential is
discoverable: the login page names no credential, so it does not show whether a sigle exists. A challenge belongs to
one browser, and can be answered once.

A passkey is such a key in its owner's own telephone or computer. It is handed over as the key of an application is, by
the same activation link, whose owner chooses between the two; its serial, its receipt and its return are the same.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError

from charters import letters
from charters.database import db, reading, writing, written_at
from charters.days import today
from charters.entry import attempts
from charters.entry.sessions import Entered, open_session
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.keys import keys
from charters.keys.supplied_key import SERIAL
from charters.model import Actor, Zone
from charters.rules import rules
from charters.tables.access import Account, OtpKey
from charters.tables.keys import UsedChallenge

audit.label("key.cloned", "Clé de sécurité verrouillée : son compteur recule, elle a pu être copiée")

CHALLENGE_LIFE = timedelta(minutes=5)
LONGEST_ANSWER = 20_000
REFUSAL = (
    "Connexion refusée. Vérifiez votre sigle, et que la clé de sécurité est bien la vôtre. Si le refus persiste, "
    "adressez-vous à l’administrateur de l’académie."
)


@dataclass(frozen=True, slots=True)
class _Site:
    """The site for which a key signs. It comes from the settings, since a client can forge the Host of a request."""

    id: str
    origin: str


def _site() -> _Site:
    parts = urlsplit(rules().base_url)
    return _Site(parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}")


def create_security_key(
    account_id: int, *, serial: str = "", label: str = "", actor: Actor | None, now: datetime
) -> tuple[int, str]:
    """Issue a FIDO2 key to a person, and return (key id, token of the activation link).

    `serial` is the number on the key, if any. Raises Invalid, Refused, NotFound.
    """
    serial, label = serial.strip(), " ".join(label.split())
    if serial and not SERIAL.fullmatch(serial):
        raise Invalid({"serial": "Un numéro compte 40 caractères au plus : lettres, chiffres, - . _ /."})
    if len(label) > 80 or not label.isprintable():
        raise Invalid({"label": "Ne dépassez pas 80 caractères."})

    def made() -> OtpKey:
        if serial:
            keys.refuse_taken(serial)
        return OtpKey(
            serial=serial or keys.new_serial(),
            kind="fido2",
            hardware=True,
            state="issued",
            created_at=now,
            handed_over_on=today(now),
            failures=0,
            label=label,
        )

    return keys.issue(account_id, made, actor=actor, now=now)


def registration_options(token: str, challenge: bytes, *, now: datetime) -> str:
    """The options that the activation page gives the browser, as JSON. Raises NotFound."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorAttachment,
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    found = keys.activation(token, now=now)
    if not _may_register(found.kind, found.hardware):
        raise NotFound("activation")
    # A key that was handed over is no device of its owner's; a passkey may be in this one or in a telephone nearby.
    attachment = AuthenticatorAttachment.CROSS_PLATFORM if found.hardware else None
    return options_to_json(
        generate_registration_options(
            rp_id=_site().id,
            rp_name="Guichet",
            user_name=found.sigle,
            user_display_name=found.name,
            user_id=_handle(found.account_id),
            challenge=challenge,
            timeout=120_000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                authenticator_attachment=attachment,
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
    )


def passkeys_offered() -> bool:
    """Whether the owner of a key for an application may make it a passkey instead."""
    return rules().passkeys != "aucune"


def _may_register(kind: str, hardware: bool) -> bool:
    """Whether an activation link may register a credential: a FIDO2 key's, or one of an application, as a passkey."""
    return kind == "fido2" if hardware else passkeys_offered()


def register(token: str, answer: str, challenge: bytes, *, zone: str = "", now: datetime) -> None:
    """Register the key that answered the activation page, and activate it. Raises Refused, NotFound.

    The key of an application becomes a passkey: the seed that its page may have shown is wiped.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    site = _site()
    try:
        verified = verify_registration_response(
            credential=_bounded(answer),
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # untrusted JSON, CBOR, certificates: any error of the library means no valid answer
        raise Refused(_NOT_REGISTERED) from error
    copied = verified.credential_device_type.value == "multi_device"
    try:
        with writing():
            now = written_at(now)
            found = keys.activation(token, now=now)
            key = keys.still_issued(found.key_id)
            if not _may_register(key.kind, key.hardware):
                raise NotFound("activation")
            if not key.hardware:
                _make_passkey(key, copied)
            _answered(challenge, now)
            key.credential_id = bytes_to_base64url(verified.credential_id)
            key.public_key = bytes_to_base64url(verified.credential_public_key)
            key.sign_count = verified.sign_count
            keys.activate(key, token, found.sigle, zone=zone, now=now)
    except IntegrityError as error:  # this key is registered already, or the answer was sent twice
        raise Refused(_NOT_REGISTERED) from error


def _make_passkey(key: OtpKey, copied: bool) -> None:
    """Turn the key of an application into a passkey; `copied`: its owner's devices share it. Raises Refused."""
    if copied and rules().passkeys == "appareil":
        raise Refused(_COPIED)
    key.kind, key.seed, key.last_step = "fido2", None, None
    key.label = PASSKEY_SHARED if copied else PASSKEY


#: What the pages of people say of a passkey: where its secret is.
PASSKEY = "dans un appareil"
PASSKEY_SHARED = "dans les appareils de son titulaire, qui la partagent"
_COPIED = (
    "Cet appareil copie ses passkeys sur les autres appareils de votre compte, et l’académie ne l’admet pas : "
    "choisissez un appareil qui les garde pour lui, une clé de sécurité, ou l’application à codes."
)
_NOT_REGISTERED = (
    "La clé n’a pas pu être enregistrée. Il faut une clé ou un appareil (FIDO2) qui demande un code, une empreinte ou "
    "un visage : recommencez, ou adressez-vous à l’administrateur de l’académie."
)


def authentication_options(challenge: bytes) -> str:
    """The options that the login page gives the browser, as JSON, the same for everyone."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    return options_to_json(
        generate_authentication_options(
            rp_id=_site().id,
            challenge=challenge,
            timeout=120_000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def log_in_with_key(
    sigle: str, answer: str, challenge: bytes, *, zone: Zone, now: datetime, agent: str = ""
) -> Entered:
    """Open a session for a person who gives a sigle and the answer of that person's security key. Raises Refused.

    A wrong signature is not counted as a failure: a signature cannot be guessed, and counting would let a stranger lock
    anyone out. A counter that goes back locks the key, since another device may hold its secret.
    """
    sigle = attempts.plain_sigle(sigle)
    given = _given(Account.sigle == sigle, answer, challenge)
    try:
        with writing():
            now = written_at(now)
            account = _accepted(attempts.locked_account(sigle), given, zone, now)
            if account is not None:
                entered = open_session(account, zone=zone, now=now, agent=agent[:200])
                audit.record("login.accepted", sigle=sigle, zone=zone, subject=sigle, now=now, details={"way": "fido2"})
                return entered
    except IntegrityError:  # the same answer, sent twice
        pass
    raise Refused(REFUSAL)


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer to a challenge, checked against the credential of a person's key.

    `count` is the key's counter, or None where the answer is not from that key, to this challenge, for this site. A
    person without a security key gets an empty credential, which no key has.
    """

    credential_id: str
    count: int | None
    challenge: bytes


def _given(whose: ColumnElement[bool], answer: str, challenge: bytes) -> _Given:
    """The answer, checked against the active security key of the account `whose`, or against nobody's key."""
    with reading() as session:
        kept = session.execute(
            select(OtpKey.credential_id, OtpKey.public_key)
            .join(Account, Account.id == OtpKey.account_id)
            .where(whose, OtpKey.state == "active", OtpKey.kind == "fido2")
        ).one_or_none()
    credential_id, public_key = (kept.credential_id, kept.public_key) if kept else ("", "")
    return _Given(credential_id, _verified(answer, challenge, public_key or _nobody(), credential_id), challenge)


def _accepted(account: Account | None, given: _Given, zone: Zone, now: datetime) -> Account | None:
    """The account, locked, if its own key gave this answer; otherwise None, and the journal gets a line."""
    key = attempts.locked_key(account)
    refused = attempts.barred(account, now)
    if not refused:
        if key is None or key.kind != "fido2" or key.credential_id != given.credential_id:
            refused = "no_key"
        elif key.locked_at is not None:
            refused = "locked"
        elif given.count is None:
            refused = "wrong"
        elif _was_answered(given.challenge):  # a browser's retry, which no second device sent: it locks nothing
            refused = "repeated"
    if refused or account is None or key is None or given.count is None:
        attempts.refuse(account, refused, zone=zone, now=now)
        return None
    if given.count <= key.sign_count and (given.count or key.sign_count):
        key.locked_at = key.cloned_at = now
        audit.record(
            "key.cloned",
            sigle=account.sigle,
            zone=zone,
            subject=account.sigle,
            now=now,
            details={"serial": key.serial},
        )
        letters.write(account, "cloned", now=now)
        return None
    _answered(given.challenge, now)
    key.sign_count = given.count
    return account


def prove_with_key(account_id: int, answer: str, challenge: bytes, *, zone: Zone, now: datetime) -> None:
    """Check, by the security key, that the account's owner is at the keyboard (as `renewal.prove`). Raises Refused."""
    given = _given(Account.id == account_id, answer, challenge)
    try:
        with writing() as session:
            now = written_at(now)
            account = session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
            proved = _accepted(account, given, zone, now) is not None
            if proved:
                audit.record(
                    "identity.proved",
                    sigle=account.sigle,
                    zone=zone,
                    subject=account.sigle,
                    now=now,
                    details={"way": "fido2"},
                )
    except IntegrityError:  # the same answer, sent twice
        proved = False
    if not proved:
        raise Refused("La clé de sécurité n’a pas été reconnue. Recommencez, avec la clé qui est la vôtre.")


def _verified(answer: str, challenge: bytes, public_key: str, credential_id: str) -> int | None:
    """The key's counter if it answered this challenge, for this site, after verifying its owner; else None."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    site = _site()
    try:
        given = _bounded(answer)
        verified = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # as at registration: an answer that cannot be read is not valid
        return None
    return verified.new_sign_count if given.get("id") == credential_id else None


def _bounded(answer: str) -> dict[str, Any]:
    if not answer or len(answer) > LONGEST_ANSWER:
        raise ValueError("no answer of a key")
    given = json.loads(answer)
    if not isinstance(given, dict):
        raise ValueError("no answer of a key")
    return given


def _was_answered(challenge: bytes) -> bool:
    """Whether the challenge is used, by a request that had the key's lock before."""
    used = UsedChallenge.challenge_hash == _hash(challenge)
    return db.session.scalar(select(UsedChallenge.challenge_hash).where(used)) is not None


def _hash(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()


def _answered(challenge: bytes, now: datetime) -> None:
    """Mark the challenge as used; raises IntegrityError when it was already."""
    db.session.add(UsedChallenge(challenge_hash=_hash(challenge), used_at=now))
    db.session.flush()


def forget_challenges(now: datetime) -> int:
    """Delete the expired challenges, for the scheduler. Returns their number."""
    with writing() as session:
        now = written_at(now)
        gone = session.execute(delete(UsedChallenge).where(UsedChallenge.used_at < now - 2 * CHALLENGE_LIFE))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _handle(account_id: int) -> bytes:
    """The identifier of its owner that the key stores: a hash that does not reveal the person."""
    return hashlib.sha256(f"guichet account {account_id} of {_site().id}".encode()).digest()


@cache
def _nobody() -> str:
    """A public key whose secret nobody has, so that an answer is verified even for a sigle without a key."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from webauthn.helpers import bytes_to_base64url

    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
    # COSE encoded by hand: EC2, ES256, P-256, then both coordinates (RFC 9053, 7.1.1).
    return bytes_to_base64url(b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y)
