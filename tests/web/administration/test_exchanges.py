"""The pages of the exchange with other tools: from a new profile to the first message, by an administrator alone."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db, writing
from charters.tables.access import JournalLine
from ticketing.demo.people import D1
from ticketing.exchange import outgoing, profiles, sending
from ticketing.exchange.outgoing import LINK, MESSAGE
from ticketing.exchange.protocol import wire
from ticketing.model import Draft, Facts
from ticketing.tickets import desk

PAGE = "/administration/echanges"
TYPED = {"organisation": D1, "kind": "structured", "address": "outil@departement.example", "per_minute": "30"}


def text_of(answer) -> str:
    return html.unescape(answer.get_data(as_text=True))


@pytest.fixture
def admin(client_as):
    return client_as("a.admin")


def made(admin, **more) -> str:
    answer = post(admin, f"{PAGE}/nouveau", TYPED | more)
    assert answer.status_code == 303, text_of(answer)
    return answer.location


def _draft(title: str, body: str) -> Draft:
    facts = Facts(user_category="cdi", acquired_by="departement")
    about = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}
    return Draft(title=title, body=body, facts=facts, **about)


def test_a_profile_is_written_given_a_key_tried_and_switched_on(admin, app):
    assert "Aucun échange" in text_of(admin.get(PAGE))
    at = made(admin)
    refused = post(admin, f"{at}/demarrer", follow_redirects=True)
    assert "Tirez d’abord la clé partagée" in text_of(refused)
    shown = text_of(post(admin, f"{at}/cle"))
    key = re.search(r"<code>([\w-]{43})</code>", shown)
    assert key is not None
    assert key[1] not in text_of(admin.get(at)), "it is shown once"
    assert "Essayez d’abord" in text_of(post(admin, f"{at}/demarrer", follow_redirects=True))
    tried = text_of(post(admin, f"{at}/essayer"))
    assert wire.FILE_NAME in tried and "hmac-sha256=" in tried and key[1] not in tried
    assert "L’échange est en service" in text_of(post(admin, f"{at}/demarrer", follow_redirects=True))
    listed = text_of(admin.get(PAGE))
    assert "En service" in listed and "outil@departement.example" in listed
    with app.app_context():
        events = db.session.scalars(
            select(JournalLine.event).where(JournalLine.event.like("exchange.%")).order_by(JournalLine.number)
        ).all()
    assert events == ["exchange.saved", "exchange.key", "exchange.tried", "exchange.on"]


def test_a_wrong_profile_is_shown_again_at_its_fields(admin):
    answer = post(admin, f"{PAGE}/nouveau", TYPED | {"address": "rien", "kind": "x"})
    text = text_of(answer)
    assert answer.status_code == 422 and "Donnez une adresse de courriel" in text and "Choisissez l’outil" in text
    assert "rien" in text


def test_a_pasted_reply_is_read_and_nothing_follows(admin, app):
    at = made(admin, kind="glpi")
    text = "Statut : Résolu\n\n[Suivi 2026-11-17 10:00 par Anne]\nC’est <b>réparé</b>."
    reply = {"sender": "x@y.example", "subject": "[GLPI #0000042] Suivi", "text": text}
    shown = post(admin, f"{at}/essayer", reply).get_data(as_text=True)
    read = html.unescape(shown)
    assert "<dd>42</dd>" in shown and "<dd>Résolu</dd>" in shown and "pas celui du profil" in read
    assert "<b>réparé</b>" not in shown and "C’est <b>réparé</b>." in read
    with app.app_context():
        assert db.session.scalars(select(MESSAGE.c.id)).all() == []


def test_a_real_trial_is_sent_though_the_profile_is_off(admin, app, settings):
    at = made(admin, kind="plain")
    post(admin, f"{at}/essayer", {"envoyer": "1"})
    with app.app_context():
        assert sending.drain(settings, datetime.now(UTC)) == 1
    (mail,) = (settings.data_dir / "courriels").glob("echange-*.eml")
    assert b"outil@departement.example" in mail.read_bytes()


@pytest.mark.parametrize("sigle", ["c11.cmi", "c11.chef", "d1.agent"])
def test_the_pages_are_absent_for_others(client_as, admin, sigle):
    at = made(admin)
    other = client_as(sigle)
    assert [other.get(page).status_code for page in (PAGE, at, f"{PAGE}/nouveau", f"{PAGE}/schema.json")] == [404] * 4


def test_a_referent_sees_the_profile_of_the_own_collectivite_and_changes_nothing(client_as, admin):
    at = made(admin)
    referent = client_as("d1.ref")
    listed = text_of(referent.get(PAGE))
    assert "outil@departement.example" in listed and f'href="{at}"' not in listed and "nouveau" not in listed
    assert referent.get(at).status_code == 404
    assert post(referent, f"{at}/arreter").status_code == 404
    assert referent.get(f"{PAGE}/schema.json").json == wire.schema()


def _followed(admin, app, actor_as, title, body):
    """Start an exchange with a bare mailbox, and open a ticket that it follows: its address, the ticket's number."""
    at = made(admin, kind="plain")
    post(admin, f"{at}/essayer")
    post(admin, f"{at}/demarrer")
    now = datetime.now(UTC)
    with app.app_context():
        number = desk.open_ticket(actor_as("c11.cmi"), _draft(title, body), [], now)
        outgoing.follow(now)
    return at, number


def test_what_fails_or_differs_is_shown_and_set_right(admin, app, actor_as, settings):
    at, number = _followed(admin, app, actor_as, "Zktitre", "Zkcorps")
    with app.app_context(), writing() as session:
        session.execute(MESSAGE.update().values(state="failed", reason="550 inconnu"))
        session.execute(
            LINK.update().values(drift="Messages jamais reçus : 2", their_number="77", their_state="on_hold")
        )
    shown = text_of(admin.get(at))
    assert "550 inconnu" in shown and "Messages jamais reçus : 2" in shown and f"n° {number}" in shown
    assert "Zktitre" not in shown and "Zkcorps" not in shown, "an administrator's page has no words of tickets"
    assert "Échecs : 1" in text_of(admin.get(PAGE))
    assert "se répare seul" not in shown
    post(admin, f"{at}/ecarts/{number}/classer")
    post(admin, f"{at}/renvoyer")
    again = text_of(admin.get(at))
    assert "jamais reçus" not in again
    with app.app_context():
        assert db.session.scalar(select(MESSAGE.c.state)) == "pending"


def test_the_ticket_shows_where_else_it_is_and_its_number_there(admin, app, actor_as, client_as):
    at, number = _followed(admin, app, actor_as, "Poste", "Noir")
    now = datetime.now(UTC)
    with app.app_context(), writing() as session:
        session.execute(LINK.update().values(their_number="4567", their_state="in_progress", their_state_at=now))
    page = re.sub(r"<[^>]+>", "", text_of(client_as("c11.cmi").get(f"/tickets/{number}")))
    assert re.search(r"Chez .*Hautes-Pyrénées : en cours, n° 4567, le ", page)
    with app.app_context():
        profiles.switch(actor_as("a.admin"), int(at.rpartition("/")[2]), False, now)
    assert "4567" not in text_of(client_as("c11.cmi").get(f"/tickets/{number}"))
