"""Which ticket a mail of another tool tells of, also where nothing proves the mail: its words are shown by that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from charters.database import db, reading
from ticketing.correspondence import threads
from ticketing.exchange import composing, outgoing, sending
from ticketing.exchange.protocol import wire
from ticketing.mail import signatures
from ticketing.mail.incoming.parsed import Attached, ParsedMail, Undelivered
from ticketing.tickets import desk

FROM = {"senders": ("glpi@departement.example",), "message_id": "<1@glpi.example>"}


def _of(mail: ParsedMail) -> int | None:
    db.session.rollback()
    with reading():
        return threads.told_of(mail)


@pytest.mark.parametrize("kind", ["glpi", "structured", "plain"])
def test_security_a_forged_mail_about_a_ticket_of_a_tool_is_known_to_tell_of_it(
    people: Any, draft: Any, profile: Any, settings: Any, kept: Any, now: datetime, kind: str
) -> None:
    made, _ = profile(kind)
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    outgoing.follow(now)
    sending.drain(settings, now)
    (sent,) = kept.taken()
    token = signatures.subject_token(composing.token_key(made), number)
    ours = str(sent["Message-ID"])
    assert _of(ParsedMail(subject=f"RE: {token} Panne", **FROM)) == number
    assert _of(ParsedMail(in_reply_to=(ours,), **FROM)) == number
    assert _of(ParsedMail(**{**FROM, "message_id": ours})) == number
    returned = Undelivered(address="x@y.example", permanent=True, message_id=ours)
    assert _of(ParsedMail(undelivered=(returned,), **FROM)) == number
    assert _of(ParsedMail(subject="RE: [GU-1-23456789] Panne", **FROM)) is None
    if kind == "structured":
        part = Attached(filename=wire.FILE_NAME, content_type="application/json", content=_part(sent))
        assert _of(ParsedMail(attachments=(part,), **FROM)) == number
        broken = replace(part, content=part.content.replace(b"{", b"[", 1))
        assert _of(ParsedMail(attachments=(broken,), **FROM)) is None


def _part(sent: Any) -> bytes:
    (part,) = sent.iter_attachments()
    return bytes(part.get_content().encode() if isinstance(part.get_content(), str) else part.get_content())
