"""Test the other ways in with axe: the académie's identity, its RSA keys, a form kept after the session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from harness.cast import new_session

from charters.database import db, writing
from charters.keys import keys
from charters.tables.access import Account, OtpKey, WebSession
from ticketing.web import guards


@pytest.fixture
def offered(live, cast):
    """Set a provider of the académie and a RADIUS server, which no page here asks."""
    update = {
        "oidc_issuer": "http://127.0.0.1:9",
        "oidc_name": "ProConnect",
        "radius_servers": ("127.0.0.1:9",),
        "intranet": ("10.0.0.0/8",),
    }
    live.app.config["GUICHET"] = live.app.config["GUICHET"].model_copy(update=update)


def both(page, axe, name):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1280, 900), (360, 740)):
            page.set_viewport_size({"width": width, "height": height})
            axe(page, f"{name}-{scheme}-{width}")


def enter(live, page, person):
    with live.app.app_context():
        cookie = {"name": guards.cookie_name(), "value": new_session(person), "url": live.url}
    page.context.add_cookies([cookie])


def test_the_login_page_with_every_way(live, offered, browser_page, axe):
    browser_page.goto(f"{live.url}/connexion")
    assert browser_page.get_by_role("link", name="Entrer par ProConnect").is_visible()
    assert browser_page.evaluate("document.activeElement.id") == "f-sigle"
    both(browser_page, axe, "connexion-academie")


def test_a_person_s_page_with_an_identity_and_an_academie_key_to_give(live, cast, offered, browser_page, axe):
    with live.app.app_context():
        account = cast["a.tech"].account_id
        keys.return_key(
            db.session.query(OtpKey.id).filter_by(account_id=account).scalar(), actor=None, now=datetime.now(UTC)
        )
        with writing() as session:
            session.query(Account).filter_by(id=account).update({"identity_mark": "0" * 64})
    enter(live, browser_page, cast["a.admin"])
    browser_page.goto(f"{live.url}/administration/comptes/{account}")
    browser_page.get_by_text("Remettre une clé de l’académie (RSA SecurID)").click()
    assert browser_page.get_by_role("heading", name="Identité académique").is_visible()
    both(browser_page, axe, "personne-identite")


def test_a_form_sent_too_late_is_kept_by_the_login_page(live, cast, browser_page, axe):
    page = browser_page
    enter(live, page, cast["c11.cmi"])
    page.goto(f"{live.url}/compte/correction")
    page.locator("textarea").first.fill("Mon nom s’écrit avec un accent")
    with live.app.app_context(), writing() as session:
        session.query(WebSession).update({"seen_at": datetime.now(UTC) - timedelta(hours=2)})
    page.locator("main form button[type=submit]").last.click()
    page.get_by_text("Votre session était terminée").wait_for()
    both(page, axe, "connexion-reprise")
