"""A forged report of a mail server stops nobody's mails: no id can be guessed, and one mail fails once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from charters.database import db, writing
from ticketing.mail import undelivered
from ticketing.mail.incoming.parsed import Undelivered
from ticketing.tables import MailAddress, Notice
from ticketing.tickets import desk


@pytest.fixture
def sent(people: Any, draft: Any, now: Any) -> list[Any]:
    """The notices of a ticket, all sent."""
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    with writing() as session:
        session.execute(update(Notice).values(state="sent", sent_at=now))
    return list(db.session.scalars(select(Notice).order_by(Notice.id)))


def _report(notice: Any, message_id: str) -> Undelivered:
    return Undelivered(address=notice.recipient_email, permanent=True, diagnostic="550 non", message_id=message_id)


def _stopped() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(MailAddress.address)))


def test_security_whoever_knows_ones_own_mail_guesses_no_other(sent: Any, mail: Any, take: Any) -> None:
    """A colleague told of the same event knows the ticket, the entry, and may count accounts."""
    mine, theirs = sent[0], sent[-1]
    assert mine.event_id == theirs.event_id and mine.recipient_id != theirs.recipient_id
    codes = [re.search(r"\.([0-9a-f]{16})@", one.message_id) for one in sent]
    assert len({code[1] for code in codes if code}) == len(sent)
    own = f"-{mine.recipient_id}."
    guesses = [
        mine.message_id.replace(own, f"-{theirs.recipient_id}."),
        re.sub(r"\.[0-9a-f]{16}", "", theirs.message_id),
        mine.thread_id,
    ]
    for guess in guesses:
        for _ in range(undelivered.STOP_AFTER):
            done = take(mail("mailer-daemon", undelivered=(_report(theirs, guess),), automatic="null-return-path"))
            assert (done.state, done.kind) == ("ignored", "bounce"), guess
    assert _stopped() == []


def test_security_a_report_played_again_is_one_failure(sent: Any, mail: Any, take: Any) -> None:
    for _ in range(undelivered.STOP_AFTER + 1):
        report = _report(sent[0], sent[0].message_id)
        assert take(mail("mailer-daemon", undelivered=(report,))).kind == "bounce"
    db.session.rollback()
    known = db.session.scalars(select(MailAddress)).one()
    assert (known.failures, known.stopped_at) == (1, None)


def test_security_a_signed_address_alone_stops_nobodys_mails(
    people: Any, sent: Any, mail: Any, take: Any, signed: Any, now: Any
) -> None:
    """It stands in the header of every answer to all, so that a colleague knows it."""
    for text in ("Un.", "Deux.", "Trois."):
        desk.comment(people("d1.agent"), sent[0].ticket_id, text, now=now)
    with writing() as session:
        session.execute(update(Notice).values(state="sent", sent_at=now))
    victim = sent[0]
    to = (signed(victim.ticket_id, victim.recipient_id),)
    for _ in range(undelivered.STOP_AFTER):
        report = replace(_report(victim, ""), message_id="")
        assert take(mail("mailer-daemon", undelivered=(report,), came_to=to)).kind == "bounce"
    assert _stopped() == []
