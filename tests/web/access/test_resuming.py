"""Test what becomes of a form sent after its session had ended: kept, shown to its author alone, sent when asked."""

from __future__ import annotations

import base64
import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from harness.http import csrf, post

from charters.database import db, writing
from charters.keys import otp
from charters.tables.access import OtpKey, WebSession
from ticketing.tables import Ticket

WORDS = "Le massicot de l’atelier <b>grince</b> & chauffe"


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


def fields_of(page):
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def lapse(app):
    with app.app_context(), writing() as session:
        session.query(WebSession).update({"seen_at": datetime.now(UTC) - timedelta(hours=2)})


def form():
    return {"title": WORDS, "service": "poste-travail", "activity": "maintenance", "etape": "envoyer"}


def credentials(person):
    step = otp.step_at(datetime.now(UTC))
    return {"sigle": person.sigle, "pin": person.pin, "code": otp.code_at(base64.b32decode(person.otp_secret), step)}


@pytest.fixture
def lapsed(app, cast, client_as):
    """Return (client, fields of the login's page): a form of `c11.cmi` that was sent after the session had ended."""
    client = client_as("c11.cmi")
    token = csrf(client)
    page = client.get("/tickets/nouveau").get_data(as_text=True)
    typed = form() | {"csrf_token": token, "token": re.search(r'name="token" value="([^"]+)"', page)[1]}
    lapse(app)
    answer = client.post("/tickets/nouveau", data=typed)
    assert answer.status_code == 401 and "Votre session était terminée" in text_of(answer)
    return client, fields_of(answer.get_data(as_text=True))


def titles(app):
    with app.app_context():
        return [row.title for row in db.session.query(Ticket.title).filter(Ticket.title.contains("massicot"))]


def test_what_was_typed_is_shown_after_the_login_and_leaves_when_asked(app, cast, lapsed):
    client, fields = lapsed
    refused = client.post("/connexion", data=fields | {"sigle": "c11.cmi", "pin": "faux", "code": "1"})
    assert refused.status_code == 401 and fields_of(refused.text)["reprise"] == fields["reprise"], (
        "a slip loses nothing"
    )
    shown = client.post("/connexion", data=fields | credentials(cast["c11.cmi"]))
    assert shown.status_code == 200 and WORDS in text_of(shown) and "<b>grince" not in shown.text
    assert titles(app) == [], "nothing leaves by itself"
    kept = fields_of(shown.text)
    assert kept["title"] == WORDS and "pin" not in kept and 'action="/tickets/nouveau"' in shown.text
    sent = client.post("/tickets/nouveau", data=kept)
    assert sent.status_code in (303, 422), text_of(sent)
    assert sent.status_code == 303 or WORDS in text_of(sent)


def test_security_somebody_else_on_the_same_device_is_shown_nothing(app, cast, lapsed):
    client, fields = lapsed
    answer = client.post("/connexion", data=fields | credentials(cast["c12.cmi"]))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    after = text_of(client.get("/tickets"))
    assert "massicot" not in after and "n’était pas à vous" in after


@pytest.mark.parametrize(
    "held",
    [
        *("x", "[]", "null", '["/tickets", 1]', '[1, "x", 2, 3, 4, 5]'),
        '["//pirate.example/", 1, [["a", "b"]], [], 0, 0]',
        '["/", 1e999, [], ["x"], 0, 0]',
        "[" * 100_000,
    ],
)
def test_security_a_made_up_form_leads_nowhere(app, cast, client, held):
    data = {"csrf_token": csrf(client), "reprise": held} | credentials(cast["c11.cmi"])
    answer = client.post("/connexion", data=data)
    assert answer.status_code == 303 and "pirate" not in answer.headers["Location"]


def test_security_nobody_prepares_a_form_for_whoever_logs_in_next(app, cast, lapsed):
    """On a shared machine a page may be changed: it would show one thing to its owner, and send another."""
    client, fields = lapsed
    for held in (fields["reprise"].replace("massicot", "crayon"), "0" * 64 + fields["reprise"][64:]):
        made_up = fields | {"reprise": held} | credentials(cast["c11.cmi"])
        answer = client.post("/connexion", data=made_up)
        assert answer.status_code == 303 and answer.headers["Location"] == "/"
        client = app.test_client()
        fields = fields | {"csrf_token": csrf(client)}
        with app.app_context(), writing() as session:
            session.query(OtpKey).update({"last_step": None})


def test_security_who_never_came_in_is_not_shown_the_page(app, client, cast):
    answer = client.post("/tickets/nouveau", data=form() | {"csrf_token": csrf(client)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/connexion")


def test_the_other_ways_to_log_in_carry_it_too(app, cast, lapsed):
    client, fields = lapsed
    chosen = {"csrf_token": fields["csrf_token"], "reprise": fields["reprise"], "choisir": "1"}
    page = client.post("/connexion/cle-de-securite", data=chosen)
    assert page.status_code == 200 and fields_of(page.text)["reprise"] == fields["reprise"]
    assert "n’a pas interrogé" not in text_of(page)


def test_a_page_says_when_its_session_ends_and_how_to_stay_without_a_script(app, client_as):
    client = client_as("c11.cmi")
    page = text_of(client.get("/tickets"))
    assert re.search(r"votre session se termine le .{10,40}\. <a href=\"/session\" target=\"_blank\"", page)
    stayed = client.get("/session", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert "Votre session continue" in text_of(stayed)
    assert client.get("/session", headers={"Accept": "application/json"}).get_json()["ends"]
    assert post(client, "/deconnexion").status_code == 303
