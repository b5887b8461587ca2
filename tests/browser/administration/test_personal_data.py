"""Test the pages of the journal, of readings and of personal data in a real browser: axe, both widths."""

from __future__ import annotations

from datetime import UTC, datetime

from harness import cast as cast_module
from playwright.sync_api import expect

from ticketing.model import Draft, Facts
from ticketing.oversight import consultation
from ticketing.tickets import desk
from ticketing.web import guards


def test_their_pages_are_for_everybody(live, cast, actor_as, browser_page, axe):
    now = datetime.now(UTC)
    with live.app.app_context():
        number = desk.open_ticket(
            actor_as("c11.cmi"),
            Draft(
                title="Poste en panne",
                body="Écran noir.",
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs", acquired_by="departement"),
            ),
            [],
            now,
        )
        admin = actor_as("a.admin")
        consultation.ask(admin, str(number), "reglage", "Essai", now)
        consultation.consult(admin, number, "la page du ticket", now)
        consultation.ask_all(admin, "recherche", "Essai", now)
    person = cast["d1.agent"].account_id
    pages = {
        "d1.ref": ("/consultations", f"/tickets/{number}/acces", "/compte/donnees"),
        "a.admin": (
            "/administration/journal?mots=Essai",
            "/administration/visibilite?personne=d1.agent",
            "/administration/consultation/recherche",
            "/administration/donnees",
            f"/administration/comptes/{person}/donnees",
        ),
    }
    for sigle, addresses in pages.items():
        with live.app.app_context():
            token = cast_module.new_session(cast[sigle])
            name = guards.cookie_name()
        browser_page.context.add_cookies([{"name": name, "value": token, "url": live.url}])
        for address in addresses:
            browser_page.goto(live.url + address)
            axe(browser_page, f"donnees-{address.strip('/').split('?')[0].replace('/', '-')}")
            browser_page.set_viewport_size({"width": 320, "height": 800})
            assert browser_page.evaluate("document.documentElement.scrollWidth") <= 320, address
            browser_page.set_viewport_size({"width": 1280, "height": 900})
    browser_page.goto(f"{live.url}/administration/visibilite?personne=d1.agent&ticket={number}")
    browser_page.get_by_role("button", name="Expliquer").click()
    assert browser_page.get_by_text("voit le ticket").first.is_visible()
    axe(browser_page, "donnees-visibilite-reponse")


def test_what_gives_a_file_gives_another(live, cast, browser_page):
    """Buttons disabled when a form is sent become active again on a page that stays because a file answers it."""
    with live.app.app_context():
        cookie = {"name": guards.cookie_name(), "value": cast_module.new_session(cast["a.admin"]), "url": live.url}
    browser_page.context.add_cookies([cookie])
    for address, buttons in (
        ("/administration/journal", ("Exporter en CSV", "Exporter en JSON")),
        ("/administration/signatures", ("Exporter (CSV)",)),
        ("/compte/donnees", ("Télécharger mes données",)),
    ):
        browser_page.goto(live.url + address)
        for name in buttons:
            with browser_page.expect_download(timeout=60_000):
                browser_page.get_by_role("button", name=name).first.click()
            expect(browser_page.locator("form[data-sent]")).to_have_count(0)
    person = cast["d1.agent"].account_id
    browser_page.goto(f"{live.url}/administration/comptes/{person}/donnees")
    assert browser_page.locator("form[data-file]").count() == 1
