"""The pages of the footer: open to anybody, true to the settings, linked from every page."""

from __future__ import annotations

import pytest

from ticketing.web.information.pages import HELP

PAGES = ("/aide", "/mentions-legales", "/accessibilite", "/donnees-personnelles")
SLUGS = [slug for slug, *_ in HELP.values()]


@pytest.mark.parametrize("path", [*PAGES, *(f"/aide/{slug}" for slug in SLUGS)])
def test_anybody_reads_the_page_without_an_account(app, path):
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    for other in PAGES:
        assert f'href="{other}"' in answer.text, "the footer leads to each of them"


def test_an_address_of_no_role_is_absent(app):
    for path in ("/aide/autre", "/aide/../mentions-legales", "/aide/cmi"):
        assert app.test_client().get(path).status_code == 404


@pytest.mark.parametrize(("sigle", "slug"), [("c11.cmi", "correspondant"), ("d1.ref", "referent")])
def test_the_help_begins_with_the_role_of_the_reader(client_as, sigle, slug):
    text = client_as(sigle).get("/aide").text
    assert text.index(f"/aide/{slug}") == min(text.index(f"/aide/{one}") for one in SLUGS)
    assert text.count("Votre rôle sous le mandat actif") == 1


def test_the_pages_say_what_the_installation_is_set_to(app):
    settings = app.config["GUICHET"]
    app.config["GUICHET"] = settings.model_copy(
        update={"publisher": "Académie <b>", "hosting": "La DSI", "contact": "a@b.example", "ticket_months": 37}
    )
    client = app.test_client()
    legal, data = client.get("/mentions-legales").text, client.get("/donnees-personnelles").text
    assert "Académie &lt;b&gt;" in legal and "La DSI" in legal and "mailto:a@b.example" in legal
    assert "37 mois après la clôture" in data and f"{settings.mail_days} jours" in data


def test_what_the_operator_has_not_said_is_said_to_be_missing(app):
    legal = app.test_client().get("/mentions-legales").text
    assert "n’a pas encore écrit qui le publie" in legal and "n’a pas encore écrit qui l’héberge" in legal


def test_the_statement_claims_no_audit(app):
    text = app.test_client().get("/accessibilite").text
    assert "réputé <strong>non conforme</strong>" in text and "défenseur" in text.lower()
