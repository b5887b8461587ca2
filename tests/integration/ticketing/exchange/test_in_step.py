"""Two tools in step: updates each way, shuffled, doubled, 5 % lost; both ends hold the same at the end.

Every run tries forty each way; `./run soak exchange` tries two hundred.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from harness.other_desk import GlpiLike, Post, Structured
from sqlalchemy import select

from charters.database import db
from ticketing.demo.people import D1
from ticketing.exchange import gaps, incoming, outgoing, reconciliation, sending
from ticketing.exchange.outgoing import LINK, MESSAGE
from ticketing.mail.incoming.outcomes import Received
from ticketing.tables import TicketEvent
from ticketing.tickets import desk

TICKETS = 4
#: How many updates of each ticket each way, and how many mails are lost on each way at least.
EACH = pytest.mark.parametrize(("each", "lost"), [(10, 2), pytest.param(50, 8, marks=pytest.mark.soak)])


class Both:
    """Guichet on one side, the other desk on the other, and the post between them."""

    def __init__(self, settings: Any, kept: Any, there: Any, to: Post, fro: Post) -> None:
        self.settings, self.kept, self.there, self.to, self.fro = settings, kept, there, to, fro
        self.came = 0
        self.outcomes: list[Any] = []

    def round(self, now: datetime) -> None:
        """Let both sides send and receive what is due."""
        outgoing.follow(now)
        gaps.ask(now)
        sending.drain(self.settings, now)
        for mail in self.kept.taken():
            self.to.put(mail)
        for mail in self.to.due():
            self.there.take(mail, now)
        for mail in self.fro.due():
            self.came += 1
            self.outcomes.append(incoming.take(mail, Received(self.came, "desk", str(self.came)), now))


@pytest.fixture
def people(app: Any, cast: Any, actor_as: Callable[[str], Any]) -> Any:
    """As everywhere, but on SQLite alone: the order of mails, not the engine, is what is tried here at length."""
    with app.app_context():
        yield actor_as


@pytest.fixture
def numbers(people: Any, draft: Any, now: datetime) -> Callable[[], list[int]]:
    def open_them() -> list[int]:
        return [desk.open_ticket(people("c11.cmi"), draft(title=f"Panne {one}"), [], now) for one in range(TICKETS)]

    return open_them


def said_here(number: int) -> list[tuple[str, str]]:
    """The comments of a ticket, as (side, words), in their order."""
    query = select(TicketEvent.side, TicketEvent.body).where(
        TicketEvent.ticket_id == number, TicketEvent.kind == "comment"
    )
    return [(side, body) for side, body in db.session.execute(query.order_by(TicketEvent.id))]


@EACH
def test_a_structured_desk_and_guichet_end_equal(
    people: Any, settings: Any, kept: Any, profile: Any, numbers: Any, now: datetime, each: int, lost: int
) -> None:
    _, key = profile("structured")
    opened, cmi = numbers(), people("c11.cmi")
    to, fro = Post(1), Post(2)
    there = Structured(D1, people("a.admin").mandate.scope_id, key, fro)
    both = Both(settings, kept, there, to, fro)
    moment = now
    for _ in range(3):  # openings may be lost: they are asked for by the first reconciliation
        both.round(moment := moment + timedelta(minutes=20))
        reconciliation.write(moment)
        moment += timedelta(days=1)
    for one in range(each):
        for number in opened:
            desk.comment(cmi, number, f"Ici {one}", now=moment)
            if str(number) in there.tickets:
                there.say(str(number), f"Là-bas {one}", ("in_progress", "on_hold")[one % 2], moment)
        if one % 2:
            both.round(moment := moment + timedelta(minutes=9))
    for _ in range(7):
        for _ in range(3):
            both.round(moment := moment + timedelta(hours=4))
        reconciliation.write(moment)
        there.reconcile(moment)
        moment += timedelta(hours=12)
    assert to.dropped >= lost and fro.dropped >= lost, "mails were lost on both ways"
    for number in opened:
        ticket = there.tickets[str(number)]
        said = said_here(number)
        ours, theirs = [f"Ici {one}" for one in range(each)], [f"Là-bas {one}" for one in range(each)]
        assert [body for side, body in said if side != D1] == ours
        assert [body for side, body in said if side == D1] == theirs, "each once, in their order"
        assert ticket.received()[1:] == ours, "after the request itself"
        link = db.session.execute(select(LINK).where(LINK.c.ticket_id == number)).one()
        assert (link.their_state, link.their_number) == (ticket.state, ticket.number)
        assert ticket.got[ticket.upto]["state"] == "new"
        assert (link.gap_since, link.drift) == (None, "")
        assert link.own_sequence == ticket.upto == each + 1
        assert link.their_sequence == len(ticket.sent) == each
    assert there.refused == []
    assert {one.state for one in both.outcomes} <= {"applied", "ignored"}
    db.session.rollback()
    left = select(MESSAGE.c.id).where(MESSAGE.c.payload != "")
    assert db.session.scalars(left).all() == [], "no words are kept beside the ticket"


@EACH
@pytest.mark.parametrize("bare", [False, True], ids=["glpi", "bare-headers"])
def test_a_glpi_like_desk_and_guichet_end_equal(
    people: Any, settings: Any, kept: Any, profile: Any, numbers: Any, now: datetime, bare: bool, each: int, lost: int
) -> None:
    profile("glpi")
    opened, cmi = numbers(), people("c11.cmi")
    to, fro = Post(3 + bare), Post(5 + bare)
    there = GlpiLike(fro, bare=bare)
    both = Both(settings, kept, there, to, fro)
    moment = now
    for _ in range(3):
        for _ in range(3):
            both.round(moment := moment + timedelta(minutes=20))
        reconciliation.write(moment)
        moment += timedelta(days=1)
    for one in range(each):
        for number in opened:
            desk.comment(cmi, number, f"Ici {one}", now=moment)
            ticket = there.followed()[number]
            there.say(ticket.number, f"Là-bas {one}", ("En cours (Attribué)", "En attente")[one % 2], moment)
        if one % 2:
            both.round(moment := moment + timedelta(minutes=18))
    for _ in range(5):
        for _ in range(3):
            both.round(moment := moment + timedelta(hours=1))
        reconciliation.write(moment)
        moment += timedelta(hours=21)
    assert to.dropped >= lost and fro.dropped >= lost
    assert len(there.tickets) == TICKETS, "no mail of ours opened a second ticket there"
    for number, ticket in there.followed().items():
        said = said_here(number)
        assert sorted(body for side, body in said if side == D1) == sorted(there.own(ticket)), "each once"
        assert len(said) == 2 * each
        link = db.session.execute(select(LINK).where(LINK.c.ticket_id == number)).one()
        assert there.received(ticket) == set(range(1, link.own_sequence + 1))
        assert link.their_number == str(ticket.number)
        assert link.their_state == "on_hold"
    assert len(opened) == len(there.followed())
    assert {one.state for one in both.outcomes} <= {"applied", "ignored"}
