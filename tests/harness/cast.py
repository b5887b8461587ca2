"""The reference cast in tests: it is built once a test run, and logged in by a session row instead of the form."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["Person", "actor", "build", "log_in"]


@dataclass(frozen=True)
class Person:
    sigle: str
    account_id: int
    pin: str
    otp_secret: str
    email: str


def build() -> dict[str, Person]:
    """Enrol the cast in the database of the current application: accounts, keys, mandates, signatures."""
    from ticketing.demo import cast

    return {
        made.sigle: Person(made.sigle, made.account_id, made.pin, made.otp_secret, made.email)
        for made in cast.enrol(datetime.now(UTC))
    }


def new_session(person: Person) -> str:
    """Open a session without the login form, where a code works only once. Returns the token of its cookie."""
    from charters.database import db, writing
    from charters.tables.access import Account, WebSession

    token = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    with writing() as session:
        account = db.session.get(Account, person.account_id)
        assert account is not None
        session.add(
            WebSession(
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                account_id=account.id,
                generation=account.generation,
                zone="internet",
                agent="tests",
                created_at=now,
                seen_at=now,
            )
        )
    return token


def log_in(client: Any, person: Person) -> Any:
    """Give `client` the cookie of a new session of that person."""
    from ticketing.web import guards

    with client.application.app_context():
        client.set_cookie(guards.cookie_name(), new_session(person))
    return client


def actor(person: Person) -> Any:
    """The actor for the person under the first mandate, as the guards build it; needs an application context."""
    from ticketing.demo import cast

    return cast.actor(person.sigle)
