"""A profile with the tool of the Hautes-Pyrénées, and a carrier that keeps what is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import pytest

from ticketing.demo.people import D1
from ticketing.exchange import profiles
from ticketing.exchange.profiles import Form
from ticketing.mail import carriers, delivery

ADDRESS = "glpi@departement.example"


class Kept:
    """A carrier that keeps the messages, or fails as told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.failure: Exception | None = None

    def send(self, mail: EmailMessage, name: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.mails.append(mail)

    def close(self) -> None:
        """Nothing is held open."""

    def taken(self) -> list[EmailMessage]:
        """What was sent since the last call."""
        found, self.mails = self.mails, []
        return found


@pytest.fixture
def kept(monkeypatch: Any) -> Kept:
    from datetime import timedelta

    from ticketing.exchange import sending

    made = Kept()
    monkeypatch.setattr(carriers, "carrier", lambda _: made)
    monkeypatch.setattr(sending, "elapsed", lambda begun: timedelta())
    monkeypatch.setattr(delivery, "elapsed", lambda begun: timedelta())
    return made


@pytest.fixture
def profile(people: Any, now: datetime) -> Callable[..., tuple[int, str]]:
    """Return a maker of a profile in service; it gives its id and its shared key."""

    def make(kind: str, **more: str) -> tuple[int, str]:
        admin = people("a.admin")
        typed = {"organisation": D1, "kind": kind, "address": ADDRESS, "per_minute": "600"} | more
        made = profiles.save(admin, Form(**typed), now)
        key = profiles.new_key(admin, made, now) if kind == "structured" else ""
        profiles.tried(admin, made, now)
        profiles.switch(admin, made, True, now)
        return made, key

    return make
