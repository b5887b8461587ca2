"""A mail that seems to carry pupils' data is held until its author, or the académie, says that it may leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from harness.incoming import raw
from sqlalchemy import func, select

from charters.database import db
from charters.rules import unseal
from charters.tables.access import JournalLine
from charters.tables.keys import Letter
from ticketing.correspondence import clearing, replaying, taking_in
from ticketing.errors import NotFound
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.oversight import incoming_mails
from ticketing.tables import Ticket, TicketEvent

PUPIL = "Bonjour, la session de 123456789AB ne s’ouvre plus."
STAMP = "relais.guichet.example; dmarc=pass header.from=guichet.example"


@pytest.fixture
def bring(app: Any, now: Any) -> Callable[..., tuple[int, Outcome]]:
    """Return what keeps a mail of a person of the cast and takes it in."""

    def bring(number: int, sigle: str = "c11.cmi", box: str = "boite", **more: str) -> tuple[int, Outcome]:
        message = raw(number, sender=f"{sigle}@guichet.example", Authentication_Results=STAMP, **more)
        kept = store.keep(message, box, now)
        outcome = taking_in.take_in(kept.id, now)
        assert outcome is not None
        return kept.id, outcome

    return bring


def counted(table: Any = Ticket) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def letters() -> list[tuple[str, str, str]]:
    rows = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    return [(row.kind, row.recipient_email, unseal(row.message_id, row.body).decode()) for row in rows]


def test_such_a_mail_opens_nothing_until_its_author_says_that_it_may_leave(people: Any, bring: Any, now: Any) -> None:
    number, held = bring(1, text=PUPIL)
    assert (held.state, held.kind, counted()) == ("quarantined", "pupils", 0) and "un numéro INE" in held.reason
    ((kind, to, body),) = letters()
    assert (kind, to) == ("mail-pupils", "c11.cmi@guichet.example") and f"/avis/courriels/{number}/eleves" in body
    assert "123456789AB" not in body
    again = replaying.replay(number, now)
    assert again is not None and again.kind == "pupils" and len(letters()) == 1, "asked once, whoever replays"
    author = people("c11.cmi")
    clearing.leave(author, number, now, clearing.own(author))
    done = taking_in.take_in(number, now + timedelta(minutes=1))
    assert done is not None and (done.state, done.kind, counted()) == ("applied", "opened", 1)
    assert "123456789AB" in db.session.get_one(Ticket, done.ticket).body, "nothing of it is lost"
    with pytest.raises(NotFound):
        clearing.leave(author, number, now, clearing.own(author))
    assert db.session.scalar(select(func.count()).where(JournalLine.event == "mail.cleared")) == 1


def test_an_answer_on_a_ticket_is_held_too_and_may_be_withheld_for_good(people: Any, bring: Any, now: Any) -> None:
    _, opened = bring(1, text="Le vidéoprojecteur est noir.")
    said = counted(TicketEvent)
    number, held = bring(
        2, subject=f"Re: [Ticket n° {opened.ticket}]", text="Né le 12/05/2013, en 6A.", In_Reply_To="<m1@mail.example>"
    )
    assert (held.kind, counted(TicketEvent)) == ("pupils", said)
    with pytest.raises(NotFound):
        clearing.withhold(people("c12.cmi"), number, now)
    clearing.withhold(people("c11.cmi"), number, now)
    row = db.session.scalars(select(IncomingMail).where(IncomingMail.id == number)).one()
    assert (row.state, row.reason, row.cleared) == ("ignored", clearing.WITHHELD, False)
    assert counted(TicketEvent) == said


def test_the_desk_says_it_in_the_authors_stead_and_nobody_else_does(people: Any, bring: Any, now: Any) -> None:
    number, _ = bring(1, text=PUPIL)
    bring(1, box="autre", text=PUPIL)  # the same mail in a second box: one question, one ticket
    other = people("c12.cmi")
    with pytest.raises(NotFound):
        clearing.leave(other, number, now, clearing.own(other))
    with pytest.raises(NotFound):
        clearing.wanting(other.account_id, number)
    assert counted() == 0 and len(letters()) == 1
    done = incoming_mails.clear(people("a.admin"), number, now)
    assert done is not None and done.kind == "opened"
    taking_in.take_in_waiting(now + timedelta(minutes=1))
    assert counted() == 1


def test_an_ordinary_mail_is_not_held(people: Any, bring: Any) -> None:
    _, done = bring(1, text="Rendez-vous le 12/05/2026, salle 12.")
    assert done.kind == "opened" and letters() == []
