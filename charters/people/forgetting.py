"""Forgetting: pseudonymise a person whose activity ended long ago (personal data); the sigle stays taken.

The account's row stays, under a number, so that the person's acts keep an author. Secrets are wiped; links, sessions
and letters are deleted. Only a slow hash of the sigle is kept, to refuse it to anybody else (annexe 6, 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from charters.database import db
from charters.journal import audit
from charters.people import leaving, legal_holds, sigles
from charters.tables.access import (
    Account,
    CharterText,
    Declaration,
    Enrolment,
    MandateRow,
    OrganisationSuspension,
    OtpKey,
    Signature,
    WebSession,
)
from charters.tables.keys import Letter, PersonalLink, ResetRequest, StockKey, ToldOnce
from charters.tables.personal import Correction, RetiredSigle
from matrix import french

EVENT_NAME = "personal.account_forgotten"
audit.label(EVENT_NAME, "Données d’un compte effacées")

NAME = "Compte"


def pseudonym(account_id: int) -> str:
    """The name shown in place of a forgotten person's."""
    return f"{NAME} {account_id}"


def due(limit: date, at_most: int) -> Any:
    """A query of the ids of accounts to forget: ended before `limit`, not forgotten, without a legal hold."""
    return (
        select(Account.id)
        .where(
            Account.ends_on < limit, Account.pseudonymised_at.is_(None), Account.id.not_in(legal_holds.held_accounts())
        )
        .order_by(Account.id)
        .limit(at_most)
    )


def forget(session: Session, account: Account, now: datetime) -> None:
    """Wipe what `charters` stores about a person, in the caller's transaction, and journal it."""
    old = account.sigle
    new = f"#{account.id}"  # cannot be anybody's sigle
    session.merge(RetiredSigle(print=sigles.mark(old)))
    leaving.let_go([account.id], now)
    _wipe_keys(session, account.id, now)
    for table in (PersonalLink, WebSession, Letter, ToldOnce, Correction):
        session.execute(delete(table).where(table.account_id == account.id))
    session.execute(delete(ResetRequest).where(ResetRequest.sigle == old))
    session.execute(
        update(Signature)
        .where(Signature.account_id == account.id)
        .values(sigle=new, **dict.fromkeys(("last_name", "first_name", "email", "company", "function"), ""))
    )
    session.execute(update(CharterText).where(CharterText.published_by == old).values(published_by=new))
    session.execute(update(StockKey).where(StockKey.imported_by == old).values(imported_by=new))
    for column in (OrganisationSuspension.suspended_by, OrganisationSuspension.lifted_by):
        session.execute(update(OrganisationSuspension).where(column == old).values({column.key: new}))
    _forget_declared(session, account)
    legal_holds.forget_reasons(session, account_id=account.id)
    session.execute(
        update(MandateRow)
        .where(MandateRow.account_id == account.id, MandateRow.ends_on.is_(None))
        .values(ends_on=account.ends_on)
    )
    account.sigle, account.first_name, account.last_name = new, NAME, str(account.id)
    account.company = account.function = account.email = ""
    account.pin_hash = account.password_hash = account.identity_mark = None
    account.generation += 1
    account.pseudonymised_at = now
    session.flush()
    audit.record(EVENT_NAME, sigle="guichet", subject=f"compte {account.id}", now=now)


def forget_declarations(session: Session, limit: date, at_most: int) -> int:
    """Wipe the names in staff movements of before `limit`, which no legal hold covers. Returns how many it wiped."""
    ids = (
        select(Declaration.id)
        .where(Declaration.effective_on < limit, Declaration.last_name != "")
        .order_by(Declaration.id)
        .limit(at_most)
    )
    done = session.execute(
        update(Declaration)
        .where(Declaration.id.in_(ids.scalar_subquery()))
        .values(**_NOBODY)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


_NOBODY = {"last_name": "", "first_name": "", "function": "", "words": ""}


def _forget_declared(session: Session, account: Account) -> None:
    """Wipe this person from the movements that the person declared or handled, and from those that have the name."""
    name = f"{account.first_name} {account.last_name}"
    session.execute(
        update(Declaration).where(Declaration.declared_by == account.id).values(declared_by_name=pseudonym(account.id))
    )
    session.execute(
        update(Declaration).where(Declaration.handled_by_name == name).values(handled_by_name=pseudonym(account.id))
    )
    session.execute(
        update(Declaration)
        .where(Declaration.id.in_(declared_as(account.last_name, account.first_name)))
        .values(**_NOBODY)
        .execution_options(synchronize_session=False)
    )


def _wipe_keys(session: Session, account_id: int, now: datetime) -> None:
    keys = session.scalars(select(OtpKey).where(OtpKey.account_id == account_id).order_by(OtpKey.id)).all()
    session.execute(delete(Enrolment).where(Enrolment.key_id.in_([key.id for key in keys])))
    for key in keys:
        if key.state in ("issued", "active"):  # its owner would be unknown from now on
            key.state = "lost"
            audit.record(
                "key.revoked",
                sigle="guichet",
                subject=f"compte {account_id}",
                now=now,
                details={"serial": key.serial, "lost": True},
            )
        key.seed = key.credential_id = key.public_key = None
        key.label = ""


def names_shared(session: Session, account: Account) -> bool:
    """Whether another person who is not forgotten has the same name, so that a name does not identify the person."""
    others = session.execute(
        select(Account.id, Account.last_name, Account.first_name).where(
            Account.id != account.id, Account.pseudonymised_at.is_(None)
        )
    )
    return bool(_named(others, account.last_name, account.first_name))


def declared_as(last_name: str, first_name: str) -> list[int]:
    """Return the ids of the declarations that name a person so, by the folding of `matrix.french.name`."""
    rows = db.session.execute(select(Declaration.id, Declaration.last_name, Declaration.first_name))
    return _named(rows, last_name, first_name)


def _named(rows: Iterable[Any], last_name: str, first_name: str) -> list[int]:
    """The ids of the rows (id, last name, first name) that have this name. SQL folds neither « È » nor « œ »."""
    wanted = french.name(last_name), french.name(first_name)
    return [row.id for row in rows if (french.name(row.last_name), french.name(row.first_name)) == wanted]
