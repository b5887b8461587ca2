"""A lease is a fence: who lost a claim can neither send nor mark, whatever the clocks say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from charters import letters
from charters.database import db, writing
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.mail import carriers, delivery
from ticketing.mail.sending import leases
from ticketing.tables import Notice
from ticketing.tickets import desk

HOUR = timedelta(hours=1)


def rows() -> dict[int, Any]:
    db.session.rollback()
    return {row.id: row for row in db.session.execute(select(*Notice.__table__.c))}


def test_who_lost_a_claim_on_a_notice_neither_takes_nor_marks_it(people: Any, draft: Any, now: Any) -> None:
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    former = leases.claim(now, False)[0]
    assert leases.take(former, now, former.message_id)
    present = next(row for row in leases.claim(now + HOUR, False) if row.id == former.id)
    assert present.lease == former.lease + 1
    assert not leases.take(former, now + HOUR, former.message_id)
    assert not leases.mark(former, state="failed", last_error="trop tard")
    assert rows()[former.id].state == "pending"
    assert leases.take(present, now + HOUR, present.message_id) and leases.mark(present, state="sent", sent_at=now)
    assert (rows()[former.id].state, rows()[former.id].claimed_until) == ("sent", None)


def test_who_lost_a_claim_on_a_letter_neither_takes_nor_marks_it(people: Any, now: Any) -> None:
    with writing() as session:
        letters.write(session.get_one(Account, people("c11.cmi").account_id), "pin-changed", now=now)
    (former,) = letters.claim(now)
    assert letters.take(former, now)
    (present,) = letters.claim(now + HOUR)
    assert not letters.take(former, now + HOUR)
    letters.sent(former, now)
    letters.dropped(former, "trop tard")
    db.session.rollback()
    assert db.session.execute(select(Letter.state)).scalar_one() == "pending"
    letters.sent(present, now)
    db.session.rollback()
    assert db.session.execute(select(Letter.state)).scalar_one() == "sent"


def test_a_drain_that_hangs_in_the_server_does_not_mark_what_another_took_over(
    people: Any, draft: Any, now: Any, settings: Any, monkeypatch: Any
) -> None:
    """The first waits for an hour in the mail server and is then refused; the other has sent the notice meanwhile."""
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    sent: list[str] = []

    class Hanging:
        def __init__(self, hangs: bool) -> None:
            self.hangs = hangs

        def send(self, mail: Any, name: str) -> None:
            if self.hangs:
                self.hangs = False
                monkeypatch.setattr(carriers, "carrier", lambda _: Hanging(False))
                assert delivery.drain(settings, now + HOUR) == 3
                raise carriers.Permanent("550 trop tard", address=False)
            sent.append(mail["Message-ID"])

        def close(self) -> None:
            """Nothing is held open."""

    monkeypatch.setattr(carriers, "carrier", lambda _: Hanging(True))
    assert delivery.drain(settings, now) == 0
    assert {row.state for row in rows().values()} == {"sent"} and len(sent) == len(set(sent)) == 3


def test_several_claims_at_once_share_nothing(people: Any, draft: Any, now: Any) -> None:
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    first, second = leases.claim(now, False), leases.claim(now, False)
    assert len(first) == 3 and second == []
    assert leases.join([row.id for row in first], now) == []
