"""Test the pages of access and people in a real Chromium: axe, 320 px, and a key enrolled and used by hand."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from harness.cast import new_session
from harness.reading import read_through
from harness.waiting import until
from playwright.sync_api import TimeoutError, expect

from charters.keys import keys, otp
from charters.people import accounts
from ticketing.web import guards

PAGES = [
    ("", "/connexion", "connexion"),
    ("x.nosign", "/chartes", "chartes"),
    ("x.nosign", "/chartes/usage", "charte"),
    ("d1.agent", "/compte", "compte"),
    ("d1.ref", "/administration/comptes", "personnes-referent"),
    ("a.admin", "/administration/comptes", "personnes"),
    ("a.admin", "/administration/comptes/nouveau", "compte-nouveau"),
    ("a.admin", "/administration/comptes/{d1.agent}", "personne"),
    ("a.admin", "/administration/collectivites", "collectivites"),
    ("a.admin", "/administration/cles", "cles"),
    ("a.admin", "/administration/chartes", "chartes-publiees"),
    ("a.admin", "/administration/chartes/usage", "charte-nouvelle"),
    ("a.admin", "/administration/signatures", "signatures"),
]


@pytest.mark.parametrize(("sigle", "address", "name"), PAGES, ids=[page[2] for page in PAGES])
def test_page_is_accessible_and_narrow(live, cast, browser_page, axe, sigle, address, name):
    if sigle:
        with live.app.app_context():
            cookie = {"name": guards.cookie_name(), "value": new_session(cast[sigle]), "url": live.url}
        browser_page.context.add_cookies([cookie])
    browser_page.goto(live.url + address.replace("{d1.agent}", str(cast["d1.agent"].account_id)))
    axe(browser_page, f"acces-{name}")
    browser_page.set_viewport_size({"width": 320, "height": 700})
    axe(browser_page, f"acces-{name}-320")


def test_a_refused_way_in_is_where_one_is_led(live, cast, browser_page):
    """The refusal takes the focus: a screen reader does not read an alert that is present when the page loads."""
    browser_page.goto(live.url + "/connexion")
    for label, value in (("Sigle", "d1.agent"), ("Code PIN", "autre-chose-1"), ("Code affiché", "000000")):
        browser_page.get_by_label(label).fill(value)
    browser_page.get_by_role("button", name="Se connecter").click()
    expect(browser_page.locator(".alert-error")).to_be_focused()
    expect(browser_page.locator(".alert-error")).to_contain_text("Connexion refusée")
    expect(browser_page.get_by_label("Sigle")).to_have_value("d1.agent")


def test_the_demonstration_says_how_to_log_in_before_its_form_and_above_the_fold(live, browser_page):
    """At 1280 x 900 the box stood below the form, where a first visitor did not see it."""
    live.app.config["GUICHET"] = live.app.config["GUICHET"].model_copy(update={"demo": True})
    browser_page.goto(live.url + "/connexion")
    box = browser_page.locator(".alert-info").bounding_box()
    form = browser_page.locator("form.card").bounding_box()
    button = browser_page.get_by_role("button", name="Se connecter").bounding_box()
    assert box["y"] + box["height"] <= form["y"]
    assert button["y"] + button["height"] <= 900, "the form itself fits too"


def test_a_new_technician_comes_in(live, cast, browser_page, axe):
    """A new technician goes from the activation link to the home page: key, PIN, login, both charters, all by hand."""
    now = datetime.now(UTC)
    home = "departement-hautes-pyrenees"
    form = accounts.AccountForm(
        "p.durand", "Durand", "Paule", "Société", "p@guichet.example", "Technicienne", home, True
    )
    with live.app.app_context():
        account = accounts.create_account(form, actor=None, now=now)
        yesterday = now.date() - timedelta(1)
        accounts.add_mandate(account, "technicien-departement", home, yesterday, actor=None, now=now)
        _, token = keys.create_key(account, actor=None, now=now)
    page = browser_page
    page.goto(f"{live.url}/cle/{token}")
    axe(page, "acces-cle")
    page.get_by_role("button", name="Afficher le code QR").click()
    assert page.locator("img.qr").evaluate("image => image.complete && image.naturalWidth > 0")
    page.get_by_text("Je ne peux pas viser le code").click()
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    axe(page, "acces-cle-code-qr")
    import base64

    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = otp.step_at(datetime.now(UTC))
    page.get_by_label("Code PIN", exact=True).fill("vélo-97-bleu")
    page.get_by_label("Le même code PIN").fill("vélo-97-bleu")
    page.get_by_label("Code affiché").fill(otp.code_at(seed, step))
    page.get_by_role("button", name="Activer ma clé").click()
    page.get_by_label("Sigle").fill("p.durand")
    page.get_by_label("Code PIN").fill("vélo-97-bleu")
    page.get_by_label("Code affiché").fill(otp.code_at(seed, step + 1))
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/chartes")
    page.get_by_role("link", name="Lire et signer").first.click()
    page.get_by_label("J’ai lu cette charte").check()
    sign = page.get_by_role("button", name="Signer la charte")
    expect(sign).to_have_attribute("aria-disabled", "true")  # the reader jumped to the box without reading the text
    sign.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-reading-left]")).to_contain_text("il reste")
    following = page.get_by_role("button", name="Aller à la suite du texte")
    expect(following).to_be_focused()

    def read_on():  # a screen reader's user moves from one passage to the next
        if not following.is_visible():
            return True
        with suppress(TimeoutError):  # it goes away by itself once the text is read
            following.focus(timeout=2_000)
            page.keyboard.press("Enter")
        return False

    until(page, read_on)
    expect(page.locator("[data-reading-left]")).to_contain_text("vous pouvez signer")
    axe(page, "acces-charte-lue")  # its screenshot scrolls through the page: after it, everything was on the screen
    sign.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/chartes/cle")
    read_through(page)
    page.get_by_label("J’ai lu cette charte").check()
    sign.click()
    page.wait_for_url(lambda url: "/chartes" not in url)
    assert page.get_by_text("Paule Durand").first.is_visible()
