"""Re-authentication before dangerous acts (« sudo mode »): keys, mandates, exports.

A proof is valid for ten minutes, in the session in which it was given. The login is a proof. Failures count as failed
logins do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update

from charters.database import db, reading, writing, written_at
from charters.entry import attempts, fido, identity, renewal
from charters.entry.sessions import Login
from charters.errors import Refused
from charters.journal import audit
from charters.tables.access import Account, OtpKey, WebSession

PROOF_LIFE = timedelta(minutes=10)

#: How a person proves to be at the keyboard: PIN and code, security key, intranet password, the académie's identity;
#: empty if none is possible.
Way = Literal["code", "key", "password", "identity", ""]

_REFUSED = "Ce n’est pas votre mot de passe. Après plusieurs échecs, attendez quelques minutes."
_NOT_YET = "L’académie n’a pas encore confirmé que c’est bien vous : suivez d’abord le lien, puis continuez."
_NO_WAY = "Vous n’avez plus de clé active : déconnectez-vous, et adressez-vous à l’administrateur de l’académie."


def fresh(login: Login, now: datetime) -> bool:
    """Whether the session's last proof is still valid; a proof dated in the future is not."""
    return timedelta(0) <= now - login.proved_at < PROOF_LIFE


def way_of(login: Login) -> Way:
    """The method by which this person proves to be at the keyboard: the one that a login from the same zone uses."""
    with reading() as session:
        kind = session.scalar(
            select(OtpKey.kind).where(OtpKey.account_id == login.actor.account_id, OtpKey.state == "active")
        )
        if kind is not None:
            return "key" if kind == "fido2" else "code"
        word = session.scalar(select(Account.password_hash).where(Account.id == login.actor.account_id))
    if word and login.actor.zone == "intranet" and not login.actor.external:
        return "password"
    return "identity" if identity.may_prove(login) else ""


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """The proof that a form submits: PIN and code, password, or a security key's answer to a challenge."""

    pin: str = ""
    code: str = ""
    password: str = ""
    answer: str = ""
    challenge: bytes = b""


def confirm(login: Login, proof: Proof, *, now: datetime) -> None:
    """Check a proof, and store its time in the session of `login`. Raises Refused."""
    account_id, zone = login.actor.account_id, login.actor.zone
    way = way_of(login)
    if way == "code":
        renewal.prove(account_id, pin=proof.pin, code=proof.code, zone=zone, now=now)
    elif way == "key":
        fido.prove_with_key(account_id, proof.answer, proof.challenge, zone=zone, now=now)
    elif way == "password":
        _prove_with_password(account_id, proof.password, zone, now)
    elif way == "identity":  # it is given elsewhere, in a tab of its own, and noted there
        raise Refused(_NOT_YET)
    else:
        raise Refused(_NO_WAY)
    with writing() as session:
        now = written_at(now)
        session.execute(
            update(WebSession)
            .where(WebSession.id == login.session_id, WebSession.closed_at.is_(None))
            .values(proved_at=now)
        )


def _prove_with_password(account_id: int, password: str, zone: str, now: datetime) -> None:
    judged = attempts.judged_password(Account.id == account_id, password)
    with writing():
        now = written_at(now)
        account = db.session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
        held = attempts.held_up(account.password_locked_at, account.password_next_try_at, now)
        if held:
            attempts.refuse(account, held, zone=zone, now=now)
        elif not judged.holds(account.password_hash):
            attempts.count_password_failure(account, zone=zone, now=now)
            held = "wrong"
        else:
            account.password_failures, account.password_next_try_at = 0, None
            audit.record(
                "identity.proved",
                sigle=account.sigle,
                zone=zone,
                subject=account.sigle,
                now=now,
                details={"way": "password"},
            )
    if held:
        raise Refused(_REFUSED)
