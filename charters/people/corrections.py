"""Corrections of a person's name, mail, company and function (RGPD, article 16), asked by the person or not.

The académie makes them. What a charter's signature recorded stays as it was signed. A new mail address waits until the
link sent there is followed, and the old one is told of it twice: until then, every mail goes to the old address.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, true, update
from sqlalchemy.orm import Session

from charters import letters
from charters.database import db, writing, written_at
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.model import Actor, Zone
from charters.people import accounts
from charters.tables.access import Account
from charters.tables.keys import PersonalLink
from charters.tables.personal import Correction
from matrix import french

LIFE = timedelta(days=7)
WORDS_MAX = 1000
WITHDRAWN = "Cette adresse n’est plus à confirmer."

audit.label("account.correction_asked", "Correction demandée par la personne")
audit.label("account.correction_refused", "Correction demandée refusée")
audit.label("account.email_asked", "Nouvelle adresse mail à confirmer")
audit.label("account.email_cancelled", "Changement d’adresse mail annulé")
audit.label("account.email_confirmed", "Nouvelle adresse mail confirmée")

#: The states of a row: what a person asks for, and a new address that waits to be confirmed. Closed, the row goes.
ASKED, MAIL = "asked", "mail"


@dataclass(frozen=True, slots=True)
class Identity:
    """The five pieces of information that can be corrected, as typed."""

    last_name: str
    first_name: str
    company: str
    email: str
    function: str

    def clean(self) -> dict[str, str]:
        """Return them trimmed, by field."""
        return {item.name: accounts.squeeze(getattr(self, item.name)) for item in fields(self)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks to correct: the fields that would change, with the values wanted, and words."""

    account_id: int
    sigle: str
    name: str
    asked_at: datetime
    wanted: Mapping[str, str]
    words: str


@dataclass(frozen=True, slots=True)
class NewMail:
    """An address that waits to be confirmed."""

    account_id: int
    name: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one person: a request, and an address to be confirmed; either may be None."""

    asked: Asked | None = None
    mail: NewMail | None = None


def ask(actor: Actor, identity: Identity, words: str, *, now: datetime) -> None:
    """Ask for a correction of the actor's own information; it takes the place of an earlier request. Raises Invalid."""
    clean, words = identity.clean(), accounts.squeeze(words)
    faults = accounts.identity_faults(clean)
    if len(words) > WORDS_MAX:
        faults["words"] = f"Ne dépassez pas {WORDS_MAX} caractères."
    with writing() as session:
        account = _locked(session, actor.account_id)
        now = written_at(now)
        wanted = _changed(account, clean)
        if not wanted and not words and not faults:
            faults[""] = "Rien ne change : corrigez ce qui est faux, ou dites-le en quelques mots."
        if faults:
            raise Invalid(faults)
        _drop(session, account.id, ASKED)
        session.add(Correction(account_id=account.id, state=ASKED, asked_at=now, words=words, **wanted))
        details = {"fields": _named(wanted)}
        audit.record("account.correction_asked", actor=actor, subject=account.sigle, now=now, details=details)


def asked(organisations: Collection[str] | None) -> list[Asked]:
    """Return what the people of these organisations (None: all) ask to correct, the oldest first."""
    within = true() if organisations is None else Account.organisation.in_(organisations)
    return [_asked(row, account) for row, account in _rows(Correction.state == ASKED, within)]


def waiting(account_id: int, now: datetime) -> Waiting:
    """Return what waits for this person, in one query."""
    found = Waiting()
    for row, account in _rows(Account.id == account_id):
        if row.state == ASKED:
            found = replace(found, asked=_asked(row, account))
        elif row.expires_at is not None and row.expires_at > now:
            found = replace(found, mail=_new_mail(row, account, row.expires_at))
    return found


def _rows(*conditions: ColumnElement[bool]) -> list[tuple[Correction, Account]]:
    query = select(Correction, Account).join(Account, Account.id == Correction.account_id).where(*conditions)
    rows = db.session.execute(query.order_by(Correction.asked_at, Correction.id)).all()
    return [(row[0], row[1]) for row in rows]


def _asked(row: Correction, account: Account) -> Asked:
    wanted = {name: value for name in accounts.WANTED if (value := getattr(row, name))}
    return Asked(account.id, account.sigle, _name(account), row.asked_at, wanted, row.words)


def _new_mail(row: Correction, account: Account, expires_at: datetime) -> NewMail:
    return NewMail(account.id, _name(account), row.email, expires_at)


def _name(account: Account) -> str:
    return f"{account.first_name} {account.last_name}"


# Six parameters: a correction has a person, values, and who may be named in a refusal; every act, an actor and a time.
def correct(
    account_id: int,
    identity: Identity,
    *,
    homonym: bool,
    organisations: Collection[str] | None,
    actor: Actor | None,
    now: datetime,
) -> bool:
    """Correct a person's information; return whether a new mail address now waits to be confirmed.

    `homonym` says that a person of the same name is somebody else; `organisations` bound who is looked at for it.
    The caller has checked that `actor` may. Raises Invalid by field, Refused, NotFound.
    """
    clean = identity.clean()
    with writing() as session:
        account = _locked(session, account_id)
        now = written_at(now)
        wanted = _changed(account, clean)
        faults = accounts.identity_faults(clean) | _doubles(session, account, wanted, homonym, organisations)
        if not wanted and not faults:
            faults = {"": "Rien ne change : les informations sont déjà celles-là."}
        if faults:
            raise Invalid(faults)
        mail = wanted.pop("email", "")
        for name, value in wanted.items():
            setattr(account, name, value)
        _drop(session, account.id, ASKED)
        if wanted:
            details = {"fields": _named(wanted)}
            audit.record("account.changed", actor=actor, subject=account.sigle, now=now, details=details)
        if mail:
            _await(session, account, mail, actor, now)
    return bool(mail)


def refuse(account_id: int, words: str, *, actor: Actor, now: datetime) -> None:
    """Refuse what a person asks to correct, and tell the person why, by letter. Raises Invalid, NotFound."""
    words = accounts.squeeze(words)
    if not accounts.legible(words):
        raise Invalid({"words": "Dites pourquoi : la personne le lira."})
    with writing() as session:
        account = _locked(session, account_id)
        now = written_at(now)
        if not _drop(session, account_id, ASKED):
            raise NotFound(str(account_id))
        letters.write(account, "correction-refused", now=now, values={"words": words[:WORDS_MAX]})
        audit.record("account.correction_refused", actor=actor, subject=account.sigle, now=now)


# --- the mail address ---


def opened(token: str, now: datetime) -> NewMail:
    """Return the address that this link confirms. Raises NotFound if the link is used, expired or unknown."""
    for row, account in _rows(Correction.token_hash == _hash(token), Correction.state == MAIL):
        if row.expires_at is not None and row.expires_at > now:
            return _new_mail(row, account, row.expires_at)
    raise NotFound("link")


def confirm(token: str, *, zone: Zone, now: datetime) -> None:
    """Make the new address the person's, end the links that the old one received, and tell the old one.

    Raises NotFound as `opened` does, and Refused if the address has become somebody else's meanwhile.
    """
    with writing() as session:
        found = opened(token, now)
        account = _locked(session, found.account_id)
        now = written_at(now)
        found = opened(token, now)  # it may have ended while this waited for the lock
        if accounts.shut_out(account.ends_on, account.organisation, now):
            raise NotFound("link")
        if _holder_of(session, account, found.email, None) is not None:
            raise Refused("Cette adresse est devenue celle d’un autre compte : adressez-vous à l’administrateur.")
        letters.readdress(account, found.email)
        letters.write(account, "email-changed", now=now)
        account.email = found.email
        _drop(session, account.id, MAIL)
        session.execute(
            update(PersonalLink)
            .where(PersonalLink.account_id == account.id, PersonalLink.expires_at > now)
            .values(expires_at=now)
        )
        audit.record("account.email_confirmed", sigle=account.sigle, zone=zone, subject=account.sigle, now=now)


def cancel_mail(account_id: int, *, actor: Actor, now: datetime) -> None:
    """Give up a change of address that waits to be confirmed: its link opens nothing any more. Raises NotFound."""
    with writing() as session:
        account = _locked(session, account_id)
        now = written_at(now)
        if not _drop(session, account_id, MAIL):
            raise NotFound(str(account_id))
        letters.withdraw(account_id, "email-confirm", WITHDRAWN)
        audit.record("account.email_cancelled", actor=actor, subject=account.sigle, now=now)


def tidy(session: Session, now: datetime) -> None:
    """Delete, in the caller's transaction, the new addresses that nobody confirmed in time."""
    session.execute(delete(Correction).where(Correction.state == MAIL, Correction.expires_at <= now))


def _await(session: Session, account: Account, mail: str, actor: Actor | None, now: datetime) -> None:
    """Keep a new address until it is confirmed; write to it, and to the present one."""
    if _drop(session, account.id, MAIL):
        letters.withdraw(account.id, "email-confirm", WITHDRAWN)
    token = secrets.token_urlsafe(32)
    expires = now + LIFE
    session.add(
        Correction(
            account_id=account.id,
            state=MAIL,
            asked_at=now,
            email=mail,
            token_hash=_hash(token),
            expires_at=expires,
        )
    )
    letters.write(account, "email-confirm", now=now, values={"token": token, "days": LIFE.days}, to=mail)
    letters.write(account, "email-asked", now=now)
    audit.record("account.email_asked", actor=actor, subject=account.sigle, now=now)


# --- checks ---


def _locked(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound(str(account_id))
    if account.pseudonymised_at is not None:
        raise Refused("Les données de ce compte sont effacées : il n’y a plus rien à corriger.")
    return account


def _changed(account: Account, clean: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in clean.items() if value != getattr(account, name)}


def _doubles(
    session: Session,
    account: Account,
    wanted: Mapping[str, str],
    homonym: bool,
    organisations: Collection[str] | None,
) -> dict[str, str]:
    """Return the faults of a mail that another account of these organisations has, and of a name likewise.

    That somebody elsewhere has the address is not said: whoever holds it learns it from the link (`confirm`).
    """
    faults = {}
    if "email" in wanted and (other := _holder_of(session, account, wanted["email"], organisations)):
        faults["email"] = f"Cette adresse est déjà celle du compte {other.sigle} : chacun a la sienne."
    if not homonym and {"last_name", "first_name"} & wanted.keys():
        named = {name: wanted.get(name, getattr(account, name)) for name in ("last_name", "first_name")}
        sigles = _of_the_name(session, account, named, organisations)
        if sigles:
            faults["homonym"] = f"Ce nom est déjà celui de {', '.join(sigles)}. Si c’est une autre personne, cochez-le."
    return faults


def _holder_of(session: Session, account: Account, mail: str, organisations: Collection[str] | None) -> Account | None:
    """Return another account of these organisations, not forgotten, that has this address, whatever its capitals."""
    return session.scalar(
        select(Account)
        .where(
            func.lower(Account.email) == mail.lower(),
            Account.id != account.id,
            Account.pseudonymised_at.is_(None),
            true() if organisations is None else Account.organisation.in_(organisations),
        )
        .order_by(Account.id)
        .limit(1)
    )


def _of_the_name(
    session: Session, account: Account, named: Mapping[str, str], organisations: Collection[str] | None
) -> list[str]:
    """Return the sigles of the other people of these organisations who have this name, folded."""
    rows = session.execute(
        select(Account.sigle, Account.last_name, Account.first_name)
        .where(
            Account.id != account.id,
            Account.pseudonymised_at.is_(None),
            true() if organisations is None else Account.organisation.in_(organisations),
        )
        .order_by(Account.sigle)
    )
    wanted = french.name(named["last_name"]), french.name(named["first_name"])
    return [row.sigle for row in rows if (french.name(row.last_name), french.name(row.first_name)) == wanted]


def _drop(session: Session, account_id: int, state: str) -> int:
    """Delete what waits for this person in this state; return how many rows it was."""
    done = session.execute(delete(Correction).where(Correction.account_id == account_id, Correction.state == state))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _named(wanted: Mapping[str, str]) -> str:
    """Return the names of fields, for the journal, which holds neither the old values nor the new."""
    return ", ".join(sorted(wanted))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
