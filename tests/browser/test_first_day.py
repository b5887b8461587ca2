"""Test the pages of the first day in a real Chromium: axe, 360 px, dark, and a list brought in by the keyboard."""

from __future__ import annotations

import pytest
from harness.cast import new_session
from playwright.sync_api import expect

from ticketing.web import guards

PAGES = [
    ("/", "accueil"),
    ("/administration/comptes/import", "import"),
    ("/administration/invitations", "invitations"),
    ("/administration/accords/hautes-pyrenees-2015/etablissements", "etablissements"),
]
PEOPLE = (
    "Nom;Prénom;Société;Mail;Fonction;Sigle;Rôle;Périmètre\n"
    "Durand;Paule;Collège Desaix;paule@guichet.example;Professeure;p.durand;cmi;desaix-tarbes\n"
    "Martin;Jean;Collège Desaix;jean@guichet.example;Agent;;gestionnaire réseau;{}\n"
)


@pytest.fixture
def admin(live, cast, browser_page):
    with live.app.app_context():
        cookie = {"name": guards.cookie_name(), "value": new_session(cast["a.admin"]), "url": live.url}
    browser_page.context.add_cookies([cookie])
    return browser_page


@pytest.mark.parametrize(("address", "name"), PAGES, ids=[page[1] for page in PAGES])
def test_page_is_accessible_narrow_and_dark(live, admin, axe, address, name):
    admin.goto(live.url + address)
    axe(admin, f"premier-jour-{name}")
    admin.set_viewport_size({"width": 360, "height": 780})
    admin.emulate_media(color_scheme="dark")
    axe(admin, f"premier-jour-{name}-360")
    assert admin.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_list_is_brought_in_and_its_people_are_found_to_be_invited(live, admin, axe):
    def send(scope):
        admin.goto(live.url + "/administration/comptes/import")
        body = PEOPLE.format(scope).encode()
        admin.get_by_label("La liste", exact=True).set_input_files(
            {"name": "gens.csv", "mimeType": "text/csv", "buffer": body}
        )
        admin.get_by_role("button", name="Lire la liste").press("Enter")

    send("Collège Desai Tarbes")
    expect(admin.get_by_text("Des lignes sont refusées")).to_be_visible()
    axe(admin, "premier-jour-refus")
    send("Collège Desaix, Tarbes")
    axe(admin, "premier-jour-verdicts")
    admin.get_by_role("button", name="Enregistrer la liste").press("Enter")
    expect(admin.get_by_label("Paule Durand (p.durand)")).to_be_visible()
    expect(admin.get_by_label("Jean Martin (j.martin)")).to_be_visible()
