"""Test the words of a side on a ticket: found by that side, unknown to all others, gone with the ticket."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import JournalLine
from ticketing.following import labels
from ticketing.model import Draft, Facts
from ticketing.tables import TicketLabel
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)


def opened(app: Any, actor_as: Any, title: str = "Poste en panne") -> int:
    with app.app_context():
        draft = Draft(
            title=title,
            body="Il ne démarre plus.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs"),
        )
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], BEFORE)


INE = "1234567890A"


def put(client: Any, number: int, word: str) -> Any:
    return post(client, f"/tickets/{number}/etiquettes", {"etiquettes-word": word})


def test_a_side_finds_its_tickets_by_its_own_words(any_app: Any, client_as: Any, actor_as: Any) -> None:
    number, other = opened(any_app, actor_as), opened(any_app, actor_as, "Sans étiquette")
    agent, colleague = client_as("d1.agent"), client_as("d1.ref")
    assert "Étiqueter" in agent.get(f"/tickets/{number}").text
    for wrong, sentence in (
        ("  ", "Écrivez un mot"),
        ("x" * 31, "30 caractères"),
        ("a:b", "lettres, de chiffres"),
        (INE, "un numéro INE"),
    ):
        refused = put(agent, number, wrong)
        assert refused.status_code == 422 and sentence in refused.text, wrong
    assert put(agent, number, "Tournée de mardi").status_code == 303
    assert put(colleague, number, "tournee de MARDI").status_code == 303, "the same word again changes nothing"
    with any_app.app_context():
        assert [row.word for row in db.session.scalars(select(TicketLabel))] == ["Tournée de mardi"]
        lines = db.session.scalars(select(JournalLine.details).where(JournalLine.event == "ticket.labelled")).all()
        assert [json.loads(one) for one in lines] == [{}], "the journal does not tell the word to others"
    assert "Tournée de mardi" in colleague.get(f"/tickets/{number}?etape=etiquettes").text
    for address in (
        "/tickets?q=étiquette:tournée-de-mardi",
        "/tickets?etiquette=Tournee+de+mardi",
        "/tickets?q=panne+étiquette:«tournée de mardi»&etat=tous",
    ):
        page = colleague.get(address).text
        assert f'href="/tickets/{number}' in page and f'href="/tickets/{other}' not in page, address
    assert f'href="/tickets/{other}' in colleague.get("/tickets").text
    assert "Tournée de mardi" in colleague.get("/tickets/liste.csv").text
    for rank in range(labels.MOST - 1):
        put(agent, number, f"mot {rank}")
    full = put(agent, number, "de trop")
    assert full.status_code == 409 and "déjà mis 10 étiquettes" in full.text
    gone = post(agent, f"/tickets/{number}/etiquettes", {"oter": "tournee de mardi"})
    assert gone.status_code == 303 and "Tournée" not in agent.get(f"/tickets/{number}").text


def test_security_no_other_side_reads_a_word_by_any_path(app: Any, client_as: Any, actor_as: Any) -> None:
    number = opened(app, actor_as)
    assert put(client_as("d1.agent"), number, "zébulon").status_code == 303
    requester = client_as("c11.cmi")
    for address in (
        f"/tickets/{number}",
        f"/tickets/{number}?etape=etiquettes",
        "/tickets",
        "/tickets/liste.csv",
        "/tickets?q=étiquette:autre",
    ):
        assert "zébulon" not in requester.get(address).text, address
    for address in ("/tickets?etat=tous&etiquette=zebulon", "/tickets/liste.json?etiquette=zebulon&etat=tous"):
        page = requester.get(address)
        assert f"/tickets/{number}" not in page.text and f"[{number}," not in page.text.replace(" ", ""), address
    post(requester, f"/tickets/{number}/etiquettes", {"oter": "zebulon"})
    with app.app_context():
        assert db.session.scalar(select(TicketLabel.folded)) == "zebulon", "nor takes it away"
    for sigle, status in {"c12.cmi": 404, "d2.agent": 404, "a.admin": 404}.items():
        assert put(client_as(sigle), number, "x").status_code == status, sigle


def test_security_words_on_tickets_that_one_does_not_see_are_not_proposed(
    app: Any, client_as: Any, actor_as: Any
) -> None:
    """Of one side, the correspondant does not see what the chef made confidential, nor the words on it."""
    hidden, seen = opened(app, actor_as), opened(app, actor_as)
    chef = client_as("c11.chef")
    put(chef, hidden, "zébulon")
    put(chef, seen, "rentrée")
    with app.app_context():
        desk.make_confidential(actor_as("c11.chef"), hidden, 1, True, "", BEFORE)
    page = client_as("c11.cmi").get(f"/tickets/{seen}?etape=etiquettes").text
    assert 'value="rentrée"' in page and "zébulon" not in page
