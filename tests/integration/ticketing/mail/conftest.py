"""The fixture that the tests of mails share: a clock that stands still while a drain runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketing.mail import delivery, letters


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the machine's speed."""
    monkeypatch.setattr(delivery, "elapsed", lambda begun: timedelta())
    monkeypatch.setattr(letters, "elapsed", lambda begun: timedelta())
