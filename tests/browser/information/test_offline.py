"""Test Guichet as an application of a telephone: what is typed survives a lost connection, and nothing else is kept."""

from __future__ import annotations

import pytest
from harness.cast import new_session
from harness.waiting import until

from charters.database import db
from ticketing.tables import Ticket
from ticketing.web import guards

WORDS = "Le vidéoprojecteur de la salle 12 ne s’allume plus"


@pytest.fixture
def telephone(live, cast, browser):
    """Return `open(sigle)`: a page of a telephone whose service worker lives; each call is the same telephone."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR", service_workers="allow")

    def enter(sigle):
        with live.app.app_context():
            cookie = {"name": guards.cookie_name(), "value": new_session(cast[sigle]), "url": live.url}
        context.clear_cookies()
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{live.url}/tickets/nouveau")
        until(page, "navigator.serviceWorker.controller !== null")
        return page

    yield enter
    context.close()


def tickets(live):
    with live.app.app_context():
        return db.session.query(Ticket).count()


def test_what_is_typed_survives_a_lost_connection_and_leaves_only_when_sent(live, cast, telephone, axe):
    page = telephone("c11.cmi")
    before = tickets(live)
    page.get_by_label("Que se passe-t-il ?").fill(WORDS)
    page.locator("[data-offers] button, [data-offer]").first.wait_for()
    page.context.set_offline(True)
    page.evaluate("document.querySelector('form.opening').submit()")
    page.get_by_text("Ce que vous écriviez est gardé dans cet appareil").wait_for()
    axe(page, "hors-ligne-360")
    page.get_by_label("Que se passe-t-il ?").fill("Et le wifi du hall est lent")
    page.get_by_role("button", name="Garder").click()
    page.get_by_text("C’est noté dans cet appareil").wait_for()
    assert page.locator("[data-away-list] li").count() == 2
    kept = page.evaluate("JSON.stringify(Object.entries(localStorage))")
    assert "vidéoprojecteur" not in kept and "wifi" not in kept and "guichet-brouillons:c11.cmi" in kept
    held = page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(c => c.keys()))))"
        ".then(all => all.flat().map(request => new URL(request.url).pathname))"
    )
    assert sorted(path.split(".")[0] for path in held) == [
        "/hors-ligne",
        "/static/app",
        "/static/app",
        "/static/favicon",
        "/static/public-sans-latin-wght-normal",
    ], "no page of anybody is kept"
    page.context.set_offline(False)
    assert tickets(live) == before, "nothing leaves by itself"
    page.get_by_role("button", name="Réessayer").click()
    page.get_by_text("Ce que vous aviez écrit a été retrouvé").wait_for()
    assert page.get_by_label("Que se passe-t-il ?").input_value() == WORDS
    assert tickets(live) == before
    box = page.locator(".away-drafts")
    assert "Et le wifi du hall est lent" in box.inner_text() and WORDS not in box.inner_text()
    axe(page, "brouillons-360")
    # Another person on the same telephone: nothing of it shows, and nothing can be read.
    other = telephone("c12.cmi")
    other.get_by_label("Que se passe-t-il ?").wait_for()
    until(other, "sessionStorage.getItem('guichet:c12.cmi:cle') !== null")
    assert other.locator(".away-drafts").count() == 0 and WORDS not in other.content()
    assert not other.evaluate("Object.keys(sessionStorage).some(name => name.includes('c11.cmi'))")
    # The author, back: what was noted is taken up again, and goes once it is sent.
    again = telephone("c11.cmi")
    again.get_by_role("button", name="Reprendre").last.click()
    again.get_by_text("Ce que vous aviez écrit a été retrouvé").wait_for()
    assert again.get_by_label("Que se passe-t-il ?").input_value() == "Et le wifi du hall est lent"
    again.get_by_role("button", name="Effacer", exact=True).click()
    assert again.evaluate("JSON.parse(localStorage.getItem('guichet-brouillons:c11.cmi')).length") == 1
    # The session ends, and somebody else takes the tab: without a connection too, nothing of it can be read there.
    again.context.clear_cookies()
    again.goto(f"{live.url}/connexion")
    assert not again.evaluate("Object.keys(sessionStorage).some(name => name.endsWith(':cle'))")
    again.goto(f"{live.url}/hors-ligne")
    again.wait_for_timeout(300)
    assert again.locator("[data-away-list] li").count() == 0
