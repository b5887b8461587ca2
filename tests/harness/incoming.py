"""Incoming mails for tests: raw messages, and a stand-in for what acts on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import ParsedMail

SENDER = "nadia.benali@college-desaix.example"


def raw(number: int = 1, *, sender: str = SENDER, subject: str = "Panne", text: str = "Bonjour", **more: str) -> bytes:
    """A message as a mail server hands it over; `more` are headers, written with « _ » for « - »."""
    headers = {
        "From": f"Quelqu'un <{sender}>",
        "To": "guichet@guichet.example",
        "Subject": subject,
        "Date": "Mon, 05 Oct 2026 08:00:00 +0200",
        "Message-ID": f"<m{number}@mail.example>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"{head}\r\n{text}\r\n".encode()


class Applying:
    """What `applying.apply` is replaced by: it notes what it is given, and answers `outcome`, or raises it."""

    def __init__(self, outcome: Outcome | Exception | Callable[[ParsedMail, Received], Outcome]) -> None:
        self.outcome, self.given = outcome, list[tuple[ParsedMail, Received]]()

    def __call__(self, mail: ParsedMail, received: Received, now: datetime) -> Outcome:
        self.given.append((mail, received))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome(mail, received) if callable(self.outcome) else self.outcome


def acting(monkeypatch: Any, outcome: Any) -> Applying:
    """Put a stand-in in the place of `applying.apply`."""
    from ticketing.correspondence import applying

    stand_in = Applying(outcome)
    monkeypatch.setattr(applying, "apply", stand_in)
    return stand_in
