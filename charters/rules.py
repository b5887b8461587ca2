"""The settings that `charters` needs, given to the application when it is made."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

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
    def session_idle_minutes(self) -> int: ...
    @property
    def session_admin_idle_minutes(self) -> int: ...
    @property
    def session_hours(self) -> int: ...
    @property
    def usage_charter_for_staff(self) -> bool: ...


def rules() -> Rules:
    """The current application's settings."""
    return cast(Rules, current_app.config["GUICHET"])


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
