"""Mails as they are read, and what comes of them: a maker of mails from the people of the cast."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from ticketing.correspondence.applying import apply
from ticketing.mail import signatures
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.settings import desk_settings

RELAY = "relais.guichet.example"
#: What the relay writes of a mail whose sender is who it says.
PASS = f"{RELAY}; dmarc=pass header.from=guichet.example"
FAIL = f"{RELAY}; dmarc=fail header.from=guichet.example"


@pytest.fixture
def settings(settings: Any) -> Any:
    return settings.model_copy(update={"mail_authserv": RELAY, "mail_from": "desk@guichet.example"})


@pytest.fixture
def mail() -> Callable[..., ParsedMail]:
    """Return a maker of mails: `mail("c11.cmi", text="…")` is from that person, and the relay says so."""
    numbers = itertools.count(1)

    def make(sender: str = "c11.cmi", **changes: Any) -> ParsedMail:
        values: dict[str, Any] = {
            "message_id": f"<m{next(numbers)}@poste.example>",
            "senders": (f"{sender}@guichet.example",),
            "came_to": ("desk@guichet.example",),
            "subject": "Le vidéoprojecteur de la salle 12 reste noir",
            "text": "Bonjour, il s’allume et reste noir depuis ce matin.",
            "authentication": (PASS,),
            "return_path": f"{sender}@guichet.example",
            "hops": 3,
        }
        return ParsedMail(**(values | changes))

    return make


@pytest.fixture
def take(now: Any) -> Callable[..., Outcome]:
    """Return what applies a mail as one newly received; `box`, `id` and `at` say otherwise.

    Its key is made as the room that keeps mails makes it: of the Message-ID and the date.
    """
    numbers = itertools.count(1)

    def give(mail: ParsedMail, box: str = "desk", id: int = 0, at: Any = None) -> Outcome:
        return apply(
            mail,
            Received(id or next(numbers), box, sha256(f"{mail.message_id}\n{mail.sent_at}".encode()).hexdigest()),
            at or now,
        )

    return give


@pytest.fixture
def signed() -> Callable[[int, int], str]:
    """Return the signed address of a person on a ticket."""

    def make(ticket: int, account: int) -> str:
        settings = desk_settings()
        return signatures.reply_address(settings.mail_from, settings.mail_key, ticket, account)

    return make
