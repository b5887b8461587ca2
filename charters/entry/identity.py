"""Login by the académie's own identity: it proves who a person is, and nothing more.

It is for staff of the Éducation nationale; external people enter with their key. The provider's lasting id of a person
is bound to one account at the first login, by the mail of the account; after that the id alone counts, so that an
address given to somebody else opens nothing. Mandates, charters, suspensions and ends are those of Guichet: no role
comes from a claim. From the internet the identity must have been checked as strongly as a key would do (annexe 6, 1.1),
and so for whoever has a key.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import func, select, update

from charters import letters
from charters.database import reading, writing, written_at
from charters.entry import attempts
from charters.entry.openid import Identified
from charters.entry.sessions import Entered, Login, open_session
from charters.errors import NotFound, Refused
from charters.journal import audit
from charters.model import Actor, Zone
from charters.people.accounts import end_sessions
from charters.rules import Unreadable, rules, seal, unseal
from charters.tables.access import Account, OtpKey, WebSession

audit.label("identity.bound", "Identité académique liée au compte")
audit.label("identity.unbound", "Identité académique déliée du compte")

#: The issuer of what a relay of the académie says in a header.
RELAY = "relais"
REFUSAL = (
    "L’académie vous a reconnu, mais Guichet ne vous ouvre pas ainsi. Si une clé vous a été remise, ou si vous venez "
    "d’internet, entrez avec votre clé. Sinon, adressez-vous à l’administrateur de l’académie : l’adresse mail de "
    "votre compte Guichet doit être celle de votre identité académique."
)
_NOT_PROVED = "L’académie n’a pas confirmé que c’est bien vous. Recommencez, sous l’identité qui est la vôtre."


def log_in_as(who: Identified, *, zone: Zone, now: datetime, agent: str = "") -> Entered:
    """Open a session for the person whom the académie identified. Raises Refused, with one sentence for all."""
    sigle = _sigle_of(who)
    with writing() as session:
        now = written_at(now)
        account = attempts.locked_account(sigle)
        key = attempts.locked_key(account)
        refused = attempts.barred(account, now) or (_barred(account, key, who, zone) if account else "unknown")
        if refused or account is None:
            attempts.refuse(account, refused, zone=zone, now=now)
        else:
            _bind(account, who, zone, now)
            entered = open_session(account, zone=zone, now=now, agent=agent[:200])
            if who.token:
                kept = seal(_place(entered.session_id), who.token.encode())
                session.execute(
                    update(WebSession).where(WebSession.id == entered.session_id).values(identity_token=kept)
                )
            audit.record("login.accepted", sigle=sigle, zone=zone, subject=sigle, now=now, details={"way": _way(who)})
            return entered
    raise Refused(REFUSAL)


def prove_as(login: Login, who: Identified, *, now: datetime) -> None:
    """Note that the owner of a session has just been identified again, by the same identity. Raises Refused."""
    with writing() as session:
        now = written_at(now)
        account = session.get_one(Account, login.actor.account_id, with_for_update=True, populate_existing=True)
        key = attempts.locked_key(account)
        refused = attempts.barred(account, now) or _barred(account, key, who, login.actor.zone)
        if not refused and account.identity_mark != _mark(who):
            refused = "other"
        if refused:
            attempts.refuse(account, refused, zone=login.actor.zone, now=now)
        else:
            session.execute(update(WebSession).where(WebSession.id == login.session_id).values(proved_at=now))
            details = {"way": _way(who)}
            audit.record("identity.proved", actor=login.actor, subject=account.sigle, now=now, details=details)
            return
    raise Refused(_NOT_PROVED)


def may_prove(login: Login) -> bool:
    """Whether this person may be asked by the académie's provider to prove to be at the keyboard."""
    if not rules().oidc_issuer or login.actor.external:
        return False
    with reading() as session:
        bound = session.scalar(select(Account.identity_mark).where(Account.id == login.actor.account_id))
    return bound is not None


def token_of(login: Login) -> str | None:
    """The provider's token of the login that opened this session, by which its own session ends; None without one."""
    with reading() as session:
        kept = session.scalar(select(WebSession.identity_token).where(WebSession.id == login.session_id))
    if kept is None:
        return None
    try:
        return unseal(_place(login.session_id), kept).decode()
    except (Unreadable, ValueError):
        return ""


def unbind(account_id: int, *, actor: Actor, now: datetime) -> None:
    """Forget which identity is an account's, and close its sessions: the next login binds by the mail. Raises NotFound.

    The caller has checked that `actor` may.
    """
    with writing() as session:
        now = written_at(now)
        account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
        if account is None or account.identity_mark is None:
            raise NotFound(str(account_id))
        account.identity_mark = None
        end_sessions(Account.id == account_id, now)
        audit.record("identity.unbound", actor=actor, subject=account.sigle, now=now)


def _sigle_of(who: Identified) -> str:
    """The sigle of the one account that this identity is, or may become; empty when there is none."""
    with reading() as session:
        if who.issuer != RELAY:
            bound = session.scalar(select(Account.sigle).where(Account.identity_mark == _mark(who)))
            if bound is not None:
                return bound
        elif "@" not in who.mail:
            return attempts.plain_sigle(who.subject)
        if not who.mail:
            return ""
        same = select(Account.sigle).where(func.lower(Account.email) == who.mail.lower(), Account.external.is_(False))
        found = session.scalars(same.where(Account.pseudonymised_at.is_(None)).limit(2)).all()
    return found[0] if len(found) == 1 else ""


def _barred(account: Account, key: OtpKey | None, who: Identified, zone: Zone) -> str:
    """Why this identity does not open this account, for the journal; empty when it does."""
    if account.external:
        return "external"
    if who.issuer != RELAY and account.identity_mark is not None and account.identity_mark != _mark(who):
        return "other"
    if key is not None and key.locked_at is not None:
        return "locked"
    strong = who.acr != "" and who.acr in rules().oidc_acr
    if zone != "intranet" and not strong:
        return "zone"
    return "has_key" if key is not None and not strong else ""


def _bind(account: Account, who: Identified, zone: Zone, now: datetime) -> None:
    """Bind an account to the identity that has opened it for the first time, and tell its owner."""
    if who.issuer == RELAY or account.identity_mark is not None:
        return
    account.identity_mark = _mark(who)
    audit.record("identity.bound", sigle=account.sigle, zone=zone, subject=account.sigle, now=now)
    letters.write(account, "identity-bound", now=now)


def _mark(who: Identified) -> str:
    """What an account keeps of an identity: a hash of the provider and of its id of the person."""
    return hashlib.sha256(f"{who.issuer}\0{who.subject}".encode()).hexdigest()


def _way(who: Identified) -> str:
    return "relay" if who.issuer == RELAY else "identity"


def _place(session_id: int) -> str:
    return f"session {session_id}"
