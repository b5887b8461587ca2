"""Test FIDO2 keys in a real Chromium with a virtual authenticator: registered, used, refused; without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from harness.cast import new_session

from charters.database import db, writing
from charters.entry import fido, sessions
from charters.keys import keys
from charters.people import accounts
from charters.signing import signing
from charters.tables.access import JournalLine, MandateRow, OtpKey, WebSession
from charters.tables.keys import Letter
from ticketing.web import guards

HOME = "departement-hautes-pyrenees"


@pytest.fixture
def site(live):
    """Return an address under which a key may sign: WebAuthn asks for a name, and the settings give this one."""
    url = live.url.replace("127.0.0.1", "localhost")
    live.app.config["GUICHET"] = live.app.config["GUICHET"].model_copy(update={"base_url": url})
    return url


def authenticator(page, *, verified=True, resident=True, transport="usb"):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": transport,
                "hasResidentKey": resident,
                "hasUserVerification": verified,
                "isUserVerified": verified,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def issued(live, sigle="p.durand"):
    now = datetime.now(UTC)
    form = accounts.AccountForm(
        sigle, "Durand", "Paule", "Société", f"{sigle}@guichet.example", "Technicienne", HOME, True
    )
    with live.app.app_context():
        account = accounts.create_account(form, actor=None, now=now)
        accounts.add_mandate(account, "technicien-departement", HOME, now.date() - timedelta(1), actor=None, now=now)
        return fido.create_security_key(account, serial=f"FIDO-{sigle[0]}", actor=None, now=now)


def register(page, site, token):
    page.goto(f"{site}/cle/{token}")
    page.get_by_role("button", name="Enregistrer ma clé").click()


def enter(page, site, sigle="p.durand"):
    page.goto(f"{site}/connexion/cle-de-securite")
    page.get_by_label("Sigle").fill(sigle)
    page.get_by_role("button", name="Se connecter avec ma clé").click()


def test_a_security_key_is_registered_and_opens_the_door(live, cast, site, browser_page, new_page, axe):
    page = browser_page
    key_id, token = issued(live)
    authenticator(page)
    page.goto(f"{site}/cle/{token}")
    axe(page, "cle-de-securite-activation")
    page.get_by_role("button", name="Enregistrer ma clé").click()
    page.wait_for_url("**/connexion/cle-de-securite")
    assert page.get_by_text("Votre clé est enregistrée").is_visible()
    axe(page, "cle-de-securite-connexion")
    page.set_viewport_size({"width": 320, "height": 700})
    axe(page, "cle-de-securite-connexion-320")
    enter(page, site)
    page.wait_for_url("**/chartes")
    assert page.get_by_text("Paule Durand").first.is_visible()
    live.app.config["GUICHET"] = live.app.config["GUICHET"].model_copy(update={"intranet": ("10.0.0.0/8",)})
    with live.app.app_context():
        key = db.session.get(OtpKey, key_id)
        assert (key.state, key.kind, key.seed) == ("active", "fido2", None) and key.sign_count >= 1
        lines = " ".join(line.details for line in db.session.query(JournalLine))
        assert key.credential_id not in lines and '"way":"fido2"' in lines
    # Another person's sigle with this key: the refusal is the same as for an unknown sigle.
    sentences = set()
    for sigle in ("d1.agent", "personne"):
        enter(page, site, sigle)
        page.get_by_text("Connexion refusée").first.wait_for()
        sentences.add(page.locator(".alert-error").inner_text())
    assert len(sentences) == 1
    # A lost key no longer opens anything.
    with live.app.app_context():
        keys.revoke_key(key_id, lost=True, actor=None, now=datetime.now(UTC))
    enter(page, site)
    page.get_by_text("Connexion refusée").first.wait_for()


def test_a_telephone_alone_becomes_the_key_and_opens_the_door(live, cast, site, browser_page, axe):
    page, now = browser_page, datetime.now(UTC)
    page.set_viewport_size({"width": 360, "height": 740})
    authenticator(page, transport="internal")
    with live.app.app_context():
        keys.return_key(
            db.session.query(OtpKey.id).filter_by(account_id=cast["d1.agent"].account_id).scalar(), actor=None, now=now
        )
        _, token = keys.create_key(cast["d1.agent"].account_id, actor=None, now=now)
    page.goto(f"{site}/cle/{token}")
    axe(page, "passkey-activation-360")
    page.get_by_role("button", name="Utiliser cet appareil").click()
    page.wait_for_url("**/connexion/cle-de-securite")
    # The field takes the focus by itself, but a loaded machine may give it after the page counts as loaded.
    page.locator("[name=sigle]:focus").wait_for()
    page.keyboard.type("d1.agent")
    axe(page, "passkey-connexion-360")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/tickets")


def test_a_key_that_does_not_verify_its_holder_is_not_taken(live, cast, site, browser_page):
    key_id, token = issued(live)
    authenticator(browser_page, verified=False)
    register(browser_page, site, token)
    browser_page.locator("[data-key-message]:not([hidden])").wait_for()
    with live.app.app_context():
        assert db.session.get(OtpKey, key_id).state == "issued"


def test_an_answer_serves_once_and_a_copied_key_is_locked(live, cast, site, browser_page):
    page = browser_page
    key_id, token = issued(live)
    session, device = authenticator(page)
    register(page, site, token)
    page.wait_for_url("**/connexion/cle-de-securite")
    held = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert len(held) == 1
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    enter(page, site)
    page.wait_for_url("**/chartes")
    form = next(request.post_data for request in sent if request.url.endswith("/cle-de-securite"))
    cookies = next(request.all_headers()["cookie"] for request in sent if request.url.endswith("/cle-de-securite"))
    with live.app.app_context():
        before = db.session.query(WebSession).count()
    replayed = page.request.post(
        f"{site}/connexion/cle-de-securite",
        data=form,
        max_redirects=0,
        headers={"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies},
    )
    assert replayed.status in (400, 401)
    with live.app.app_context():
        assert db.session.query(WebSession).count() == before
    # A copy of the key, as it was before that login, in another device: its counter goes back.
    session.send("WebAuthn.removeCredential", {"authenticatorId": device, "credentialId": held[0]["credentialId"]})
    session.send("WebAuthn.addCredential", {"authenticatorId": device, "credential": held[0] | {"signCount": 0}})
    page.context.clear_cookies()
    enter(page, site)
    page.get_by_text("Connexion refusée").first.wait_for()
    with live.app.app_context():
        assert db.session.get(OtpKey, key_id).locked_at is not None
        assert db.session.query(JournalLine).filter_by(event="key.cloned").count() == 1
        assert db.session.query(Letter).filter_by(kind="cloned").count() == 1, "its holder is warned"


def test_without_javascript_the_page_says_what_to_do(live, cast, site, browser):
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(f"{site}/connexion/cle-de-securite")
    assert page.get_by_text("JavaScript est nécessaire ici").is_visible()
    page.get_by_label("Sigle").fill("d1.agent")
    page.get_by_role("button", name="Se connecter avec ma clé").click()
    assert page.get_by_text("ne fonctionne qu’avec JavaScript").is_visible()
    context.close()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/administration/cles/stock", "stock"),
        ("/administration/cles", "a-reprendre"),
        ("/administration/cles/{key}/recu", "recu"),
        ("/administration/cles/{key}/resynchroniser", "resynchroniser-admin"),
        ("/connexion/resynchroniser", "resynchroniser"),
        ("/connexion/oubli", "oubli"),
        ("/connexion/mot-de-passe", "mot-de-passe"),
        ("/compte/code-pin", "code-pin"),
    ],
)
def test_pages_of_keys_are_accessible_and_narrow(live, cast, browser_page, axe, address, name):
    with live.app.app_context():
        key = db.session.query(OtpKey.id).filter_by(account_id=cast["d1.agent"].account_id).scalar()
        if not address.startswith("/connexion"):
            token = new_session(cast["a.admin"])
            browser_page.context.add_cookies([{"name": guards.cookie_name(), "value": token, "url": live.url}])
    browser_page.goto(live.url + address.replace("{key}", str(key)))
    axe(browser_page, f"cles-{name}")
    browser_page.set_viewport_size({"width": 320, "height": 700})
    axe(browser_page, f"cles-{name}-320")


def test_a_security_key_proves_it_again(live, cast, site, browser_page, axe):
    """A security key gives the proof asked before the journal, at both widths; then the page asked for is shown."""
    page, now = browser_page, datetime.now(UTC)
    key_id, token = issued(live)
    authenticator(page)
    register(page, site, token)
    page.wait_for_url("**/connexion/cle-de-securite")
    enter(page, site)
    page.wait_for_url("**/chartes")
    with live.app.app_context():
        account = db.session.get(OtpKey, key_id).account_id
        actor = sessions.actor_of(account, now=now)
        for kind in ("usage", "cle"):
            signing.sign_charter(actor, kind, 1, now=now)
        accounts.add_mandate(
            account, "administrateur", "academie-toulouse", now.date() - timedelta(1), actor=None, now=now
        )
        with writing() as session:
            session.query(MandateRow).filter_by(account_id=account, role="technicien-departement").delete()
            session.query(WebSession).update({"created_at": now - timedelta(minutes=11)})
    page.goto(f"{site}/administration/journal?evenement=charter.signed")
    axe(page, "preuve-cle-de-securite")
    page.set_viewport_size({"width": 320, "height": 700})
    axe(page, "preuve-cle-de-securite-320")
    page.get_by_role("button", name="Confirmer avec ma clé").click()
    page.get_by_role("heading", name="Journal").first.wait_for()
    assert page.url == f"{site}/administration/journal?evenement=charter.signed"
    with live.app.app_context():
        proved = db.session.query(JournalLine).filter_by(event="identity.proved").one()
        assert '"way":"fido2"' in proved.details
