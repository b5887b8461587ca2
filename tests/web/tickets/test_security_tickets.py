"""Test that known security defects of the pages of tickets stay mended."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest
from harness.http import post

from charters.database import db
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket, TicketEvent
from ticketing.tickets import desk


@pytest.fixture
def opened(app, actor_as):
    """Return the number of a ticket of Desaix that the département holds."""
    with app.app_context():
        return desk.open_ticket(
            actor_as("c11.cmi"),
            Draft(
                title="Écran noir",
                body="Depuis ce matin.",
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs", acquired_by="departement"),
            ),
            [],
            datetime.now(UTC),
        )


@pytest.mark.parametrize("visibility", [None, "", "Internal", "interne", "internal ", "public,internal"])
def test_a_text_whose_readers_are_not_said_is_shown_to_nobody(app, client_as, opened, visibility):
    fields = {"commenter-texte": "Entre nous."} | ({} if visibility is None else {"commenter-visibilite": visibility})
    answer = post(client_as("d1.agent"), f"/tickets/{opened}/commenter", fields)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Entre nous." in page and "Dites qui lira ce texte" in page
    with app.app_context():
        assert db.session.query(TicketEvent).filter_by(ticket_id=opened, body="Entre nous.").count() == 0


def test_a_reason_given_offers_to_mask_no_note_of_another_side(app, client_as, opened):
    agent, admin = client_as("d1.agent"), client_as("a.admin")
    note = {"commenter-texte": "Entre nous.", "commenter-visibilite": "internal"}
    assert post(agent, f"/tickets/{opened}/commenter", note).status_code == 303
    with app.app_context():
        version = db.session.get(Ticket, opened).version
    passed = {"transmettre-partie": "academie", "transmettre-raison": "autre", "transmettre-texte": "Pour avis."}
    assert post(agent, f"/tickets/{opened}/transmettre", passed | {"version": version}).status_code == 303
    reason = {"number": str(opened), "reason": "recherche", "words": ""}
    assert post(admin, "/administration/consultation", reason).status_code == 303
    with app.app_context():
        event = db.session.query(TicketEvent).filter_by(ticket_id=opened, body="Entre nous.").one().id
        given = db.session.query(TicketEvent).filter_by(ticket_id=opened, body="Pour avis.").one().id
    page = admin.get(f"/tickets/{opened}").get_data(as_text=True)
    assert "Entre nous." in page and f'<option value="{given}"' in page and f'<option value="{event}"' not in page
    masked = {"masquer-evenement": event, "masquer-texte": "Propos."}
    assert post(admin, f"/tickets/{opened}/masquer", masked).status_code == 404


def test_the_chef_is_not_told_that_a_confidential_ticket_is_seen_by_fewer_than_it_is(app, client_as, actor_as, opened):
    """People with whom a confidential ticket is shared still see it, and the page says so to the chef."""
    chef = client_as("c11.chef")
    with app.app_context():
        reseau = actor_as("c11.reseau")
        desk.share(actor_as("c11.chef"), opened, 1, reseau.account_id, datetime.now(UTC))
        version = db.session.get(Ticket, opened).version
    before = html.unescape(chef.get(f"/tickets/{opened}").get_data(as_text=True))
    assert "avec qui il est partagé, le voit encore" in before
    kept = {"confidentiel-oui": "1", "confidentiel-texte": "", "version": version}
    assert post(chef, f"/tickets/{opened}/confidentiel", kept).status_code == 303
    assert client_as("c11.reseau").get(f"/tickets/{opened}").status_code == 200
    assert client_as("c11.cmi").get(f"/tickets/{opened}").status_code == 404
    page = html.unescape(chef.get(f"/tickets/{opened}").get_data(as_text=True))
    assert "Confidentiel\u00a0: caché aux correspondants du collège" in page and f"Partagé avec {reseau.name}" in page
    assert "seulement</span>" not in page
