"""The message of a notice and of a letter, header by header; the words and marks of a notice."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ticketing.mail import delivery, letters
from ticketing.mail.wording import Happening, said

WRITTEN = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
NOTICE = SimpleNamespace(
    recipient_name="Élise\r\nDurand",
    recipient_email="e.durand@guichet.example",
    subject="[Guichet] Ticket\n12",
    created_at=WRITTEN,
    message_id="<ticket-12-7-3@guichet.example>",
    thread_id="<ticket-12@guichet.example>",
    body="Bonjour.\n",
)


@pytest.mark.parametrize(
    ("mail_from", "sender"),
    [
        ("guichet@x.example", "Guichet <guichet@x.example>"),
        ("Aide <aide@x.example>", "Aide <aide@x.example>"),
    ],
)
def test_a_message_has_a_sender_a_recipient_and_machine_marks(mail_from: str, sender: str) -> None:
    notice: Any = delivery.message(NOTICE, mail_from)  # type: ignore[arg-type]
    letter: Any = letters.message(NOTICE, mail_from)  # type: ignore[arg-type]
    for mail in (notice, letter):
        assert {name: str(mail[name]) for name in ("From", "Subject", "Date", "Message-ID")} == {
            "From": sender,
            "Subject": "[Guichet] Ticket 12",
            "Date": "Tue, 17 Nov 2026 09:00:00 +0000",
            "Message-ID": "<ticket-12-7-3@guichet.example>",
        }
        (to,) = mail["To"].addresses
        assert (to.display_name, to.addr_spec) == ("Élise Durand", "e.durand@guichet.example")
        assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
        assert mail.get_content() == "Bonjour.\n"
    assert notice["In-Reply-To"] == notice["References"] == "<ticket-12@guichet.example>"
    assert letter["In-Reply-To"] is letter["References"] is None


class Texts:
    """Stands for the templates: gives back what they are asked with."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def subject(self, name: str, values: Any) -> str:
        self.asked.append((name, values))
        return "x" * 249 + "yz"

    def body(self, name: str, values: Any) -> str:
        return f"{name} {values['requester']} {values['words']}"


def happening(**changes: Any) -> Happening:
    given: dict[str, Any] = {
        "ticket": {"number": 12},
        "event_id": 7,
        "kind": "question",
        "words": "Lequel ?\nLe 4 ?",
        "why": "II.2",
        "author_id": 3,
        "by_holder": True,
        "base_url": "https://guichet.example:8443/x",
    }
    return Happening(**(given | changes))


def test_a_notice_says_its_words_quoted_and_a_line_apart_to_the_requester() -> None:
    texts = Texts()
    found = said(happening(), texts)  # type: ignore[arg-type]
    assert found == {
        "number": 12,
        "event": 7,
        "kind": "question",
        "subject": "x" * 249 + "y",
        "to_requester": "notices/question True > Lequel ?\n> Le 4 ?",
        "to_others": "notices/question False > Lequel ?\n> Le 4 ?",
        "mark": "<ticket-12-7-",
        "host": "@guichet.example>",
        "thread": "<ticket-12@guichet.example>",
    }
    ((name, values),) = texts.asked
    assert (name, values["why"], values["base_url"]) == (
        "notices/question",
        "II.2",
        "https://guichet.example:8443/x",
    )


def test_mails_are_threaded_under_a_name_of_their_own_where_the_address_has_none() -> None:
    found = said(happening(base_url="", words=""), Texts())  # type: ignore[arg-type]
    assert (found["host"], found["thread"]) == ("@guichet>", "<ticket-12@guichet>")
    assert found["to_others"] == "notices/question False "
