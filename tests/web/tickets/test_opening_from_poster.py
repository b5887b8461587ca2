"""Test the QR code of a poster: the form opens for the right établissement and service, or the page says why not."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from harness.cast import log_in
from harness.http import post

from charters.keys import otp
from charters.model import Role
from charters.people import accounts

C11, C12, HP = "desaix-tarbes", "victor-hugo-tarbes", "hautes-pyrenees-2015"
SERVICE = "equipement-bureautique"


def address(place: str) -> str:
    return f"/tickets/nouveau?etablissement={place}&service={SERVICE}"


def chosen(response) -> list[str]:
    """Return the service checked on the form."""
    tags = re.findall(r'<input type="radio"[^>]*name="service"[^>]*>', response.get_data(as_text=True))
    return [re.search(r'value="([^"]*)"', tag)[1] for tag in tags if " checked" in tag]


def give(app, person, role: Role, scope: str) -> int:
    with app.app_context():
        return accounts.add_mandate(
            person.account_id, role.value, scope, date(2026, 1, 1), actor=None, now=datetime.now(UTC)
        )


def test_in_one_s_own_etablissement_the_form_is_filled(client_as):
    response = client_as("c11.cmi").get(address(C11))
    assert response.status_code == 200 and chosen(response) == [SERVICE]
    assert "Collège Desaix, Tarbes" in response.get_data(as_text=True)
    assert "autre établissement" not in response.get_data(as_text=True)


def test_the_address_survives_the_login_form(client, cast):
    sent = client.get(address(C11))
    assert sent.status_code == 303
    suite = parse_qs(urlsplit(sent.headers["Location"]).query)["suite"][0]
    assert suite == address(C11)
    page = client.get(sent.headers["Location"]).get_data(as_text=True)
    kept = unescape(re.search(r'name="suite" value="([^"]*)"', page)[1])
    person = cast["c11.cmi"]
    code = otp.code_at(base64.b32decode(person.otp_secret), otp.step_at(datetime.now(UTC)))
    entered = post(client, "/connexion", {"sigle": "c11.cmi", "pin": person.pin, "code": code, "suite": kept})
    assert entered.status_code == 303 and entered.headers["Location"] == address(C11)
    assert chosen(client.get(entered.headers["Location"])) == [SERVICE]


@pytest.mark.parametrize("place", [C12, "nulle-part", "<b>x</b>"])
def test_elsewhere_without_a_mandate_the_form_says_for_whom_it_is_and_names_nobody_else(client_as, place):
    page = unescape(
        client_as("c11.cmi")
        .get(
            "/tickets/nouveau",
            query_string={
                "etablissement": place,
                "service": SERVICE,
            },
        )
        .get_data(as_text=True)
    )
    assert "Ce lien est celui d’un autre établissement" in page
    assert "est pour : Collège Desaix, Tarbes." in page and "Victor Hugo" not in page and "<b>x</b>" not in page


def test_with_two_mandates_the_page_offers_the_other_then_opens_the_form_there(app, cast, client):
    person = cast["c11.cmi"]
    mandate = give(app, person, Role.CMI, C12)
    log_in(client, person)
    page = client.get(address(C12)).get_data(as_text=True)
    assert "Ouvrir un ticket pour Collège Victor Hugo, Tarbes" in page and "Collège Desaix, Tarbes" in page
    suite = unescape(re.search(r'name="suite" value="([^"]*)"', page)[1])
    assert f'value="{mandate}"' in page and suite == address(C12)
    taken = post(client, "/mandat", {"mandate": str(mandate), "suite": suite})
    assert taken.status_code == 303 and taken.headers["Location"] == address(C12)
    form = client.get(address(C12))
    assert chosen(form) == [SERVICE]
    assert "autre établissement" not in form.get_data(as_text=True)
    # The ticket belongs to that établissement and not to the other one.
    opened = post(
        client,
        "/tickets/nouveau",
        {
            "title": "Plus d’image",
            "body": "Depuis ce matin.",
            "service": SERVICE,
            "activity": "mco",
            "user_category": "cdi",
            "acquired_by": "departement",
            "etape": "envoyer",
        },
    )
    assert opened.status_code == 303
    assert "Collège Victor Hugo" in client.get(opened.headers["Location"]).get_data(as_text=True)


def test_under_a_mandate_that_opens_none_the_one_that_does_is_offered(app, cast, client):
    person = cast["d1.agent"]
    assert log_in(client, person).get(address(C11)).status_code == 404
    assert client.get("/tickets/nouveau").status_code == 404
    give(app, person, Role.CMI, C11)
    page = client.get(address(C11))
    assert page.status_code == 200 and "Prendre le mandat de Collège Desaix, Tarbes" in page.get_data(as_text=True)
    offered = client.get("/tickets/nouveau")
    assert offered.status_code == 403 and "Collège Desaix, Tarbes" in offered.get_data(as_text=True)


def test_changing_mandate_leads_to_no_other_site(app, cast, client):
    person = cast["c11.cmi"]
    mandate = give(app, person, Role.CMI, C12)
    log_in(client, person)
    for suite in ("https://voleur.exemple/", "//voleur.exemple", "/\\voleur.exemple", "/connexion?suite=x"):
        assert post(client, "/mandat", {"mandate": str(mandate), "suite": suite}).headers["Location"] == "/"
