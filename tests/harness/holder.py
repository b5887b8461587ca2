"""A person with an active key and the codes that it shows, for tests of access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from charters.entry import pin_and_code, sessions
from charters.errors import Refused
from charters.keys import otp
from charters.people import accounts

NOW = datetime(2026, 11, 12, 9, 0, 10, tzinfo=UTC)
SEED = b"12345678901234567890"
PIN = "846213"
FORM = accounts.AccountForm(
    sigle="p.durand",
    last_name="Durand",
    first_name="Paule",
    company="Conseil départemental",
    email="p.durand@guichet.example",
    function="Technicienne",
    organisation="departement-d1",
    external=True,
)


@dataclass
class Holder:
    """A person with a key who logs in: `enter` tries a login, with the right secrets by default."""

    account_id: int
    key_id: int
    sigle: str

    def code(self, at=NOW):
        return otp.code_at(SEED, otp.step_at(at))

    def enter(self, at=NOW, **changes):
        values = {"sigle": self.sigle, "pin": PIN, "code": self.code(at)} | changes
        return pin_and_code.log_in(**values, zone="internet", now=at)

    def refused(self, at=NOW, **changes):
        with pytest.raises(Refused) as refused:
            self.enter(at, **changes)
        return refused.value.sentence

    def login(self, entered, at=NOW, zone="internet"):
        return sessions.login_of(entered.token, zone=zone, now=at)
