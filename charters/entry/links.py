"""Links of one person: to choose a new PIN or password, once and within days; to read a calendar, for a year.

Only a token's hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update

from charters.database import db
from charters.errors import NotFound
from charters.people.accounts import shut_out
from charters.tables.access import Account
from charters.tables.keys import PersonalLink

Purpose = Literal["pin", "password", "calendar"]
LIFE = {"pin": timedelta(days=1), "password": timedelta(days=7), "calendar": timedelta(days=366)}


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link: its owner and its expiry."""

    account_id: int
    sigle: str
    name: str
    expires_at: datetime


def make(account_id: int, purpose: Purpose, *, now: datetime) -> str:
    """Make a link in the current transaction and return its token; earlier links for this purpose end."""
    end(account_id, purpose, now=now)
    token = secrets.token_urlsafe(32)
    db.session.add(
        PersonalLink(
            account_id=account_id,
            purpose=purpose,
            token_hash=_hash(token),
            created_at=now,
            expires_at=now + LIFE[purpose],
        )
    )
    return token


def end(account_id: int, purpose: Purpose, *, now: datetime) -> None:
    """End this person's links for this purpose."""
    db.session.execute(
        update(PersonalLink)
        .where(PersonalLink.account_id == account_id, PersonalLink.purpose == purpose, PersonalLink.expires_at > now)
        .values(expires_at=now)
    )


def ends(account_id: int, purpose: Purpose, *, now: datetime) -> datetime | None:
    """Return when this person's link for this purpose ends; None where there is none that still opens."""
    return db.session.scalar(
        select(PersonalLink.expires_at)
        .where(
            PersonalLink.account_id == account_id,
            PersonalLink.purpose == purpose,
            PersonalLink.used_at.is_(None),
            PersonalLink.expires_at > now,
        )
        .order_by(PersonalLink.id.desc())
        .limit(1)
    )


def opened(token: str, purpose: Purpose, *, now: datetime) -> LinkView:
    """The link of this token. Raises NotFound if it is used, expired or unknown, or the person may not log in."""
    row = db.session.execute(
        select(
            Account.id,
            Account.sigle,
            Account.first_name,
            Account.last_name,
            Account.ends_on,
            Account.organisation,
            PersonalLink.expires_at,
        )
        .join(Account, Account.id == PersonalLink.account_id)
        .where(
            PersonalLink.token_hash == _hash(token),
            PersonalLink.purpose == purpose,
            PersonalLink.used_at.is_(None),
            PersonalLink.expires_at > now,
        )
    ).one_or_none()
    if row is None or shut_out(row.ends_on, row.organisation, now):
        raise NotFound("link")
    return LinkView(row.id, row.sigle, f"{row.first_name} {row.last_name}", row.expires_at)


def used(token: str, *, now: datetime) -> None:
    """Mark the link as used."""
    db.session.execute(update(PersonalLink).where(PersonalLink.token_hash == _hash(token)).values(used_at=now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
