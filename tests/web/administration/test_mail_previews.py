"""Test the page that shows each mail with a real ticket, and the HTML of a mail as a page in which nothing runs."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from charters.database import db
from ticketing.mail import signatures
from ticketing.model import Draft, Facts
from ticketing.settings import desk_settings
from ticketing.steps import NOTICES
from ticketing.tables import Ticket
from ticketing.tickets import desk
from ticketing.web.administration import mail_previews

PAGE = "/administration/courriels/modeles"
CANARY, NOTE = "canari-courriel-5b1d", "canari-note-88aa"


@pytest.fixture
def ticket(app: Any, actor_as: Any) -> int:
    """Return a ticket that the académie holds, on hold for a question, with an internal note."""
    now = datetime.now(UTC)
    with app.app_context():
        cmi, tech = actor_as("c11.cmi"), actor_as("a.tech")
        draft = Draft(
            title="Paie <b>bloquée</b>",
            body=CANARY,
            etablissement="desaix-tarbes",
            service="gestion-financiere",
            activity="mco",
            facts=Facts(acquired_by="departement", user_category="equipe-gestion"),
        )
        number = desk.open_ticket(cmi, draft, [], now)
        version = db.session.get_one(Ticket, number).version
        db.session.rollback()
        desk.comment(tech, number, NOTE, "internal", now=now)
        desk.hold(tech, number, version, "attente-demandeur", "Quel **poste** ?", now)
    return number


def address(number: object, kind: str = "question", reader: str = "requester", page: str = PAGE) -> str:
    return f"{page}?courriel={kind}&ticket={number}&lecteur={reader}"


def test_an_administrator_sees_each_mail_of_a_ticket_of_the_perimeter(app: Any, client_as: Any, ticket: int) -> None:
    client = client_as("a.admin")
    assert client.get(PAGE).status_code == 200
    with app.app_context():
        token = signatures.subject_token(desk_settings().mail_key, ticket)
    for kind in NOTICES:
        for reader in mail_previews.READERS:
            answer = client.get(address(ticket, kind, reader))
            text = unescape(answer.get_data(as_text=True))
            assert answer.status_code == 200 and f"{token} " in text and "Ce qui est attendu de vous" in text
            assert NOTE not in text
    shown = unescape(client.get(address(ticket)).get_data(as_text=True))
    assert "> Quel **poste** ?" in shown and f"{token} Question : Paie <b>bloquée</b>" in shown
    assert f"> {CANARY}" in unescape(client.get(address(ticket, "opened", "other")).get_data(as_text=True))
    assert "Ici, les mots de la personne" in client.get(address(ticket, "reopened")).get_data(as_text=True)


def test_the_frame_lets_styles_in_and_nothing_else(client_as: Any, ticket: int) -> None:
    client = client_as("a.admin")
    page = client.get(address(ticket))
    html = page.get_data(as_text=True)
    assert '<iframe class="mail-frame" src="/administration/courriels/modeles/html?' in html and " sandbox " in html
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'; frame-src 'self'")
    part = client.get(address(ticket, page=f"{PAGE}/html"))
    text = part.get_data(as_text=True)
    assert part.status_code == 200 and "Paie &lt;b&gt;bloquée&lt;/b&gt;" in text and "<strong>poste</strong>" in text
    policy = part.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'") and policy.endswith("sandbox")
    assert (part.headers["X-Frame-Options"], part.headers["Cache-Control"]) == ("SAMEORIGIN", "no-store")
    assert "frame-src" not in client.get(f"{PAGE}?ticket=99999").headers["Content-Security-Policy"]


def test_the_latest_tickets_are_offered_and_the_newest_is_shown_at_once(client_as: Any, ticket: int) -> None:
    shown = client_as("a.admin").get(PAGE).text
    assert f'<option value="{ticket}">' in shown and f"ticket={ticket}&" in shown and "mail-frame" in shown
    nobody = client_as("a.admin").get(f"{PAGE}?ticket=99999")
    assert nobody.status_code == 422 and "Aucun ticket" in nobody.text and "mail-frame" not in nobody.text


def test_a_ticket_outside_the_perimeter_is_like_none(app: Any, client_as: Any, actor_as: Any, ticket: int) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        draft = Draft(
            title=CANARY,
            body=CANARY,
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs", acquired_by="departement"),
        )
        other = desk.open_ticket(actor_as("c11.cmi"), draft, [], now)
    client = client_as("a.admin")
    seen, none = (client.get(address(number)) for number in (other, 987654))
    assert seen.status_code == none.status_code == 422
    for answer in (seen, none):
        text = answer.get_data(as_text=True)
        assert "Aucun ticket de votre périmètre" in text and CANARY not in text
    for number in (other, 987654, "x", "", "9" * 20, "²"):
        assert client.get(address(number, page=f"{PAGE}/html")).status_code == 404
    wrong = client.get(address(ticket, "inconnu", "personne"))
    assert wrong.status_code == 422 and "Choisissez un des courriels" in wrong.get_data(as_text=True)


@pytest.mark.parametrize("sigle", ["a.tech", "d1.ref", "c11.chef", "c11.cmi", "anonymous"])
def test_nobody_else_opens_the_page(client_as: Any, client: Any, ticket: int, sigle: str) -> None:
    reader = client if sigle == "anonymous" else client_as(sigle)
    for page in (PAGE, f"{PAGE}/html"):
        answer = reader.get(address(ticket, page=page))
        assert answer.status_code == 404 or (sigle == "anonymous" and "/connexion" in answer.headers["Location"])


def test_every_kind_has_its_name_on_the_page() -> None:
    assert set(mail_previews.KINDS) == set(NOTICES)


def test_the_pages_of_mails_are_one_room_with_tabs(client_as: Any) -> None:
    """Three cards of the administration led to three pages that did not know each other."""
    admin = client_as("a.admin")
    assert admin.get("/administration").text.count("/administration/courriels") == 1
    for page in ("", "/envois", "/modeles"):
        html = admin.get(f"/administration/courriels{page}").text
        assert f'href="/administration/courriels{page}" aria-current="page"' in html
        for other in ("", "/envois", "/modeles"):
            assert f'href="/administration/courriels{other}"' in html
