"""What a tool may not be told leaves by no message without words either: these tell of numbers and states."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from charters.database import db, writing
from charters.people import accounts
from ticketing.demo.people import D1
from ticketing.exchange import outgoing, profiles, reconciliation, sending
from ticketing.exchange.outgoing import LINK, MESSAGE, PROFILE
from ticketing.tables import Ticket, TicketScope
from ticketing.tickets import desk

DAY = timedelta(days=1)


@pytest.fixture
def told(people: Any, draft: Any, profile: Any, settings: Any, kept: Any, now: datetime) -> int:
    """A ticket that the tool was told of."""
    profile("structured")
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    outgoing.follow(now)
    sending.drain(settings, now)
    assert len(kept.taken()) == 1
    return int(number)


def _service(number: int, now: datetime) -> None:
    """Write a message of each kind that carries no words."""
    with writing() as session:
        row = session.execute(select(PROFILE)).one()
        link = session.scalar(select(LINK.c.id))
        more = {"link_id": link, "ticket_id": number}
        outgoing.add_other(session, row, "request", "a" * 32, now, **more)
        outgoing.add_other(session, row, "reconciliation", "b" * 32, now, **more)
        outgoing.add_other(session, row, "reconciliation", "c" * 32, now, sequence=1)


def test_security_a_suspended_collectivite_is_sent_no_message_of_any_kind(
    people: Any, told: int, settings: Any, kept: Any, now: datetime
) -> None:
    _service(told, now)
    profiles.tried(people("a.admin"), db.session.scalar(select(PROFILE.c.id)) or 0, now, send=True)
    accounts.suspend_organisation(D1, "Convention suspendue.", actor=None, now=now)
    assert reconciliation.write(now + DAY) == 0
    sending.drain(settings, now + DAY)
    assert kept.taken() == []
    accounts.restore_organisation(D1, actor=None, now=now + DAY)
    sending.drain(settings, now + 2 * DAY)
    assert len(kept.taken()) == 4


def test_security_the_state_of_a_ticket_that_left_the_perimeter_is_told_no_more(
    told: int, settings: Any, kept: Any, now: datetime
) -> None:
    with writing() as session:
        session.execute(delete(TicketScope).where(TicketScope.key == f"org:{D1}"))
        session.execute(update(Ticket).values(scope_keys=["chef:desaix-tarbes"]))
    _service(told, now)
    sending.drain(settings, now)
    (mail,) = kept.taken()
    (part,) = mail.iter_attachments()
    assert json.loads(part.get_content())["tickets"] == []
    db.session.rollback()
    states = {row.mark: row.state for row in db.session.execute(select(MESSAGE.c.mark, MESSAGE.c.state))}
    assert states["a" * 32] == states["b" * 32] == "dropped" and states["c" * 32] == "sent"
