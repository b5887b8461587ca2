"""Test « Confirmez que c’est bien vous »: which pages ask for a proof, that nothing passes without it or is lost."""

from __future__ import annotations

import base64
import html
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from harness.http import csrf, post
from harness.suppliers import csv, hexed

from charters.database import db, writing
from charters.keys import otp, pins
from charters.tables.access import Account, JournalLine, MandateRow, OtpKey, WebSession

#: Views that must ask: acts on keys, mandates, accounts and collectivités, the journal, personal data, the publication
#: of charters, and the campaign and movements of staff, which give and end mandates.
SENSITIVE = re.compile(
    r"/administration/(comptes|cles|mandats|collectivites|journal|donnees|chartes|campagne|mouvements|signatures)\b"
)
#: Views under the same addresses that need not ask, each with its reason.
EXEMPT = {
    "bringing_people.show": "an empty form",
    "bringing_people.model": "an empty table",
    "bringing_people.send": "it shows what a list would do, and writes nothing: confirming it asks",
    "bringing_people.again": "it leads back to the form",
    "correcting.form": "the form of a correction, which the page of the person, read without it, shows already",
    "people.index": "a list that a référent reads all day",
    "people.new": "an empty form",
    "people.show": "the page of a person: what it does asks",
    "people.organisations": "a list",
    "people.close_session": "closing a session only takes access away, and is urgent",
    "people.close_sessions": "the same, all at once",
    "registers.keys": "a list of serials",
    "stock.index": "a list of serials",
    "stock.receipt": "a page to print, that holds no secret",
    "stock.resync": "an empty form",
    "charters.index": "texts that everyone may read",
    "charters.edit": "a form that begins as the text in force",
    "campaign.index": "how far it is",
    "campaign.paper": "a form",
    "declarations.show": "a form",
    "declarations.handle": "ticking a movement off gives and ends nothing",
    "registers.signed": "a list that a référent reads all day",
    "registers.proof": "one proof, as its signer has it",
}


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


def age(app, sigle, minutes):
    """Make a person's sessions and their proofs older by `minutes`; the sessions stay in use."""
    past = datetime.now(UTC) - timedelta(minutes=minutes)
    with app.app_context(), writing() as session:
        account = session.query(Account).filter_by(sigle=sigle).one()
        session.query(WebSession).filter_by(account_id=account.id).update({"created_at": past, "proved_at": None})


def events(app, name):
    with app.app_context():
        return db.session.query(JournalLine).filter_by(event=name).count()


def otp_code(person):
    return otp.code_at(base64.b32decode(person.otp_secret), otp.step_at(datetime.now(UTC)))


def proof(person, **wrong):
    return {"preuve": "1", "preuve_pin": person.pin, "preuve_code": otp_code(person)} | wrong


def test_what_must_ask_asks(app):
    asking, silent = set(), set()
    for rule in app.url_map.iter_rules():
        if SENSITIVE.match(rule.rule):
            fresh = getattr(app.view_functions[rule.endpoint], "guichet_fresh", False)
            (asking if fresh else silent).add(rule.endpoint)
    assert silent - EXEMPT.keys() == set(), "these act on access or show people, and ask for no proof"
    assert asking >= {
        "people.create",
        "bringing_people.confirm",
        "people.end",
        "people.resume",
        "people.give_mandate",
        "people.end_mandate",
        "people.give_key",
        "people.new_link",
        "people.withdraw_key",
        "people.unlock_key",
        "people.suspend",
        "people.restore",
        "correcting.correct",
        "correcting.refuse",
        "correcting.cancel_mail",
        "stock.bring_in",
        "stock.discard",
        "stock.hand_over",
        "stock.give_security_key",
        "stock.resynchronise",
        "stock.pin_link",
        "stock.password_link",
        "stock.unlock_password",
        "administration.journal_page",
        "administration.verify_journal",
        "charters.publish",
    }


def test_a_login_is_a_proof_for_ten_minutes(app, client_as):
    admin = client_as("a.admin")
    assert admin.get("/administration/journal").status_code == 200
    age(app, "a.admin", 9.9)
    assert admin.get("/administration/journal").status_code == 200
    age(app, "a.admin", 10)
    assert admin.get("/administration/journal").status_code == 401


def test_nothing_is_done_without_it_and_the_form_goes_on_as_typed(app, cast, client_as):
    admin, person = client_as("a.admin"), cast["c12.cmi"]
    age(app, "a.admin", 11)
    address = f"/administration/comptes/{person.account_id}/mandats"
    typed = {"role": "reseau", "scope_id": "victor-hugo-tarbes", "starts_on": "2026-01-05", "ends_on": "2099-06-30"}

    def mandates():
        with app.app_context():
            return db.session.query(MandateRow).filter_by(account_id=person.account_id, role="reseau").all()

    asked = post(admin, address, typed)
    page = text_of(asked)
    assert asked.status_code == 401 and "Confirmez que c’est bien vous" in page and mandates() == []
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert {name: kept[name] for name in typed} == typed and f'action="{address}"' in page
    wrong = post(admin, address, kept | proof(cast["a.admin"], preuve_code="000000"))
    assert wrong.status_code == 401 and mandates() == []
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text_of(wrong)))
    assert "preuve_pin" not in kept and "preuve_code" not in kept
    done = admin.post(address, data=kept | proof(cast["a.admin"]))
    assert done.status_code == 303 and [str(row.ends_on) for row in mandates()] == ["2099-06-30"]
    assert events(app, "identity.proved") == 1
    assert admin.get("/administration/journal").status_code == 200, "one proof serves for ten minutes"


def test_a_page_to_read_comes_after_the_proof(app, cast, client_as):
    admin = client_as("a.admin")
    age(app, "a.admin", 11)
    page = text_of(admin.get("/administration/journal?sigle=c11.cmi"))
    assert 'name="preuve_suite" value="/administration/journal?sigle=c11.cmi"' in page
    answer = post(admin, "/confirmation", proof(cast["a.admin"], preuve_suite="/administration/journal?sigle=c11.cmi"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/administration/journal?sigle=c11.cmi")
    elsewhere = post(admin, "/confirmation", {"preuve_suite": "//ailleurs.example/"})
    assert "ailleurs" not in text_of(elsewhere)


def test_a_proof_is_of_its_session_alone(app, cast, client_as):
    first, second = client_as("a.admin"), client_as("a.admin")
    age(app, "a.admin", 11)
    assert post(first, "/confirmation", proof(cast["a.admin"], preuve_suite="/")).status_code == 303
    assert first.get("/administration/journal").status_code == 200
    assert second.get("/administration/journal").status_code == 401


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"preuve": "1"},
        {"preuve": "1", "preuve_pin": "", "preuve_code": ""},
        {"preuve": "1", "answer": "{}"},
        {"preuve": "1", "preuve_password": "x"},
    ],
)
def test_failures_count_like_those_of_a_login(app, cast, client_as, extra):
    admin, person = client_as("a.admin"), cast["c12.cmi"]
    age(app, "a.admin", 11)
    assert (
        post(admin, f"/administration/comptes/{person.account_id}/fin", {"ends_on": "2020-01-01"} | extra).status_code
        == 401
    )
    with app.app_context():
        key = db.session.query(OtpKey).filter_by(account_id=cast["a.admin"].account_id).one()
        assert key.failures == (1 if extra else 0)
        assert db.session.get(Account, person.account_id).ends_on is None


def test_a_code_that_opened_the_session_proves_nothing_more_and_ten_failures_lock(app, cast):
    client, person = app.test_client(), cast["a.admin"]
    code = otp_code(person)
    entered = client.post(
        "/connexion",
        data={
            "csrf_token": csrf(client),
            "sigle": person.sigle,
            "pin": person.pin,
            "code": code,
        },
    )
    assert entered.status_code == 303
    age(app, "a.admin", 11)
    again = post(client, "/confirmation", {"preuve_pin": person.pin, "preuve_code": code, "preuve_suite": "/"})
    assert again.status_code == 401 and events(app, "login.replayed") == 1
    for _ in range(9):
        with app.app_context(), writing() as session:
            session.query(OtpKey).update({"next_try_at": None})
        post(client, "/confirmation", {"preuve_pin": "faux", "preuve_code": "000000", "preuve_suite": "/"})
    assert events(app, "key.locked") == 1
    right = post(
        client,
        "/confirmation",
        {
            "preuve_pin": person.pin,
            "preuve_suite": "/",
            "preuve_code": otp.code_at(base64.b32decode(person.otp_secret), otp.step_at(datetime.now(UTC)) + 1),
        },
    )
    assert right.status_code == 401


def test_a_file_is_chosen_again_and_nothing_of_it_is_kept(app, cast, client_as):
    admin = client_as("a.admin")
    age(app, "a.admin", 11)
    file = (BytesIO(csv("A-1;" + hexed(1) + ";TOTP")), "cles.csv")
    typed = {"csrf_token": csrf(admin), "secret": "le-secret-du-fournisseur", "file": file}
    answer = admin.post("/administration/cles/stock", data=typed)
    page = text_of(answer)
    assert answer.status_code == 401 and "à choisir de nouveau" in page and "le-secret-du-fournisseur" not in page
    assert 'name="preuve_suite" value="/administration/cles/stock"' in page


def test_staff_without_a_key_prove_it_with_their_password_on_the_intranet(app, cast, client_as):
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"intranet": ("127.0.0.0/8",)})
    with app.app_context(), writing() as session:
        account = session.query(Account).filter_by(sigle="a.admin").one()
        session.query(OtpKey).filter_by(account_id=account.id).update({"state": "returned"})
        account.password_hash = pins.hashed("quatre vélos dans la cour")
    admin = client_as("a.admin")
    with app.app_context(), writing() as session:
        session.query(WebSession).update({"zone": "intranet"})
    age(app, "a.admin", 11)
    assert "Mot de passe" in text_of(admin.get("/administration/journal"))
    wrong = post(admin, "/confirmation", {"preuve_password": "cinq vélos", "preuve_suite": "/administration/journal"})
    assert wrong.status_code == 401
    right = {"preuve_password": "quatre vélos dans la cour", "preuve_suite": "/administration/journal"}
    assert post(admin, "/confirmation", right).headers["Location"] == "/administration/journal"
    assert admin.get("/administration/journal").status_code == 200
    with app.app_context():
        assert db.session.query(Account).filter_by(sigle="a.admin").one().password_failures == 0


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/administration/journal?zone=intranet", "/administration/journal?zone=intranet"),
        ("http://localhost/administration/journal/export", "/"),  # a GET can ask for it, but it is no page
        (
            "https://ailleurs.example/administration/journal",
            "/administration/journal",
        ),  # a page of this site, although the host is another's
        ("https://ailleurs.example//pirate.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\pirate.example", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_one_may_leave_the_proof_for_the_page_one_came_from(app, client_as, referrer, back):
    admin = client_as("a.admin")
    age(app, "a.admin", 20)
    token = csrf(admin)
    asked = admin.post(
        "/administration/journal/export", data={"csrf_token": token, "format": "csv"}, headers={"Referer": referrer}
    )
    assert asked.status_code == 401
    assert f'<a href="{html.escape(back)}">Revenir à la page précédente</a>' in asked.get_data(as_text=True)
    again = admin.post(
        "/administration/journal/export",
        data={
            "csrf_token": token,
            "format": "csv",
            "preuve": "1",
            "preuve_pin": "faux",
            "preuve_code": "000000",
            "preuve_retour": back,
        },
        headers={"Referer": "http://localhost/administration/journal/export"},
    )
    assert again.status_code == 401 and f'<a href="{html.escape(back)}">' in again.get_data(as_text=True)


# --- the faults of a form come before the proof ---------------------------------------------------------------------


def test_the_faults_of_a_form_are_shown_before_a_proof_is_asked_for(app, cast, client_as):
    """A proof was asked for a form that could not pass: a code was spent to read that a field was empty."""
    admin, person = client_as("a.admin"), cast["c12.cmi"]
    age(app, "a.admin", 11)
    address = f"/administration/comptes/{person.account_id}/mandats"
    faulty = post(admin, address, {"role": "reseau", "scope_id": "victor-hugo-tarbes", "starts_on": "hier"})
    assert faulty.status_code == 422 and "Confirmez que c’est bien vous" not in text_of(faulty)
    assert 'value="hier"' in text_of(faulty)


def test_a_refusal_by_redirection_comes_before_the_proof_too(app, cast, client_as):
    admin, person = client_as("a.admin"), cast["c12.cmi"]  # who has a key already
    age(app, "a.admin", 11)
    refused = post(admin, f"/administration/comptes/{person.account_id}/cles", {})
    assert refused.status_code == 303
    assert "Cette personne a déjà une clé" in text_of(admin.get(refused.headers["Location"]))


def test_what_would_be_committed_waits_for_the_proof_and_says_nothing_yet(app, cast, client_as):
    """The view runs to the end of its act before the proof: no row, no line of the journal and no message stays."""
    admin, person = client_as("a.admin"), cast["c12.cmi"]
    age(app, "a.admin", 11)
    with app.app_context():
        key_id = db.session.query(OtpKey).filter_by(account_id=person.account_id, state="active").one().id
        lines = db.session.query(JournalLine).count()
    asked = post(admin, f"/administration/cles/{key_id}/perdue", {})
    assert asked.status_code == 401 and "n’est plus en service" not in text_of(asked)
    with app.app_context():
        assert db.session.get(OtpKey, key_id).state == "active"
        assert db.session.query(JournalLine).count() == lines
    done = admin.post(
        f"/administration/cles/{key_id}/perdue", data={"csrf_token": csrf(admin)} | proof(cast["a.admin"])
    )
    assert done.status_code == 303
    with app.app_context():
        assert db.session.get(OtpKey, key_id).state == "lost"


def test_security_no_view_that_shows_what_a_proof_protects_runs_before_it(app):
    """A refused form shows its page again: where reading that page asks for a proof, the form must ask first."""
    once_valid, reading = set(), set()
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        room = rule.endpoint.partition(".")[0]
        if getattr(view, "guichet_fresh_once_valid", False):
            once_valid.add(room)
        elif getattr(view, "guichet_fresh", False) and "GET" in rule.methods:
            reading.add(room)
    assert once_valid & reading <= {"campaign"}, "its file is no page, and no form shows it"
    assert {"people", "stock", "exchanges"} <= once_valid and {"administration", "personal_data"} <= reading
