"""The settings that `charters` needs, handed in where the application is made.

They are found by the database's engine, as those of the desk are (`ticketing.settings`): no room reads Flask.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Engine

from charters.database import db
from charters.errors import Unavailable


class Rules(Protocol):
    """The settings that `charters` reads; durations in minutes and hours, as their names say."""

    @property
    def demo(self) -> bool: ...
    @property
    def base_url(self) -> str: ...
    @property
    def intranet(self) -> tuple[str, ...]: ...
    @property
    def seed_keys(self) -> tuple[str, ...]: ...
    @property
    def pin_required(self) -> bool: ...
    @property
    def passkeys(self) -> str: ...
    @property
    def radius_servers(self) -> tuple[str, ...]: ...
    @property
    def radius_secret(self) -> str: ...
    @property
    def radius_timeout(self) -> float: ...
    @property
    def radius_tries(self) -> int: ...
    @property
    def oidc_issuer(self) -> str: ...
    @property
    def oidc_client_id(self) -> str: ...
    @property
    def oidc_client_secret(self) -> str: ...
    @property
    def oidc_scope(self) -> str: ...
    @property
    def oidc_acr(self) -> tuple[str, ...]: ...
    @property
    def session_idle_minutes(self) -> int: ...
    @property
    def session_admin_idle_minutes(self) -> int: ...
    @property
    def session_hours(self) -> int: ...
    @property
    def usage_charter_for_staff(self) -> bool: ...


_given: WeakKeyDictionary[Engine, Callable[[], Rules]] = WeakKeyDictionary()


def hand_in(engine: Engine, read: Callable[[], Rules]) -> None:
    """Register what reads the settings for every call that works on this database, in place of what was before."""
    _given[engine] = read


def rules() -> Rules:
    """The settings registered for the current database. Raises KeyError if there are none."""
    return _given[db.engine]()


class Unreadable(Unavailable):
    """Raised when no key of the settings opens a sealed secret."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(serial: str, seed: bytes) -> str:
    """Encrypt a seed for the key of this serial; the result cannot be opened for another key."""
    return _cipher(rules().seed_keys).encrypt(serial.encode() + b"\0" + seed).decode()


def unseal(serial: str, sealed: str) -> bytes:
    """The seed of the key of this serial. Raises Unreadable when no key opens it, ValueError if it is another's."""
    try:
        owner, _, seed = _cipher(rules().seed_keys).decrypt(sealed.encode()).partition(b"\0")
    except InvalidToken as error:
        raise Unreadable("no key of GUICHET_SEED_KEYS opens this secret") from error
    if owner != serial.encode():
        raise ValueError("this seed belongs to another key")
    return seed


def resealed(sealed: str) -> str:
    """The secret sealed again with the newest key. Raises cryptography's InvalidToken when no key opens it."""
    return _cipher(rules().seed_keys).rotate(sealed.encode()).decode()
