"""Test « moi aussi »: who may join a ticket, what it leaves, who is told afterwards, and what is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from charters.database import db, writing
from charters.days import today
from charters.tables.access import MandateRow
from ticketing.errors import Invalid, NotFound, StepRefused
from ticketing.joining import joining
from ticketing.joining.reported import reported
from ticketing.mail.sending import visibility
from ticketing.model import State
from ticketing.tables import Notice, Ticket, TicketEvent, TicketWatcher
from ticketing.tickets import desk

SAID = "L’écran du CDI reste noir aussi."


def told(number: int) -> list[tuple[str, int, str]]:
    rows = db.session.execute(
        select(Notice.kind, Notice.recipient_id, Notice.reader).where(Notice.ticket_id == number).order_by(Notice.id)
    ).all()
    db.session.rollback()
    return [tuple(row) for row in rows]


def watchers() -> list[tuple[int, int]]:
    rows = db.session.execute(select(TicketWatcher.ticket_id, TicketWatcher.account_id)).all()
    db.session.rollback()
    return [tuple(row) for row in rows]


@pytest.fixture
def chef(people: Any) -> Any:
    """Return somebody of the collège, other than the correspondant, who sees its tickets."""
    return people("c11.chef")


@pytest.fixture
def number(people: Any, draft: Any, now: Any) -> int:
    return desk.open_ticket(people("c11.cmi"), draft(), [], now)


def test_who_joins_is_told_with_the_requester_and_of_nothing_that_asks(
    people: Any, chef: Any, number: int, now: Any
) -> None:
    agent, opener = people("d1.agent"), people("c11.cmi")
    joining.join(chef, number, SAID, [], now, "jeton-1")
    assert watchers() == [(number, chef.account_id)]
    entry = db.session.scalars(select(TicketEvent).where(TicketEvent.kind == "comment")).one()
    assert entry.body == f"Moi aussi. {SAID}" and entry.author_id == chef.account_id
    assert told(number)[-1][:2] == ("answered", agent.account_id), "the holder's people learn that it holds up more"
    desk.take_charge(agent, number, 2, now)
    desk.hold(agent, number, 3, "attente-demandeur", "Quel modèle ?", now)
    desk.resume(agent, number, 4, now)
    desk.resolve(agent, number, 5, "Câble changé.", now)
    after = [one for one in told(number) if one[1] == chef.account_id]
    assert [(kind, reader) for kind, _, reader in after] == [("taken", "follower"), ("resolved", "follower")]
    assert ("question", opener.account_id, "requester") in told(number)


def test_the_same_form_joins_once_and_a_joiner_twice_is_one_watcher(
    people: Any, chef: Any, number: int, now: Any
) -> None:
    for token in ("jeton-1", "jeton-1", "jeton-2"):
        joining.join(chef, number, "", [], now, token)
    assert watchers() == [(number, chef.account_id)]
    assert len(db.session.scalars(select(TicketEvent).where(TicketEvent.kind == "comment")).all()) == 2
    joining.join(people("c11.cmi"), number, "", [], now, "jeton-3")
    assert len(watchers()) == 1, "the requester is told already"


def test_nobody_joins_outside_the_perimeter(people: Any, number: int, now: Any) -> None:
    for sigle in ("c12.cmi", "c21.cmi", "d2.agent", "c11.reseau"):
        with pytest.raises(NotFound):
            joining.join(people(sigle), number, SAID, [], now, f"jeton-{sigle}")
    assert watchers() == []


def test_joining_answers_no_question_of_the_requester(people: Any, chef: Any, number: int, now: Any) -> None:
    desk.hold(people("d1.agent"), number, 1, "attente-demandeur", "Quel modèle ?", now)
    joining.join(chef, number, SAID, [], now, "jeton-1")
    assert db.session.get(Ticket, number).state == State.ON_HOLD.value  # type: ignore[union-attr]


def test_a_ticket_that_nobody_works_on_is_not_joined(people: Any, chef: Any, number: int, now: Any) -> None:
    agent = people("d1.agent")
    desk.take_charge(agent, number, 1, now)
    desk.resolve(agent, number, 2, "Fait.", now)
    with pytest.raises(StepRefused):
        joining.join(chef, number, SAID, [], now, "jeton-1")
    with pytest.raises(Invalid):
        joining.join(chef, number, "x" * 10_001, [], now, "jeton-2")
    assert watchers() == []


def test_only_open_tickets_of_the_etablissement_that_look_alike_are_shown(
    people: Any, draft: Any, number: int, now: Any
) -> None:
    agent, later = people("d1.agent"), now + timedelta(hours=1)
    other = desk.open_ticket(people("c12.cmi"), draft(etablissement="victor-hugo-tarbes"), [], now)
    done = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    desk.take_charge(agent, done, 1, now)
    desk.resolve(agent, done, 2, "Fait.", now)
    where = ("desaix-tarbes", "equipement-bureautique")

    def shown(sigle: str, sentence: str) -> list[int]:
        return [row.number for row in reported(people(sigle), *where, sentence, later).tickets]

    assert shown("c11.cmi", "poste du CDI éteint") == [number]
    assert shown("c11.reseau", "poste du CDI éteint") == []
    assert shown("c12.cmi", "poste du CDI éteint") == []
    assert shown("c11.cmi", "imprimante") == []
    assert not reported(people("c11.cmi"), "desaix-tarbes", "", "poste du CDI", later)
    assert other not in shown("c11.cmi", "poste du CDI éteint")


def test_security_a_watcher_who_no_longer_sees_the_ticket_gets_no_mail_of_it(
    people: Any, number: int, now: Any
) -> None:
    """PER-07: shared no longer, or without a mandate; the notice is written, and dropped as it leaves."""
    agent, cmi, reseau = people("d1.agent"), people("c11.cmi"), people("c11.reseau")

    def seen() -> str:
        notice = db.session.execute(
            select(Notice.__table__)
            .where(Notice.ticket_id == number, Notice.recipient_id == reseau.account_id)
            .order_by(Notice.id.desc())
        ).first()
        assert notice is not None
        return visibility.seen(notice, False, now)

    desk.share(cmi, number, 1, reseau.account_id, now)
    joining.join(reseau, number, SAID, [], now, "jeton-1")
    desk.take_charge(agent, number, 3, now)
    assert told(number)[-1] == ("taken", reseau.account_id, "follower") and seen() == "yes"
    desk.share(cmi, number, 4, None, now)
    desk.resolve(agent, number, 5, "Câble changé.", now)
    assert ("resolved", reseau.account_id, "follower") in told(number) and seen() == ""
    desk.share(cmi, number, 6, reseau.account_id, now)
    assert seen() == "yes"
    with writing() as session:
        session.query(MandateRow).filter_by(account_id=reseau.account_id).update({"ends_on": today(now) - timedelta(1)})
    assert seen() == ""
