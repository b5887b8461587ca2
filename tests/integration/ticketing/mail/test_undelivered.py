"""Mails that do not arrive: marked, told to an administrator, stopped, and sent again once the address is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from charters import letters as mails
from charters.database import db, writing
from charters.errors import NotFound
from charters.rules import unseal
from charters.tables.access import Account, JournalLine
from charters.tables.keys import Letter
from ticketing.mail import carriers, delivery, letters, undelivered
from ticketing.mail.sending import troubles
from ticketing.tables import MailAddress, Notice
from ticketing.tickets import desk

MINUTE = timedelta(minutes=1)


def one(person: Any) -> Any:
    db.session.rollback()
    query = select(Notice).where(Notice.recipient_id == person.account_id).order_by(Notice.id)
    return db.session.scalars(query).all()


def address(person: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(select(MailAddress).where(MailAddress.address == email(person).lower())).one_or_none()


def email(person: Any) -> str:
    return str(db.session.scalar(select(Account.email).where(Account.id == person.account_id)))


def everything(academie: str) -> None:
    """Each académie administers everybody, as where there is one."""


def report(person: Any, message_id: str, now: Any, **more: Any) -> bool:
    said = {"permanent": True, "diagnostic": "550 5.1.1 User unknown", "complaint": False} | more
    with writing() as session:
        return undelivered.note(session, email(person).upper(), message_id=message_id, now=now, **said)


@pytest.fixture
def sent(people: Any, draft: Any, now: Any, settings: Any, monkeypatch: Any) -> Callable[[], list[Any]]:
    """Return the notices to d1.agent, all sent; each call opens a ticket."""

    class Carrier:
        def send(self, mail: Any, name: str) -> None:
            """Everything is taken."""

        def close(self) -> None:
            """Nothing is held open."""

    monkeypatch.setattr(carriers, "carrier", lambda _: Carrier())

    def more() -> list[Any]:
        desk.open_ticket(people("c11.cmi"), draft(), [], now)
        delivery.drain(settings, now)
        return list(one(people("d1.agent")))

    return more


def test_a_mail_that_came_back_is_marked_and_an_administrator_told_once(
    people: Any, now: Any, settings: Any, sent: Any
) -> None:
    agent, admin = people("d1.agent"), people("a.admin")
    (notice,) = sent()
    assert report(agent, notice.message_id, now)
    (notice,) = one(agent)
    assert (notice.state, notice.last_error) == ("bounced", "550 5.1.1 User unknown")
    assert (address(agent).failing_since, address(agent).failures, address(agent).stopped_at) == (now, 1, None)
    assert undelivered.tell(everything, now) == 1
    assert undelivered.tell(everything, now + timedelta(hours=1)) == 0
    letter = db.session.scalars(select(Letter).where(Letter.kind == undelivered.KIND)).one()
    assert letter.account_id == admin.account_id
    said = unseal(letter.message_id, letter.body).decode()
    assert email(agent) in said and "User unknown" in said and "/administration/courriels/envois" in said
    (line,) = db.session.scalars(select(JournalLine).where(JournalLine.event == "mail.returned")).all()
    assert (line.sigle, line.subject) == ("guichet", f"compte {agent.account_id}") and "@" not in line.details


def test_nothing_is_sent_any_more_after_three_failures_until_an_administrator_tries_again(
    people: Any, draft: Any, now: Any, settings: Any, sent: Any
) -> None:
    agent, admin = people("d1.agent"), people("a.admin")
    for _ in range(undelivered.STOP_AFTER):
        notice = sent()[-1]
        assert address(agent) is None or address(agent).stopped_at is None
        report(agent, notice.message_id, now)
    assert address(agent).stopped_at == now
    assert db.session.scalars(select(JournalLine).where(JournalLine.event == "mail.stopped")).one()
    blocked = sent()[-1]
    assert (blocked.state, blocked.last_error, blocked.attempts) == ("failed", undelivered.STOPPED, 0)
    with writing() as session:
        mails.write(session.get_one(Account, agent.account_id), "pin-changed", now=now)
    letters.drain(settings, now, lambda letter, moment: letter)
    assert db.session.scalars(select(Letter.state).where(Letter.account_id == agent.account_id)).one() == "failed"
    assert troubles.again_to(admin, None, agent.account_id, now) == 5
    assert address(agent) is None
    assert delivery.drain(settings, now) == 4 and letters.drain(settings, now, lambda letter, moment: letter) == 1
    assert {notice.state for notice in one(agent)} == {"sent"}
    line = db.session.scalars(select(JournalLine).where(JournalLine.event == "mail.resent")).one()
    assert (line.sigle, line.subject) == ("a.admin", f"compte {agent.account_id}")


def test_a_report_on_a_mail_that_is_not_ours_or_not_to_that_address_changes_nothing(
    people: Any, now: Any, sent: Any
) -> None:
    """Anybody may write a report: it must name a mail that went to that address lately."""
    agent, cmi = people("d1.agent"), people("c11.cmi")
    (notice,) = sent()
    assert not report(agent, "<autre@ailleurs.example>", now)
    assert not report(cmi, notice.message_id, now)
    assert not report(agent, notice.message_id, now + timedelta(days=11))
    assert {row.state for row in one(agent) + one(cmi)} == {"sent"}
    assert address(agent) is None and address(cmi) is None


def test_a_delay_only_keeps_what_was_said_and_a_complaint_stops_nothing_but_is_told(
    people: Any, now: Any, sent: Any
) -> None:
    agent = people("d1.agent")
    (notice,) = sent()
    report(agent, notice.message_id, now, permanent=False, diagnostic="450 greylisted")
    assert (one(agent)[0].state, one(agent)[0].last_error) == ("sent", "450 greylisted") and address(agent) is None
    report(agent, notice.message_id, now, complaint=True, diagnostic="")
    row = address(agent)
    assert (row.complained_at, row.failing_since, row.stopped_at, row.told_at) == (now, None, None, None)
    assert db.session.scalars(select(JournalLine).where(JournalLine.event == "mail.complaint")).one()
    assert undelivered.tell(everything, now) == 1


@pytest.mark.parametrize(
    "said", ["552 5.2.2 mailbox full", "4.4.7 message expired", "550 Over quota", "La boîte de réception est pleine."]
)
def test_a_full_mailbox_or_a_time_that_ran_out_is_no_fault_of_the_address(
    people: Any, now: Any, sent: Any, said: str
) -> None:
    agent = people("d1.agent")
    for _ in range(undelivered.STOP_AFTER + 1):
        assert report(agent, sent()[-1].message_id, now, diagnostic=said)
        with writing() as session:
            undelivered.refused(session, email(agent), said, agent.account_id, now)
    assert {(row.state, row.last_error) for row in one(agent)} == {("bounced", said)}
    assert address(agent) is None


def test_a_report_that_names_a_message_id_that_can_be_guessed_changes_nothing(people: Any, now: Any, sent: Any) -> None:
    agent = people("d1.agent")
    (notice,) = sent()
    guessed = f"<ticket-{notice.ticket_id}-{notice.event_id}-{agent.account_id}@localhost>"
    with writing() as session:  # a mail of a version that had no codes
        session.execute(update(Notice).where(Notice.id == notice.id).values(message_id=guessed, sent_as=guessed))
    assert not report(agent, guessed, now)
    assert one(agent)[0].state == "sent" and address(agent) is None


def test_an_administrator_is_never_told_at_an_address_that_fails(people: Any, now: Any) -> None:
    admin = people("a.admin")
    with writing() as session:
        undelivered.refused(session, email(admin), "550 Inconnu", admin.account_id, now)
    assert undelivered.tell(everything, now) == 0
    assert db.session.scalars(select(Letter).where(Letter.kind == undelivered.KIND)).all() == []


def test_only_the_administrators_of_the_people_concerned_are_told(people: Any, now: Any) -> None:
    agent = people("d1.agent")
    with writing() as session:
        undelivered.refused(session, email(agent), "550 Inconnu", agent.account_id, now)
    assert undelivered.tell(lambda academie: {"ailleurs"}, now) == 0


def test_failures_a_month_apart_are_not_in_a_row(people: Any, now: Any) -> None:
    agent = people("d1.agent")
    for days in (0, 1, 40, 41):
        with writing() as session:
            undelivered.refused(session, email(agent), "550", agent.account_id, now + timedelta(days=days))
    assert (address(agent).failures, address(agent).stopped_at) == (2, None)
    assert address(agent).failing_since == now + timedelta(days=40)


def test_an_address_that_the_server_refuses_is_known_to_fail_and_a_refused_text_is_not(
    people: Any, draft: Any, now: Any, settings: Any, monkeypatch: Any
) -> None:
    class Refusing:
        def send(self, mail: Any, name: str) -> None:
            if "d1.agent@" in mail["To"]:
                raise carriers.Permanent("550 Inconnu", address=True)
            raise carriers.Permanent("554 Contenu refusé")

        def close(self) -> None:
            """Nothing is held open."""

    monkeypatch.setattr(carriers, "carrier", lambda _: Refusing())
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    delivery.drain(settings, now)
    assert address(people("d1.agent")).failures == 1 and address(people("d1.ref")) is None


def test_a_corrected_address_gets_what_failed_at_the_former_one(
    people: Any, now: Any, settings: Any, sent: Any
) -> None:
    agent = people("d1.agent")
    for _ in range(3):
        report(agent, sent()[-1].message_id, now)
    with writing() as session:
        session.execute(update(Notice).values(created_at=datetime.now(UTC)))
    with writing() as session:
        session.get_one(Account, agent.account_id).email = "nouvelle@guichet.example"
    assert {(row.state, row.recipient_email) for row in one(agent)} == {("pending", "nouvelle@guichet.example")}
    assert db.session.scalars(select(MailAddress)).all() == []


def test_a_letter_that_failed_keeps_its_words_to_be_sent_again_unless_they_are_a_secret(
    people: Any, now: Any, settings: Any, monkeypatch: Any
) -> None:
    cmi, admin = people("c11.cmi"), people("a.admin")

    class Refusing:
        failing = True

        def send(self, mail: Any, name: str) -> None:
            if self.failing:
                raise carriers.Permanent("554 Refusé")

        def close(self) -> None:
            """Nothing is held open."""

    carrier = Refusing()
    monkeypatch.setattr(carriers, "carrier", lambda _: carrier)
    with writing() as session:
        account = session.get_one(Account, cmi.account_id)
        mails.write(account, "pin-changed", now=now)
        mails.write(account, "reset", now=now, text="reset-pin", values={"link": "https://guichet.example/secret"})
    letters.drain(settings, now, lambda letter, moment: letter)
    listed = {one.what: one for one in troubles.listed(None)[0]}
    db.session.rollback()
    rows = {row.kind: row for row in db.session.scalars(select(Letter))}
    assert rows["pin-changed"].body and rows["reset"].body == "" and len(listed) == 1
    carrier.failing = False
    troubles.again(admin, None, "lettre", rows["pin-changed"].id, now)
    with pytest.raises(NotFound):
        troubles.again(admin, None, "lettre", rows["reset"].id, now)
    assert letters.drain(settings, now, lambda letter, moment: letter) == 1
