"""The message of a notice and of a letter, header by header; what is stored of an event."""

from __future__ import annotations

import email
import email.policy
import json
from base64 import b64decode
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from harness.places import ROOT

from charters.mail_texts import MailTexts
from ticketing.mail import composing, signatures
from ticketing.mail.wording import Happening, Reason, said

WRITTEN = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
NOTICE = SimpleNamespace(
    ticket_id=12,
    event_id=7,
    kind="question",
    reader="requester",
    recipient_id=3,
    recipient_name="Élise\r\nDurand",
    recipient_email="e.durand@guichet.example",
    subject="Question : Ticket\n12",
    created_at=WRITTEN,
    message_id="<ticket-12-7-3@guichet.example>",
    thread_id="<ticket-12@guichet.example>",
    body="Bonjour.\n",
    calendar="",
)
KEY = b"key of the test"


def settings(*came_by: str) -> Any:
    return SimpleNamespace(
        mail_texts=MailTexts([ROOT / "templates"]),
        mail_key=KEY,
        base_url="https://guichet.example",
        words_html=str,
        came_by=lambda ticket, event: came_by,
        takes_mail=lambda: True,
    )


@pytest.mark.parametrize(
    ("mail_from", "sender", "desk"),
    [
        ("guichet@x.example", "Guichet <guichet@x.example>", "guichet"),
        ("Aide <aide@x.example>", "Aide <aide@x.example>", "aide"),
    ],
)
def test_a_message_has_a_sender_a_recipient_and_machine_marks(mail_from: str, sender: str, desk: str) -> None:
    notice: Any = composing.of_notice(NOTICE, None, mail_from, settings())
    letter: Any = composing.of_letter(NOTICE, mail_from, settings())
    for mail, token in ((notice, f"{signatures.subject_token(KEY, 12)} "), (letter, "")):
        assert {name: str(mail[name]) for name in ("From", "Subject", "Date", "Message-ID")} == {
            "From": sender,
            "Subject": f"{token}Question : Ticket 12",
            "Date": "Tue, 17 Nov 2026 09:00:00 +0000",
            "Message-ID": "<ticket-12-7-3@guichet.example>",
        }
        (to,) = mail["To"].addresses
        assert (to.display_name, to.addr_spec) == ("Élise Durand", "e.durand@guichet.example")
        assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
        assert mail.get_content_type() == "multipart/alternative"
        assert mail.get_body(("plain",)).get_content() == "Bonjour.\n"
        assert "Bonjour.</p>" in mail.get_body(("html",)).get_content()
    (answered,) = notice["Reply-To"].addresses
    assert signatures.read_reply_address(answered.addr_spec, KEY) == signatures.Reply(12, 3)
    assert answered.addr_spec.startswith(f"{desk}+t12.a3.") and letter["Reply-To"] is None
    assert notice["In-Reply-To"] == notice["References"] == "<ticket-12@guichet.example>"
    assert letter["In-Reply-To"] is letter["References"] is letter["List-Id"] is None
    assert notice["X-Guichet"] == "notice; ticket=12; event=7; kind=question" and letter["X-Guichet"] == "letter"
    assert (notice["List-Id"], notice["List-Unsubscribe"]) == (
        "Guichet <tickets.guichet.example>",
        "<https://guichet.example/compte/avis>",
    )


def test_the_mails_of_people_stand_in_the_thread_whole_however_long_their_ids() -> None:
    opened, answer = f"<{'A' * 90}@eurprd04.prod.outlook.example>", "<answer@x.example>"
    mail = composing.of_notice(NOTICE, None, "guichet@x.example", settings(opened, answer))
    read = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert str(read["References"]).split() == [opened, answer, "<ticket-12@guichet.example>"]
    assert read["In-Reply-To"] == answer
    assert opened.encode() in mail.as_bytes()


def test_a_message_is_the_same_at_each_try_and_any_server_may_carry_it() -> None:
    calendar = SimpleNamespace(**vars(NOTICE) | {"calendar": "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"})
    for compose in (
        lambda: composing.of_notice(NOTICE, None, "guichet@x.example", settings()),
        lambda: composing.of_letter(calendar, "guichet@x.example", settings()),
    ):
        first, second = compose().as_bytes(), compose().as_bytes()
        assert first == second and first.isascii()
        assert max(len(line) for line in first.split(b"\n")) <= 200
    read = email.message_from_bytes(first, policy=email.policy.default)
    [file] = read.iter_attachments()
    assert file.get_param("method") == "CANCEL" and read.get_body(("html",)) is not None


def test_outlook_groups_the_mails_of_a_ticket_and_no_others() -> None:
    def of(root: str, at: datetime) -> bytes:
        return b64decode(composing.thread_index(root, WRITTEN, at))

    first, last = of("<ticket-12@x>", WRITTEN), of("<ticket-12@x>", WRITTEN + timedelta(days=1000))
    assert len(first) == len(last) == 27 and first[:22] == last[:22] and first != last
    assert of("<ticket-13@x>", WRITTEN)[:22] != first[:22]
    assert first[22:26] == bytes(4) and last[22] & 0x80
    days = int.from_bytes(first[:6] + bytes(2), "big") // 864_000_000_000  # of 100 ns, from 1601 on
    assert date(1601, 1, 1) + timedelta(days=days) == WRITTEN.date()


class Texts:
    """Stands for the templates: gives back what they are asked with."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def subject(self, name: str, values: Any) -> str:
        self.asked.append((name, values))
        return "x" * 249 + "yz"


def happening(**changes: Any) -> Happening:
    given: dict[str, Any] = {
        "ticket": {"number": 12, "title": "Écran", "opened_at": WRITTEN, "text_due_at": WRITTEN, "assignee_name": None},
        "event_id": 7,
        "kind": "question",
        "words": "Lequel ?\nLe 4 ?",
        "reason": Reason("II.2"),
        "author_id": 3,
        "by_holder": True,
        "base_url": "https://guichet.example:8443/x",
    }
    return Happening(**(given | changes))


def test_what_is_stored_of_an_event_is_what_its_mails_are_written_from() -> None:
    texts = Texts()
    cited = SimpleNamespace(document="d", ref="II.2", quote="Le texte.", reading=None, kind="printed")
    found = said(happening(reason=Reason("II.2", (cited,))), texts)
    data = found.pop("data")
    assert found == {
        "number": 12,
        "event": 7,
        "kind": "question",
        "subject": "x" * 249 + "y",
        "mark": "<ticket-12-7-",
        "host": "@guichet.example>",
        "thread": "<ticket-12@guichet.example>",
    }
    assert [name for name, _ in texts.asked] == ["notices/question"]
    told = {name: data[name] for name in ("title", "words", "why", "due_at", "opened_at", "assignee_name")}
    assert told == {
        "title": "Écran",
        "words": "Lequel ?\nLe 4 ?",
        "why": "II.2",
        "due_at": "2026-11-17T09:00:00+00:00",
        "opened_at": "2026-11-17T09:00:00+00:00",
        "assignee_name": "",
    }
    assert data["clause"] == {"document": "d", "ref": "II.2", "quote": "Le texte.", "reading": ""}
    as_kept = said(happening(reason=Reason("II.2", (vars(cited),))), texts)
    assert as_kept["data"] == data and json.loads(json.dumps(data)) == data
    assert said(happening(), texts)["data"]["clause"] == {}


def test_mails_are_threaded_under_a_name_of_their_own_where_the_address_has_none() -> None:
    found = said(happening(base_url="", words=""), Texts())
    assert (found["host"], found["thread"]) == ("@guichet>", "<ticket-12@guichet>")
