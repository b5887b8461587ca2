"""MEL-07, FIA-03 and CHA-07 of the security requirements, against a real mail server; and the pace of mails."""

from __future__ import annotations

import email
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from harness import smtp as smtp_server
from sqlalchemy import func, insert, select

from charters.database import db, writing
from ticketing import jobs
from ticketing.mail import delivery
from ticketing.operation import maintenance
from ticketing.tables import Notice
from ticketing.tickets import desk

MINUTE = timedelta(minutes=1)


class Server:
    """A mail server that answers as `recipient` and `data` say, and keeps what it took."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        self.sender: Callable[[], str] = lambda: "250 OK"
        self.recipient: Callable[[str], str] = lambda address: "250 OK"
        self.data: Callable[[], str] = lambda: "250 OK"
        self.cut: list[str] = []
        self.port = 0

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.sender()
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.data()
        if answer.startswith("250") or answer == "cut":
            message_id = email.message_from_bytes(envelope.content)["Message-ID"]
            self.got.append((envelope.rcpt_tos[0], message_id))
            if answer == "cut":
                self.cut.append(message_id)
                server.transport.abort()
        return answer if answer != "cut" else "250 OK"


@pytest.fixture
def smtp() -> Iterator[Server]:
    with smtp_server.serving(Server()) as handler:
        yield handler


@pytest.fixture
def mailing(settings: Any, smtp: Server) -> Any:
    return settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{smtp.port}"})


@pytest.fixture
def one_base(app: Any, cast: Any, actor_as: Callable[[str], Any]) -> Any:
    """The application open on SQLite alone: these cases are about the mail server."""
    with app.app_context():
        yield actor_as


def questions(actor: Any, draft: Any, now: datetime, tickets: int, count: int) -> None:
    """Write notices that are each a mail of their own: copies of the first ones of a few tickets."""
    for _ in range(tickets):
        desk.open_ticket(actor("c11.cmi"), draft(), [], now)
    with writing() as session:
        rows = [dict(row._mapping) for row in session.execute(select(*Notice.__table__.c).order_by(Notice.id))]
        wanted = count - len(rows)
        copies = [
            {
                **{name: value for name, value in rows[rank % len(rows)].items() if name != "id"},
                "kind": "question",
                "message_id": f"<copie-{rank}@guichet.example>",
            }
            for rank in range(wanted)
        ]
        session.execute(insert(Notice), copies)


def in_order(smtp: Server, address: str) -> bool:
    """Whether the mails to an address came ticket by ticket in the order of their rows."""
    db.session.rollback()
    for ticket in db.session.scalars(select(Notice.ticket_id).distinct()):
        rows = db.session.scalars(
            select(Notice.message_id)
            .where(Notice.ticket_id == ticket, Notice.recipient_email == address)
            .order_by(Notice.id)
        ).all()
        came = list(dict.fromkeys(one for to, one in smtp.got if to == address and one in set(rows)))
        if came != list(rows):
            return False
    return True


def test_mel_07_all_leaves_within_ten_minutes_of_the_server_s_return_in_order(
    one_base: Any, draft: Any, now: datetime, mailing: Any, smtp: Server
) -> None:
    """Two hours of refusals; tickets go on; an address that is wrong for good is « échec » and delays nobody."""
    wrong = "d1.ref@guichet.example"
    questions(one_base, draft, now, tickets=3, count=40)
    smtp.recipient = lambda address: "550 5.1.1 Inconnu" if address == wrong else "451 4.3.0 Plus tard"
    for minute in range(120):
        if minute == 60:
            desk.comment(one_base("c11.cmi"), 1, "Toujours en panne.", now=now + minute * MINUTE)
        delivery.drain(mailing, now + minute * MINUTE)
    states = Counter(db.session.execute(select(Notice.recipient_email, Notice.state)).all())
    assert smtp.got == [] and {state for (address, state) in states if address != wrong} == {"pending"}
    assert {state for (address, state) in states if address == wrong} == {"failed"}
    smtp.recipient = lambda address: "550 5.1.1 Inconnu" if address == wrong else "250 OK"
    for minute in range(11):
        delivery.drain(mailing, now + (120 + minute) * MINUTE)
    db.session.rollback()
    left = db.session.execute(select(Notice.recipient_email, Notice.state).where(Notice.state != "sent")).all()
    assert {(row.recipient_email, row.state) for row in left} == {(wrong, "failed")}
    latest = db.session.scalar(select(func.max(Notice.sent_at)))
    assert latest is not None and latest <= now + 130 * MINUTE
    assert all(in_order(smtp, f"{sigle}@guichet.example") for sigle in ("c11.cmi", "d1.agent"))
    assert len(smtp.got) == len(set(smtp.got))


@pytest.mark.parametrize(("tickets", "count"), [(6, 60), pytest.param(12, 500, marks=pytest.mark.soak)])
def test_fia_03_mails_arrive_through_a_server_that_fails_seven_times_in_ten(
    one_base: Any, draft: Any, now: datetime, mailing: Any, smtp: Server, tickets: int, count: int
) -> None:
    """30 % refused at the door, 30 % put off, 10 % cut after the text was taken: only these come twice, by their id."""
    chance = random.Random(3)
    questions(one_base, draft, now, tickets, count)

    def sender() -> str:
        return "421 4.3.2 Refusé" if chance.random() < 0.3 else "250 OK"

    def data() -> str:
        drawn = chance.random() * 0.7
        return "451 4.3.0 Plus tard" if drawn < 0.3 else "cut" if drawn < 0.4 else "250 OK"

    smtp.sender, smtp.data = sender, data
    moment = now
    while (due := db.session.scalar(select(func.min(Notice.next_at)).where(Notice.state == "pending"))) is not None:
        moment = max(moment + timedelta(seconds=20), due)
        delivery.drain(mailing, moment)
        db.session.rollback()
    wanted = set(db.session.scalars(select(Notice.message_id)))
    came = Counter(message_id for _, message_id in smtp.got)
    assert set(came) == wanted and len(wanted) == count
    assert set(db.session.scalars(select(Notice.state))) == {"sent"}
    assert {one for one, times in came.items() if times > 1} <= set(smtp.cut)
    assert sum(times - 1 for times in came.values()) <= len(smtp.cut)
    assert all(in_order(smtp, f"{sigle}@guichet.example") for sigle in ("c11.cmi", "d1.agent", "d1.ref"))


def test_no_more_leaves_in_a_minute_than_the_server_bears_and_the_rest_keeps_its_order(
    one_base: Any, draft: Any, now: datetime, mailing: Any, smtp: Server
) -> None:
    questions(one_base, draft, now, tickets=4, count=50)
    slow = mailing.model_copy(update={"mail_per_minute": 20, "mail_domain_per_minute": 100})
    assert delivery.drain(slow, now) == 20
    assert delivery.drain(slow, now + timedelta(seconds=40)) == 0
    assert delivery.drain(slow, now + MINUTE + timedelta(seconds=1)) == 20
    assert set(db.session.scalars(select(Notice.attempts))) <= {0, 1}
    assert delivery.drain(slow, now + 3 * MINUTE) == 10
    assert all(in_order(smtp, f"{sigle}@guichet.example") for sigle in ("c11.cmi", "d1.agent", "d1.ref"))


def test_a_domain_has_a_pace_of_its_own_and_holds_back_no_other(
    one_base: Any, draft: Any, now: datetime, mailing: Any, smtp: Server
) -> None:
    questions(one_base, draft, now, tickets=4, count=48)
    with writing() as session:
        session.execute(
            Notice.__table__.update()
            .where(Notice.recipient_email == "d1.agent@guichet.example")
            .values(recipient_email="d1.agent@autre.example")
        )
    slow = mailing.model_copy(update={"mail_domain_per_minute": 10})
    assert delivery.drain(slow, now) == 20
    assert Counter(to.rpartition("@")[2] for to, _ in smtp.got) == {"guichet.example": 10, "autre.example": 10}


def test_cha_07_what_was_written_while_guichet_was_stopped_leaves_once_it_runs_again(
    one_base: Any, draft: Any, now: datetime, mailing: Any, smtp: Server, app: Any
) -> None:
    desk.open_ticket(one_base("c11.cmi"), draft(), [], now)
    app.config["GUICHET"] = mailing
    maintenance.stop(mailing.data_dir, until=None, words="Mise à jour", now=now)
    assert jobs.run("outbox", now) == 0 and smtp.got == []
    assert maintenance.resume(mailing.data_dir)
    assert jobs.run("outbox", now) == 3
    assert Counter(db.session.scalars(select(Notice.state))) == {"sent": 3}
