"""The reference cast in a test: built once a session, then logged in by a session row, not by the form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ticketing.demo import CONVENTIONS

__all__ = ["CONVENTIONS", "Person", "actor", "build", "log_in"]


@dataclass(frozen=True)
class Person:
    sigle: str
    account_id: int
    pin: str
    otp_secret: str
    email: str


def build() -> dict[str, Person]:
    """Enrols the cast in the database of the current application: accounts, keys, mandates, signatures."""
    from ticketing.demo import cast

    return {
        made.sigle: Person(made.sigle, made.account_id, made.pin, made.otp_secret, made.email)
        for made in cast.enrol()
    }


def log_in(client: Any, person: Person) -> Any:
    """Gives `client` the cookie of a new session of that person."""
    raise NotImplementedError  # follows charters.registry


def actor(person: Person) -> Any:
    """The person under the first mandate, as the guards would make it."""
    raise NotImplementedError  # follows charters.registry
