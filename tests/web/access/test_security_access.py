"""Test that known security defects of access stay mended: login, its records in the journal, its error messages."""

from __future__ import annotations

import re

import pytest
from harness import cast as cast_module
from harness.http import csrf, post
from harness.places import ROOT
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from charters.database import db
from charters.keys import otp
from charters.rules import unseal
from charters.tables.access import Account, JournalLine, OtpKey


def enter(app, client, person, **changes):
    from datetime import UTC, datetime

    with app.app_context():
        key = db.session.query(OtpKey).join(Account).filter(Account.sigle == person.sigle).one()
        code = otp.code_at(unseal(key.serial, key.seed), otp.step_at(datetime.now(UTC)))
    return post(client, "/connexion", {"sigle": person.sigle, "pin": person.pin, "code": code} | changes)


@pytest.mark.parametrize("suite", ["//[", "http://[", "//a\u2100b", "//]:x", "/\\["])
def test_an_address_that_cannot_be_parsed_leads_home_and_not_to_a_fault(app, cast, suite):
    client = app.test_client()
    assert client.get("/connexion", query_string={"suite": suite}).status_code == 200
    answer = enter(app, client, cast["c11.cmi"], suite=suite)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/connexion", query_string={"suite": suite}).headers["Location"] == "/"


def test_a_login_over_an_open_session_closes_it_on_the_server(app, cast):
    client, thief = app.test_client(), app.test_client()
    cast_module.log_in(client, cast["c12.cmi"])
    thief.set_cookie("guichet", client.get_cookie("guichet").value)
    assert thief.get("/compte").status_code == 200
    assert enter(app, client, cast["c11.cmi"]).status_code == 303
    assert client.get("/compte").status_code == 200
    assert thief.get("/compte").status_code == 303


def test_a_login_refused_over_an_open_session_leaves_it_open(app, cast):
    client = cast_module.log_in(app.test_client(), cast["c12.cmi"])
    assert enter(app, client, cast["c11.cmi"], pin="wrong").status_code == 401
    assert client.get("/compte").status_code == 200


def test_a_pin_or_code_typed_as_a_sigle_never_reaches_the_journal(app, client, cast):
    for typed in ("493817", "tournesol.27", "c11.cmi"):
        post(client, "/connexion", {"sigle": typed, "pin": "", "code": ""})
    with app.app_context():
        lines = [f"{row.sigle} {row.subject} {row.details}" for row in db.session.query(JournalLine)]
    refused = [line for line in lines if "sigle inconnu" in line]
    assert len(refused) == 2 and any("c11.cmi" in line for line in lines)
    assert not any("493817" in line or "tournesol" in line for line in lines)


def test_a_fault_of_the_database_is_told_without_the_values(any_app):
    with any_app.app_context(), pytest.raises(SQLAlchemyError) as told:
        db.session.execute(text("SELECT 1 FROM no_such_table WHERE a = :pin"), {"pin": "tournesol.27"})
    assert "no_such_table" in str(told.value) and "tournesol" not in str(told.value)


@pytest.mark.parametrize(
    "address",
    [
        "/administration/comptes?q=a%00b",
        "/administration/comptes?apres=%00",
        "/administration/comptes?avant=%00",
        "/administration/journal?evenement=%00",
        "/administration/journal?sigle=%00",
        "/chartes/%00",
        "/chartes/a%00b",
        "/administration/consultation?ticket=%00",
        "/cle/%00",
        "/connexion?suite=%00",
        "/administration/comptes?q=%%0000",
        "/administration/journal?sigle=%%%000000",
    ],
)
def test_a_nul_in_an_address_is_no_fault_of_ours(any_app, client_as, address):
    wanted = (200,) if "?" in address and "/connexion" not in address else (302, 404)
    assert client_as("a.admin").get(address).status_code in wanted


def test_a_nul_in_a_form_s_own_token_or_in_a_charter_is_no_fault_of_ours(any_app, client_as):
    client = client_as("c11.cmi")
    form = {
        "csrf_token": csrf(client),
        "token": "a\x00b",
        "title": "Écran noir",
        "body": "Depuis ce matin.",
        "service": "equipement-bureautique",
        "activity": "mco",
    }
    opened = client.post("/tickets/nouveau", data=form)
    assert opened.status_code == 303
    number = opened.headers["Location"].split("#")[0].rsplit("/", 1)[1]
    comment = {"commenter-texte": "Un mot.", "commenter-visibilite": "public", "token": "\x00c"}
    assert post(client, f"/tickets/{number}/commenter", comment).status_code == 303
    charter = {"etape": "publier", "markdown": "# Charte\n\x00" + "Un texte. " * 40}
    assert post(client_as("a.admin"), "/administration/chartes/usage", charter).status_code in (200, 422)


@pytest.mark.parametrize("version", ["9" * 5000, "9" * 30, "-1", "", "٣"])
def test_a_charter_s_version_that_is_none_is_refused_by_a_sentence(client_as, version):
    answer = post(client_as("x.nosign"), "/chartes/usage", {"accepte": "1", "version": version})
    assert answer.status_code == 422 and "relisez-la avant de signer" in answer.get_data(as_text=True)


def test_the_guide_s_proxy_writes_down_no_address_that_opens_something(app):
    """The guide's relay does not log the links to activate a key or choose a PIN or password: they are secret."""

    guide = (ROOT / "deploy" / "relais" / "nginx.conf").read_text("utf-8")
    kept_out = re.search(r"map \$request_uri \$\w+ \{ ~(\S+) 0; default 1; \}", guide)[1]
    for rule in app.url_map.iter_rules():
        address = re.sub("<[^>]*>", "x", rule.rule)
        assert bool(re.search(kept_out, address)) == ("token" in rule.arguments), rule.rule


def _answer_with(challenge, origin, cose):
    """Return what a security key would send at its activation if its public key were `cose`."""
    import base64
    import hashlib
    import json

    import cbor2

    def sent(content):
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    data = json.dumps({"type": "webauthn.create", "challenge": challenge, "origin": origin}).encode()
    held = hashlib.sha256(b"localhost").digest() + b"\x45\x00\x00\x00\x01" + bytes(16) + b"\x00\x01k" + cose
    attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": held})
    return json.dumps(
        {
            "id": "aw",
            "rawId": "aw",
            "type": "public-key",
            "response": {
                "clientDataJSON": sent(data),
                "attestationObject": sent(attested),
            },
        }
    )


@pytest.mark.parametrize("cose", [b"\x81\x01", b"\x80", b"\xa1\x01\xf6", b"\x81" * 900 + b"\x01"])
def test_a_key_s_answer_that_the_library_trips_over_is_refused_and_no_fault(client, settings, cose):
    asked = client.post("/connexion/cle-de-securite/defi", headers={"X-CSRFToken": csrf(client)}).get_json()
    answer = _answer_with(asked["challenge"], settings.base_url, cose)
    assert post(client, "/cle/of-nobody", {"etape": "cle", "answer": answer}).status_code == 404


@pytest.mark.parametrize("deep", ["[" * 19_000, '{"id":' * 3_000, '{"id": "a", "response": ' + "[" * 15_000])
def test_a_key_s_answer_nested_too_deep_is_refused_and_no_fault(client, deep):
    assert post(client, "/connexion/cle-de-securite", {"sigle": "d1.agent", "answer": deep}).status_code == 401
    assert post(client, "/cle/of-nobody", {"etape": "cle", "answer": deep}).status_code == 404


def test_the_same_answer_of_a_security_key_sent_twice_is_refused_and_locks_nothing(app, cast, monkeypatch):
    """A browser's retry looked like a copied key, because the key's counter had not moved on."""
    from datetime import UTC, datetime

    from charters.entry import fido
    from charters.errors import Refused

    monkeypatch.setattr(fido, "_verified", lambda *_: 5)  # the key's signature holds, with its counter at 5

    def enter_with(challenge):
        return fido.log_in_with_key("c11.cmi", "{}", challenge, zone="internet", now=datetime.now(UTC))

    def locked():
        return db.session.query(OtpKey).join(Account).filter(Account.sigle == "c11.cmi").one().locked_at is not None

    with app.app_context():
        key = db.session.query(OtpKey).join(Account).filter(Account.sigle == "c11.cmi").one()
        key.kind, key.seed, key.credential_id, key.public_key, key.sign_count = "fido2", None, "c", "p", 0
        db.session.commit()
        assert enter_with(b"first")
        with pytest.raises(Refused):
            enter_with(b"first")
        assert not locked()
        with pytest.raises(Refused):  # the same counter for another challenge: another device holds the secret
            enter_with(b"second")
        assert locked()


def test_a_cookie_copied_before_a_change_of_pin_opens_nothing_after_it(app, cast, client_as):
    import base64
    from datetime import UTC, datetime

    client, thief = client_as("d1.agent"), app.test_client()
    thief.set_cookie("guichet", client.get_cookie("guichet").value)
    code = otp.code_at(base64.b32decode(cast["d1.agent"].otp_secret), otp.step_at(datetime.now(UTC)))
    new = "94-mirabelle"
    answer = post(client, "/compte/code-pin", {"current": "73-guichet", "code": code, "pin": new, "pin_again": new})
    assert answer.status_code == 303
    assert client.get("/compte").status_code == 200
    assert thief.get("/compte").status_code == 303


def test_a_cookie_copied_before_a_change_of_password_opens_nothing_after_it(app, cast, client_as):
    from charters.keys import pins

    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"intranet": ("127.0.0.0/8",)})
    client, thief, word = client_as("a.tech"), app.test_client(), "quatre noisettes bleues"
    with app.app_context():
        person = db.session.get(Account, cast["a.tech"].account_id)
        person.password_hash, person.external = pins.hashed("trois tulipes sans eau"), False
        db.session.query(OtpKey).filter(OtpKey.account_id == person.id).update({"state": "returned"})
        db.session.execute(text("UPDATE web_session SET zone = 'intranet'"))
        db.session.commit()
    thief.set_cookie("guichet", client.get_cookie("guichet").value)
    form = {"current": "trois tulipes sans eau", "password": word, "password_again": word}
    assert post(client, "/compte/mot-de-passe", form).status_code == 303
    assert client.get("/compte").status_code == 200
    assert thief.get("/compte").status_code == 303
