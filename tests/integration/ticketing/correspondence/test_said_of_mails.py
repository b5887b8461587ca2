"""What a person says of a mail set aside: who wrote it, for which établissement; and the question put to its author."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from harness.incoming import raw
from sqlalchemy import func, select, update

from charters.database import db, writing
from charters.people import accounts
from charters.rules import unseal
from charters.tables.access import JournalLine
from charters.tables.keys import Letter
from ticketing.correspondence import replaying, taking_in
from ticketing.errors import Invalid, NotFound
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.oversight import mail_authors
from ticketing.tables import Ticket, TicketEvent

STAMP = "relais.guichet.example; dmarc={} header.from={}"


@pytest.fixture
def bring(app: Any, now: Any) -> Callable[..., tuple[int, Outcome]]:
    """Return what keeps a mail and takes it in: `bring(1, "c11.cmi@guichet.example", text=…)`."""

    def bring(number: int, sender: str, dmarc: str = "pass", **more: str) -> tuple[int, Outcome]:
        stamp = STAMP.format(dmarc, sender.rpartition("@")[2])
        kept = store.keep(raw(number, sender=sender, Authentication_Results=stamp, **more), "boite", now)
        outcome = taking_in.take_in(kept.id, now)
        assert outcome is not None
        return kept.id, outcome

    return bring


def letters() -> list[tuple[str, str, str]]:
    """Return (kind, address, body) of each letter."""
    rows = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    return [(row.kind, row.recipient_email, unseal(row.message_id, row.body).decode()) for row in rows]


def counted() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def test_a_mail_attributed_to_a_person_acts_as_that_persons_and_is_told(
    people: Any, cast: Any, bring: Any, now: Any
) -> None:
    number, aside = bring(1, "marie@maison.example", text="Le tableau ne s’allume plus.")
    assert (aside.kind, counted(), letters()) == ("unknown-sender", 0, [])
    done = mail_authors.attribute(people("a.admin"), number, "c11.cmi", None, False, now)
    assert done is not None and (done.state, done.kind) == ("applied", "opened")
    ticket = db.session.get_one(Ticket, done.ticket)
    assert (ticket.opened_by, ticket.etablissement) == (cast["c11.cmi"].account_id, "desaix-tarbes")
    opened = db.session.scalars(select(TicketEvent).order_by(TicketEvent.id)).first()
    assert opened is not None and opened.data["vouched"] is True and opened.author_id == cast["c11.cmi"].account_id
    ((kind, to, body),) = letters()
    assert (kind, to) == ("mail-attributed", cast["c11.cmi"].email) and "marie@maison.example" in body
    line = db.session.scalars(select(JournalLine).where(JournalLine.event == "mail.attributed")).one()
    assert (line.sigle, line.subject) == ("a.admin", f"courriel {number}")
    assert json.loads(line.details) == {"to": "c11.cmi", "forged": False}
    with pytest.raises(NotFound):  # it has acted: nobody says anything of it any more
        mail_authors.attribute(people("a.admin"), number, "c12.cmi", None, False, now)
    assert counted() == 1


def test_a_forged_mail_is_attributed_after_a_warning_alone(people: Any, bring: Any, now: Any) -> None:
    number, aside = bring(1, "c11.cmi@guichet.example", dmarc="fail")
    assert aside.kind == "forged"
    with pytest.raises(Invalid) as refused:
        mail_authors.attribute(people("a.admin"), number, "c11.cmi", None, False, now)
    assert "warned" in refused.value.errors and counted() == 0
    done = mail_authors.attribute(people("a.admin"), number, "c11.cmi", None, True, now)
    assert done is not None and done.kind == "opened"
    line = db.session.scalars(select(JournalLine).where(JournalLine.event == "mail.attributed")).one()
    assert json.loads(line.details)["forged"] is True


def test_a_mail_is_attributed_within_the_perimeter_and_gives_no_more_than_a_mail_gives(
    people: Any, cast: Any, bring: Any, now: Any
) -> None:
    number, _ = bring(1, "marie@maison.example")
    for sigle, readable in (("c11.cmi", {"victor-hugo-tarbes"}), ("personne", None), ("", None), ("x.fin", None)):
        with pytest.raises(Invalid):
            mail_authors.attribute(people("a.admin"), number, sigle, readable, False, now)
    # who may not enter may not write either, whoever says so; said so, it waits and stays said
    done = mail_authors.attribute(people("a.admin"), number, "x.nosign", None, False, now)
    assert done is not None and (done.state, done.kind) == ("quarantined", "refused") and counted() == 0
    again = replaying.replay(number, now)
    assert again is not None and "chartes" in again.reason
    assert db.session.scalar(select(IncomingMail.author_id)) == cast["x.nosign"].account_id
    assert [kind for kind, _, _ in letters()] == [], "nothing was done in that person's name"
    done = mail_authors.attribute(people("a.admin"), number, "c12.cmi", None, False, now)
    assert done is not None and done.kind == "opened"


def test_who_was_proved_to_write_is_not_called_somebody_else(people: Any, bring: Any, now: Any) -> None:
    number, aside = bring(1, "a.tech@guichet.example")
    assert (aside.state, aside.kind) == ("quarantined", "refused")
    with pytest.raises(NotFound):
        mail_authors.attribute(people("a.admin"), number, "c11.cmi", None, True, now)


# --- for which établissement ------------------------------------------------------------------------------------------


@pytest.fixture
def two_places(people: Any, cast: Any, now: Any) -> None:
    with writing():
        accounts.add_mandate(cast["c11.cmi"].account_id, "cmi", "victor-hugo-tarbes", now.date(), actor=None, now=now)


def asked_by(number: int) -> str:
    """Return the Message-ID of the one letter that asks, which names the mail."""
    letter = db.session.scalars(select(Letter).where(Letter.kind == "mail-place")).one()
    assert f"n° {number}" in letter.subject
    return letter.message_id


def test_of_several_etablissements_the_author_is_asked_once_and_the_answer_opens(
    two_places: None, bring: Any, now: Any
) -> None:
    number, aside = bring(1, "c11.cmi@guichet.example")
    assert (aside.state, aside.kind, counted()) == ("quarantined", "place-wanted", 0)
    replaying.replay(number, now)
    ((_, _, body),) = letters()
    assert "1. " in body and "2. " in body and f"/avis/courriels/{number}" in body
    said = {"In_Reply_To": asked_by(number), "subject": "Re: Pour quel établissement ?"}
    _, lost = bring(2, "c11.cmi@guichet.example", text="Je ne sais pas.", **said)
    assert (lost.state, lost.kind) == ("quarantined", "refused")
    for other, sender, dmarc in ((3, "c12.cmi@guichet.example", "pass"), (4, "c11.cmi@guichet.example", "fail")):
        bring(other, sender, dmarc, text="2", **said)  # another's answer, or a forged one, says nothing of it
        assert counted() == 0
    answer, done = bring(5, "c11.cmi@guichet.example", text="2\n\nMerci", **said)
    assert (done.state, done.kind, done.ticket) == ("applied", "place-said", None)
    opened = taking_in.take_in(number, now + timedelta(minutes=1))
    assert opened is not None and opened.kind == "opened"
    assert db.session.get_one(Ticket, opened.ticket).etablissement == "victor-hugo-tarbes"
    # killed between its act and its row: the same answer gives the same outcome, and opens nothing more
    with writing() as session:
        session.execute(update(IncomingMail).where(IncomingMail.id == answer).values(state="received"))
    assert taking_in.take_in(answer, now + timedelta(minutes=2)) is not None and counted() == 1


def test_both_copies_of_a_mail_open_one_ticket_once_its_place_is_said(
    two_places: None, people: Any, bring: Any, now: Any
) -> None:
    number, _ = bring(1, "c11.cmi@guichet.example")
    stamp = STAMP.format("pass", "guichet.example")
    copy = store.keep(raw(1, sender="c11.cmi@guichet.example", Authentication_Results=stamp), "autre", now)
    taking_in.take_in(copy.id, now)
    assert len(letters()) == 1
    done = mail_authors.place(people("a.admin"), number, "1", now)
    assert done is not None and done.kind == "opened"
    second = taking_in.take_in(copy.id, now)
    assert second is not None and (second.state, second.kind, counted()) == ("ignored", "duplicate", 1)


def test_an_etablissement_that_is_not_the_authors_is_never_taken(
    two_places: None, people: Any, bring: Any, now: Any
) -> None:
    number, _ = bring(1, "c11.cmi@guichet.example")
    for mark in ("3", "", "x"):
        with pytest.raises(Invalid):
            mail_authors.place(people("a.admin"), number, mark, now)
    with writing() as session:  # a mandate that ended since
        session.execute(update(IncomingMail).values(place="ailleurs"))
    again = replaying.replay(number, now)
    assert again is not None and again.kind == "place-wanted" and counted() == 0


def test_what_answers_each_question_by_a_new_mail_is_asked_five_times_an_hour(two_places: None, bring: Any) -> None:
    for number in range(8):
        _, aside = bring(number, "c11.cmi@guichet.example", text=f"Message {number}")
        assert (aside.state, aside.kind) == ("quarantined", "place-wanted")
    assert len(letters()) == 5
