"""The pages of the journal, of readings, of what is held on a person: for everybody, wide and narrow."""

from __future__ import annotations

from datetime import UTC, datetime

from harness import cast as cast_module

from ticketing import consultation, desk
from ticketing.model import Draft, Facts
from ticketing.web import guards


def test_their_pages_are_for_everybody(live, cast, actor_as, browser_page, axe):
    now = datetime.now(UTC)
    with live.app.app_context():
        number = desk.open_ticket(actor_as("c11.cmi"), Draft(
            title="Poste en panne", body="Écran noir.", etablissement="desaix-tarbes",
            service="equipement-bureautique", activity="mco",
            facts=Facts(user_category="professeurs", acquired_by="departement"),
        ), [], now)
        admin = actor_as("a.admin")
        consultation.ask(admin, str(number), "reglage", "Essai", now)
        consultation.reading(admin, number, "la page du ticket", now)
        consultation.ask_all(admin, "recherche", "Essai", now)
    person = cast["d1.agent"].account_id
    pages = {
        "d1.ref": ("/consultations", f"/tickets/{number}/acces", "/compte/donnees"),
        "a.admin": ("/administration/journal?mots=Essai", "/administration/visibilite?personne=d1.agent",
                    "/administration/consultation/recherche", "/administration/donnees",
                    f"/administration/comptes/{person}/donnees"),
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
