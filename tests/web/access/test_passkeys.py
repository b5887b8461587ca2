"""Test passkeys: the owner of a key for an application makes this device the key; charter 1.1 and 2.2 hold."""

from __future__ import annotations

import html
import re

import pytest
from harness.authenticator import Authenticator
from harness.http import csrf, post

from charters.database import db
from charters.tables.access import Account, OtpKey

SITE = "http://localhost"


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


def key_of(app, account_id, state):
    with app.app_context():
        return db.session.query(OtpKey).filter_by(account_id=account_id, state=state).one_or_none()


@pytest.fixture
def link(app, cast, client_as):
    """Return the activation link of a key for an application that `d1.agent` has just been handed."""
    admin, account = client_as("a.admin"), cast["d1.agent"].account_id
    former = key_of(app, account, "active").id
    post(admin, f"/administration/cles/{former}/restituer")
    handed = text_of(post(admin, f"/administration/comptes/{account}/cles"))
    return re.search(r'value="http://localhost(/cle/[^"]+)"', handed)[1]


def options(client, address, page):
    answer = client.post(address, headers={"X-CSRFToken": csrf(client, page)})
    assert answer.status_code == 200
    return answer.get_json()


def registered(client, link, passkey):
    data = {"etape": "cle", "answer": passkey.create(options(client, f"{link}/defi", link))}
    return client.post(link, data=data | {"csrf_token": csrf(client, link)})


def enter(client, passkey, sigle="d1.agent"):
    answer = passkey.get(options(client, "/connexion/cle-de-securite/defi", "/connexion/cle-de-securite"))
    return post(client, "/connexion/cle-de-securite", {"sigle": sigle, "answer": answer})


@pytest.mark.parametrize("shared", [False, True])
def test_a_device_becomes_the_key_is_handed_over_used_and_returned(app, cast, client_as, link, shared):
    account, client, passkey = cast["d1.agent"].account_id, app.test_client(), Authenticator(SITE, shared=shared)
    page = text_of(client.get(link))
    assert "Utiliser cet appareil" in page and "Afficher le code QR" in page
    wanted = options(client, f"{link}/defi", link)["authenticatorSelection"]
    assert "authenticatorAttachment" not in wanted and wanted["userVerification"] == "required"
    assert registered(client, link, passkey).status_code == 303
    key = key_of(app, account, "active")
    assert (key.kind, key.hardware, key.seed) == ("fido2", False, None) and key.handed_over_on
    assert enter(client, passkey).status_code == 303 and client.get("/compte").status_code == 200
    assert "Passkey n°" in text_of(client.get("/compte"))
    assert client.get(link).status_code == 404, "the link served"
    admin = client_as("a.admin")
    shown = text_of(admin.get(f"/administration/comptes/{account}"))
    assert "passkey" in shown and ("qui la partagent" in shown) == shared
    assert "passkey" in text_of(admin.get(f"/administration/cles/{key.id}/recu"))
    post(admin, f"/administration/cles/{key.id}/restituer")
    assert client.get("/compte").status_code == 303, "returned: its sessions end"
    assert enter(app.test_client(), passkey).status_code == 401, "and what the device kept opens nothing"


def test_security_a_passkey_opens_the_account_of_its_owner_alone(app, link):
    client, passkey = app.test_client(), Authenticator(SITE)
    registered(client, link, passkey)
    assert enter(client, passkey, "d1.ref").status_code == 401
    assert enter(client, Authenticator(SITE)).status_code == 401, "another device"
    elsewhere = Authenticator("http://guichet.pirate.example")
    elsewhere.id, elsewhere._private = passkey.id, passkey._private
    assert enter(client, elsewhere).status_code == 401, "signed for another site"


def test_security_a_seed_that_the_page_has_shown_is_wiped_by_the_passkey(app, cast, link):
    """Both keys of one link would be two keys of one person: codes of the application shown first must not work."""
    client, account = app.test_client(), cast["d1.agent"].account_id
    shown = client.post(link, data={"csrf_token": csrf(client, link), "etape": "afficher"})
    assert "otpauth://totp/" in text_of(shown), "a telephone opens its application without a second device"
    assert key_of(app, account, "issued").seed
    assert registered(client, link, Authenticator(SITE)).status_code == 303
    with app.app_context():
        assert db.session.query(OtpKey).filter(OtpKey.account_id == account, OtpKey.seed.is_not(None)).count() == 0
        assert db.session.get(Account, account) is not None


@pytest.mark.parametrize(
    ("setting", "shared", "status"),
    [("appareil", False, 303), ("appareil", True, 422), ("aucune", False, 404), ("toutes", True, 303)],
)
def test_security_the_academie_says_which_passkeys_it_admits(app, link, setting, shared, status):
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"passkeys": setting})
    client, passkey = app.test_client(), Authenticator(SITE, shared=shared)
    page = text_of(client.get(link))
    assert ("Utiliser cet appareil" in page) == (setting != "aucune")
    if setting == "aucune":
        answer = client.post(f"{link}/defi", headers={"X-CSRFToken": csrf(client, link)})
    else:
        answer = registered(client, link, passkey)
    assert answer.status_code == status
    if status == 422:
        assert "l’académie ne l’admet pas" in text_of(answer) and "Afficher le code QR" in text_of(answer)


@pytest.mark.parametrize("address", ["/connexion", "/connexion/cle-de-securite", "/connexion/oubli"])
def test_the_first_field_takes_the_focus_and_after_a_refusal_the_sentence(client, address):
    assert re.search(r'<input[^>]*name="sigle"[^>]* autofocus', client.get(address).get_data(as_text=True))
    if address == "/connexion":
        refused = post(client, address, {"sigle": "c11.cmi", "pin": "x", "code": "1"}).get_data(as_text=True)
        assert " autofocus" not in refused and "data-focus" in refused
