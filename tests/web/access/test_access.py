"""Test the pages of access: login, charters before any other page, mandates, activation of a key, own account."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from harness.http import csrf, post

from charters.database import db
from charters.entry import sessions
from charters.keys import keys, otp
from charters.people import accounts
from charters.signing import signing
from charters.tables.access import Account, JournalLine, OtpKey
from ticketing.web import guards


def codes(app, sigle, now=None):
    """Return the code of a person's key now; the demonstration's own function is refused here, as it must be."""
    from sqlalchemy import select

    from charters.rules import unseal

    with app.app_context():
        key = db.session.scalar(select(OtpKey).join(Account).where(Account.sigle == sigle, OtpKey.state == "active"))
        seed = unseal(key.serial, key.seed)
    return otp.code_at(seed, otp.step_at(now or datetime.now(UTC)))


def events(app, event):
    with app.app_context():
        return [line.subject for line in db.session.query(JournalLine).filter_by(event=event).order_by("number")]


def log_in(client, app, person, **changes):
    right = {"sigle": person.sigle, "pin": person.pin, "code": codes(app, person.sigle)}
    return post(client, "/connexion", right | changes)


def test_the_right_three_things_open_a_session_and_the_wanted_page(app, client, cast):
    answer = log_in(client, app, cast["c11.cmi"], suite="/compte")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/compte")
    cookie = client.get_cookie("guichet")
    assert cookie.http_only and cookie.same_site == "Lax"
    page = client.get("/compte").get_data(as_text=True)
    assert "Thomas Escalère" in page and "data-session-ends=" in page


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "compte",
        "/connexion?x=1",
    ],
)
def test_a_login_never_sends_to_another_site(app, client, cast, elsewhere):
    assert log_in(client, app, cast["c11.cmi"], suite=elsewhere).headers["Location"] == "/"


def test_aut_09_every_refusal_is_the_same_page(app, client, cast):
    def refused(**changes):
        answer = post(client, "/connexion", {"sigle": "c11.cmi", "pin": "nope", "code": "000000"} | changes)
        return answer.status_code, re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))

    known = refused()
    assert known[0] == 401 and "Connexion refusée" in known[1]
    for sigle in ("personne", "x.fin", "x.susp", "", "é" * 50, "'; drop table account; --", "\x00"):
        assert refused(sigle=sigle) == known


def test_aut_02_a_code_works_once_in_the_same_and_in_another_browser(app, cast):
    person, first = cast["c11.cmi"], app.test_client()
    code = codes(app, person.sigle)
    assert log_in(first, app, person, code=code).status_code == 303
    post(first, "/deconnexion")
    for client in (first, app.test_client()):
        assert log_in(client, app, person, code=code).status_code == 401
    assert events(app, "login.replayed") == [person.sigle] * 2


def test_the_holder_is_told_of_failures_before_a_login(app, client, cast):
    post(client, "/connexion", {"sigle": "c11.cmi", "pin": "wrong", "code": "000000"})
    log_in(client, app, cast["c11.cmi"])
    assert "une tentative a échoué" in client.get("/compte").get_data(as_text=True)


def test_logging_out_kills_the_cookie_for_good(app, client_as):
    client = client_as("c11.cmi")
    token = client.get_cookie("guichet").value
    assert client.get("/compte").status_code == 200
    assert post(client, "/deconnexion").status_code == 303
    client.set_cookie("guichet", token)
    answer = client.get("/compte")
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/connexion")


def test_logging_out_by_get_changes_nothing(client_as):
    client = client_as("c11.cmi")
    assert client.get("/deconnexion").status_code == 405
    assert client.get("/compte").status_code == 200


def test_the_stranger_is_led_to_the_login_and_back(client):
    location = client.get("/compte?x=1").headers["Location"]
    assert urlsplit(location).path == "/connexion" and "suite=%2Fcompte%3Fx%3D1" in location
    assert 'value="/compte?x=1"' in client.get(location).get_data(as_text=True)


@pytest.mark.parametrize(("sigle", "enters"), [("x.nosign", False), ("x.half", False), ("d1.agent", True)])
def test_cha_01_only_who_signed_both_charters_enters(client_as, sigle, enters):
    client = client_as(sigle)
    for address in ("/qui-fait-quoi", "/administration/comptes", "/mandat"):
        answer = post(client, address, {"mandate": "1"}) if address == "/mandat" else client.get(address)
        stopped = answer.status_code == 303 and answer.headers["Location"].endswith("/chartes")
        assert stopped is not enters, address


def test_cha_01_signing_both_opens_the_door_and_keeps_the_proof(app, client_as):
    client = client_as("x.nosign")
    page = client.get("/chartes").get_data(as_text=True)
    assert page.count("À signer") == 2
    assert post(client, "/chartes/usage", {"version": "1"}).status_code == 422  # the box is not ticked
    first = post(client, "/chartes/usage", {"version": "1", "accepte": "1"})
    assert first.headers["Location"].endswith("/chartes/cle")
    assert client.get("/qui-fait-quoi").headers["Location"].endswith("/chartes")
    assert post(client, "/chartes/cle", {"version": "1", "accepte": "1"}).headers["Location"] == "/"
    shown = client.get("/chartes/usage").get_data(as_text=True)
    with app.app_context():
        text = signing.charter("usage")
    assert text.sha256 in shown and "Votre signature" in shown
    assert client.get("/administration/comptes").status_code == 404  # logged in, within the mandate only


def test_a_version_that_is_not_the_shown_one_is_not_signed(client_as):
    client = client_as("x.nosign")
    for version in ("0", "2", "", "²", "abc", "1e3"):
        answer = post(client, "/chartes/usage", {"version": version, "accepte": "1"})
        assert answer.status_code == 422 and "relisez-la" in answer.get_data(as_text=True)


def test_a_new_version_closes_the_gate_until_signed(app, client_as):
    client = client_as("d1.agent")
    assert client.get("/compte").status_code == 200
    with app.app_context():
        signing.publish_charter("usage", "# Charte\n\n" + "Un texte nouveau. " * 30, actor=None, now=datetime.now(UTC))
    assert client.get("/qui-fait-quoi").headers["Location"].endswith("/chartes")
    post(client, "/chartes/usage", {"version": "2", "accepte": "1"})
    assert client.get("/qui-fait-quoi").headers.get("Location", "") != "/chartes"


def test_staff_of_the_education_nationale_sign_the_key_charter_alone(client_as):
    page = client_as("c11.cmi").get("/chartes").get_data(as_text=True)
    assert "Facultative pour vous" in page and "À signer" not in page


def test_a_charter_is_text_and_never_markup(app, client_as):
    with app.app_context():
        signing.publish_charter(
            "usage",
            "# T\n\n<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> " + "mot " * 60,
            actor=None,
            now=datetime.now(UTC),
        )
    page = client_as("c11.cmi").get("/chartes/usage").get_data(as_text=True)
    assert "<script>alert" not in page and "<img src=x" not in page and 'href="javascript' not in page


def test_an_unknown_charter_is_not_found(client_as):
    assert client_as("c11.cmi").get("/chartes/autre").status_code == 404


def test_one_mandate_is_active_and_changed_in_one_click(app, client_as, cast):
    now = datetime.now(UTC)
    with app.app_context():
        accounts.add_mandate(
            cast["c11.cmi"].account_id, "cmi", "victor-hugo-tarbes", now.date() - timedelta(1), actor=None, now=now
        )
        foreign = sessions.actor_of(cast["c12.cmi"].account_id, now=now).mandate.id
    client = client_as("c11.cmi")
    page = client.get("/compte").get_data(as_text=True)
    other = re.search(r'name="mandate" value="(\d+)"', page)[1]
    assert post(client, "/mandat", {"mandate": other}).status_code == 303
    with app.app_context():
        actor = sessions.actor_of(cast["c11.cmi"].account_id, now=now)
        assert actor.mandate.scope_id == "victor-hugo-tarbes"
    for wrong in (str(foreign), "0", "", "abc", "9" * 30, "²"):
        assert post(client, "/mandat", {"mandate": wrong}).status_code == 404


def test_every_refusal_leaves_one_line(app, client_as):
    client = client_as("c11.cmi")
    client.get("/administration/comptes")
    client.get("/administration/comptes/1")
    client.get("/nulle-part")  # no such address exists, so nothing was refused
    assert events(app, "access.refused") == ["/administration/comptes", "/administration/comptes/1"]


def test_a_session_is_closed_by_its_owner_alone(app, client_as):
    mine, other = client_as("c11.cmi"), client_as("c12.cmi")
    number = re.search(r"/compte/sessions/(\d+)/fermer", other.get("/compte").get_data(as_text=True))[1]
    assert post(mine, f"/compte/sessions/{number}/fermer").status_code == 404
    assert other.get("/compte").status_code == 200
    assert post(other, f"/compte/sessions/{number}/fermer").status_code == 303
    assert other.get("/compte").status_code == 303


def test_a_key_is_enrolled_by_its_holder(app, client):
    now = datetime.now(UTC)
    form = accounts.AccountForm("p.durand", "Durand", "Paule", "Société", "p@guichet.example", "Agent", "x", True)
    with app.app_context():
        signing.publish_shipped_charters(now)
        account = accounts.create_account(form, actor=None, now=now)
        _, token = keys.create_key(account, actor=None, now=now)
    address = f"/cle/{token}"
    with app.app_context():
        assert db.session.query(OtpKey).one().seed is None
    assert "data:image" not in client.get(address).get_data(as_text=True)  # a GET shows nothing
    page = client.post(address, data={"csrf_token": csrf(client, address), "etape": "afficher"}).get_data(as_text=True)
    assert "data:image/svg+xml" in page
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    import base64

    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    code = otp.code_at(seed, otp.step_at(now))
    token_field = csrf(client, address)
    pin = "vélo-97-bleu"
    good = {"csrf_token": token_field, "etape": "activer", "pin": pin, "pin_again": pin, "code": code}
    for change, words in (
        ({"pin": "123456"}, "trop facile"),
        ({"pin": "12"}, "6 caractères au moins"),
        ({"pin_again": "x"}, "pas les mêmes"),
        ({"code": "000000"}, "celui que l’application affiche"),
        ({"code": ""}, "celui que l’application affiche"),
    ):
        answer = client.post(address, data=good | change)
        shown = answer.get_data(as_text=True)
        assert answer.status_code == 422 and words in shown and secret not in shown.replace(" ", "")
    assert client.post(address, data=good).headers["Location"] == "/connexion"
    assert client.get(address).status_code == 404  # the link serves only once
    replay = {"sigle": "p.durand", "pin": "vélo-97-bleu", "code": code}
    assert post(client, "/connexion", replay).status_code == 401  # the first code is used
    after = otp.code_at(seed, otp.step_at(now) + 1)
    assert post(client, "/connexion", replay | {"code": after}).status_code == 303


@pytest.mark.parametrize("token", ["x", "é", "a" * 5000, "%00"])
def test_a_dead_link_says_so(client, token):
    answer = client.get(f"/cle/{token}")
    assert answer.status_code == 404
    assert client.post(f"/cle/{token}", data={"csrf_token": csrf(client), "etape": "afficher"}).status_code == 404


def test_forms_without_their_token_are_refused(app, client, client_as):
    assert client.post("/connexion", data={"sigle": "c11.cmi"}).status_code == 400
    inside = client_as("c11.cmi")
    for address in ("/deconnexion", "/mandat", "/chartes/cle", "/compte/sessions/1/fermer"):
        assert inside.post(address).status_code == 400
    assert inside.get("/compte").status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "zone"),
    [
        ("10.1.2.3", "", 0, "intranet"),
        ("192.0.2.1", "", 0, "internet"),
        ("192.0.2.1", "10.1.2.3", 0, "internet"),  # a header that no proxy vouches for
        ("127.0.0.1", "10.1.2.3", 1, "intranet"),
        ("127.0.0.1", "10.1.2.3, 192.0.2.1", 1, "internet"),  # the client wrote the first address
        ("127.0.0.1", "192.0.2.9, 10.1.2.3, 127.0.0.2", 2, "intranet"),
        ("10.1.2.3", "", 1, "internet"),  # the request did not come through the proxy
        ("127.0.0.1", "10.1.2.3", 2, "internet"),
        ("127.0.0.1", "n'importe quoi", 1, "internet"),
        ("", "", 0, "internet"),
        ("::ffff:10.1.2.3", "", 0, "intranet"),
        ("fd00::1", "", 0, "internet"),
    ],
)
def test_the_zone_comes_from_the_socket_or_from_our_own_proxies(peer, forwarded, proxies, zone):
    assert guards.zone_of(peer, forwarded, proxies, ("10.0.0.0/8",)) == zone


def test_without_an_intranet_everyone_is_on_the_internet():
    assert guards.zone_of("10.1.2.3", "", 0, ()) == "internet"


def test_an_ordinary_page_costs_one_query_of_access(client_as, queries_of):
    client = client_as("c11.cmi")
    client.get("/chartes")
    with queries_of() as seen:
        client.get("/chartes")
    assert len([one for one in seen if "web_session" in one]) == 1
    assert len(seen) <= 8


def test_a_mail_s_link_leads_to_its_step_after_a_login(client, app, cast):
    """« Confirmer » opened the ticket at its top: a form drops what follows « # »."""
    answer = log_in(client, app, cast["c11.cmi"], suite="/tickets/12?etape=confirmer")
    assert answer.headers["Location"] == "/tickets/12?etape=confirmer#etape-confirmer"
