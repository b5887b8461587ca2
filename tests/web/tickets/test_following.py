"""Test what a ticket's page tells a reader who comes back: what is new, who has read a question; nothing by reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import func, select

from charters.database import db
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket, TicketEvent, TicketSeen
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture
def opened(app: Any, actor_as: Callable[[str], Any]) -> int:
    """Return the number of a ticket of C11 that its correspondant opened and that its département holds."""
    with app.app_context():
        draft = Draft(
            title="Poste en panne",
            body="Il ne démarre plus.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs"),
        )
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], BEFORE)


def version(number: int) -> int:
    found = db.session.scalar(select(Ticket.version).where(Ticket.number == number))
    assert found is not None
    return found


def last_event(app: Any, number: int) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.max(TicketEvent.id)).where(TicketEvent.ticket_id == number)) or 0)


def see(app: Any, client: Any, number: int) -> Any:
    """Do what the page's script does once it is shown."""
    return post(client, f"/tickets/{number}/vu", {"vu": str(last_event(app, number))})


def marks(app: Any, number: int) -> list[Any]:
    with app.app_context():
        seen = select(TicketSeen.account_id, TicketSeen.side, TicketSeen.event_id)
        return [tuple(row) for row in db.session.execute(seen.where(TicketSeen.ticket_id == number))]


def test_what_is_new_since_the_last_visit_is_marked(app: Any, client_as: Any, actor_as: Any, opened: int) -> None:
    client = client_as("c11.cmi")
    first = client.get(f"/tickets/{opened}").text
    assert "Non lu</span>" not in first and "data-read" in first, (
        "on a first visit everything is new, nothing is marked"
    )
    assert marks(app, opened) == [], "reading a page changes nothing"
    assert see(app, client, opened).status_code == 303
    assert "data-read" not in client.get(f"/tickets/{opened}").text
    with app.app_context():
        desk.comment(actor_as("d1.agent"), opened, "Je passe demain.", now=datetime.now(UTC))
        desk.comment(actor_as("c11.cmi"), opened, "Merci.", now=datetime.now(UTC))
    page = client.get(f"/tickets/{opened}").text
    assert page.count("Non lu</span>") == 1, "one's own words are no news"
    assert "1 nouveauté depuis votre visite" in page and 'id="nouveau"' in page
    see(app, client, opened)
    assert "Non lu</span>" not in client.get(f"/tickets/{opened}").text


def test_a_mark_never_goes_back_nor_beyond_the_last_entry(app: Any, client_as: Any, cast: Any, opened: int) -> None:
    client = client_as("c11.cmi")
    last = last_event(app, opened)
    for typed in ("999999999", "1", "", "x", "\x00", str(2**70)):
        assert post(client, f"/tickets/{opened}/vu", {"vu": typed}).status_code == 303
        assert marks(app, opened) == [(cast["c11.cmi"].account_id, "desaix-tarbes", last)]


def test_security_a_ticket_out_of_the_perimeter_takes_no_mark(app: Any, client_as: Any, opened: int) -> None:
    for sigle in ("c12.cmi", "d2.agent", "c11.reseau", "a.admin"):
        assert post(client_as(sigle), f"/tickets/{opened}/vu", {"vu": "1"}).status_code == 404, sigle
    assert marks(app, opened) == []


def test_a_question_says_who_of_the_asked_side_has_read_it(
    app: Any, client_as: Any, actor_as: Any, opened: int
) -> None:
    agent = client_as("d1.agent")
    with app.app_context():
        desk.hold(actor_as("d1.agent"), opened, version(opened), "attente-demandeur", "Quelle salle ?", BEFORE)
    assert "event-read" not in agent.get(f"/tickets/{opened}").text
    see(app, client_as("d1.ref"), opened)
    assert "event-read" not in agent.get(f"/tickets/{opened}").text, "a colleague of who asks is not who is asked"
    asked = client_as("c11.cmi")
    page = asked.get(f"/tickets/{opened}").text
    assert "Quelle salle" in page.split('class="answer-question"')[1] and "Envoyer la réponse" in page
    see(app, asked, opened)
    assert "Lu par Thomas Escalère" in agent.get(f"/tickets/{opened}").text
    assert "event-read" not in asked.get(f"/tickets/{opened}").text, "nobody is told of oneself"
    assert "event-read" not in client_as("c11.chef").get(f"/tickets/{opened}").text, "nor who did not ask"
    post(asked, f"/tickets/{opened}/commenter", {"commenter-texte": "B12", "commenter-visibilite": "public"})
    assert "event-read" not in agent.get(f"/tickets/{opened}").text, "it is answered"


def test_an_erased_ticket_and_a_forgotten_person_keep_no_mark(app: Any, client_as: Any, opened: int) -> None:
    client = client_as("c11.cmi")
    with app.app_context():
        ticket = db.session.get(Ticket, opened)
        assert ticket is not None
        ticket.pseudonymised_at = BEFORE
        db.session.commit()
    assert see(app, client, opened).status_code == 303
    assert marks(app, opened) == []
