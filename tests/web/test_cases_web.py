"""Test WEB-01: headers and cookies on every page, session fixation, replay after logout, CSRF token, harmless GET."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from harness import canaries
from harness import cast as people
from harness.apps import build_app
from harness.http import csrf, post
from harness.world import expanded
from sqlalchemy import select

from charters.database import db
from charters.keys import otp
from charters.rules import unseal
from charters.tables.access import Account, OtpKey, WebSession
from ticketing.web import guards
from ticketing.web.answers import headers

MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'; sandbox"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Tables that a GET may write: who read, when a session was active, what was refused, how often costly pages were got.
TRACES = {"journal_line", "journal_head", "web_session", "rate_count", "reading"}


def one_of_each(world):
    """Return every rule once, with ids that exist."""
    seen = set()
    for rule, address in world.addresses():
        if rule.endpoint not in seen and rule.endpoint != "posters.sheet":
            seen.add(rule.endpoint)
            yield rule, address


def faults(answer, https):
    found = [name for name, value in WANTED.items() if answer.headers.get(name) != value]
    policy = answer.headers.get("Content-Security-Policy")
    mail = answer.request.path in ("/administration/courriels/modeles/html", "/courriels/1")
    if mail and answer.status_code == 200:  # a mail, whose styles stand in its tags: nothing runs in it
        found = [fault for fault in found if fault != "X-Frame-Options"]
        if policy != MAIL_CSP:
            found.append(f"CSP {policy}")
    elif policy not in (CSP, "default-src 'none'; sandbox") and not (
        policy == f"{CSP}; frame-src 'self'" and answer.request.path == "/administration/courriels/modeles"
    ):
        found.append(f"CSP {policy}")
    if https and not answer.headers.get("Strict-Transport-Security", "").startswith("max-age=31536000"):
        found.append("HSTS")
    kept = answer.headers.get("Cache-Control", "")
    static = kept.startswith("public") and "/static/" in answer.request.path
    if kept not in ("no-store", "private, no-cache") and not static:
        found.append(f"Cache-Control {kept}")
    for cookie in answer.headers.getlist("Set-Cookie"):
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        safe = {"httponly", "samesite=lax", "path=/"} | ({"secure"} if https else set())
        if not safe <= flags or any(flag.startswith("domain") for flag in flags):
            found.append(cookie)
        if https and not cookie.startswith("__Host-"):
            found.append(cookie)
    return found


@pytest.mark.parametrize("https", [False, True])
def test_web_01_headers_and_cookies_are_complete_on_every_page_and_every_refusal(world, https):
    if https:
        settings = world.app.config["GUICHET"].model_copy(update={"base_url": "https://guichet.example"})
        world.app = build_app(settings)
    assert "unsafe" not in headers.CSP
    wrong = []
    for sigle in ("a.admin", "x.nosign", "anonymous"):
        client = world.client(sigle)
        base = {"base_url": "https://guichet.example"} if https else {}
        tries = [("GET", address) for _, address in one_of_each(world)]
        tries += [
            ("HEAD", "/tickets"),
            ("OPTIONS", "/tickets"),
            ("PUT", "/tickets"),
            ("DELETE", "/connexion"),
            ("POST", "/connexion"),
            ("GET", "/nulle-part"),
            ("GET", "/%00"),
            ("GET", "/static/rien.css"),
            ("TRACE", "/"),
            ("GET", "//exemple.fr"),
        ]
        for method, address in tries:
            answer = client.open(address, method=method, **base)
            wrong += [(sigle, method, address, fault) for fault in faults(answer, https)]
            answer.close()
    assert not wrong


def test_web_01_a_fault_of_ours_has_the_headers_too(app, client, monkeypatch):
    def broken():
        raise RuntimeError("x")

    monkeypatch.setitem(app.view_functions, "access.login", guards.requires("public")(broken))
    answer = client.get("/connexion")
    assert answer.status_code == 500 and not faults(answer, https=False)


def code_of(app, person):
    with app.app_context():
        key = db.session.scalars(select(OtpKey).join(Account).where(Account.sigle == person.sigle)).one()
        return otp.code_at(unseal(key.serial, key.seed), otp.step_at(datetime.now(UTC)))


def entered(app, client, person):
    answer = post(client, "/connexion", {"sigle": person.sigle, "pin": person.pin, "code": code_of(app, person)})
    assert answer.status_code == 303
    return client.get_cookie("guichet").value


def test_web_01_the_cookie_changes_at_login_whatever_was_planted_before(app, cast):
    client, thief = app.test_client(), app.test_client()
    planted = "planted" + "x" * 36
    client.set_cookie("guichet", planted)
    form = client.get("/connexion") and client.get_cookie("guichet_form").value
    thief.set_cookie("guichet", planted)
    thief.set_cookie("guichet_form", form)
    token = entered(app, client, cast["c11.cmi"])
    assert token != planted and len(token) >= 43
    assert client.get_cookie("guichet_form") is None or client.get_cookie("guichet_form").value != form
    assert thief.get("/compte").status_code == 303, "what was planted opens nothing"
    with app.app_context():
        hashes = set(db.session.scalars(select(WebSession.token_hash)))
        assert token not in hashes, "the database holds a print, not the token"


def test_web_01_a_cookie_replayed_after_logout_is_refused(app, cast):
    client, thief = app.test_client(), app.test_client()
    token = entered(app, client, cast["c11.cmi"])
    form = client.get("/compte") and client.get_cookie("guichet_form")
    thief.set_cookie("guichet", token)
    if form is not None:
        thief.set_cookie("guichet_form", form.value)
    assert thief.get("/compte").status_code == 200
    assert post(client, "/deconnexion").status_code == 303
    for address in ("/compte", "/tickets", "/", "/chartes"):
        assert thief.get(address).headers.get("Location", "").startswith("/connexion"), address
    assert client.get_cookie("guichet") is None


def writing_rules(app):
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods:
            yield rule


def test_web_01_every_writing_address_wants_the_form_s_own_token(world):
    """A missing token, a wrong one or another session's gives 400 before anything else, on every rule with a POST."""
    client, other = world.client("a.admin"), world.client("c11.cmi")
    foreign = csrf(other)
    own = csrf(client)
    # The last character is not changed: two of its six bits are padding, so that a token in sixteen would stay valid.
    forged = own[:-10] + ("y" if own[-10] == "x" else "x") + own[-9:]
    before = sorted(canaries.rows_of(world.app, leaving=TRACES))
    wrong = []
    for rule in writing_rules(world.app):
        values = {name: [1] for name in rule.arguments} | {
            "token": ["x" * 43],
            "slug": ["commenter"],
            "kind": ["usage"],
            "form": ["csv"],
            "step": re.findall(r"any\((\w+)", rule.rule)[:1],
            "convention_id": ["hautes-pyrenees-2015"],
            "service": ["ent"],
            "activity": ["mco"],
            "uuid": ["00000000-0000-4000-8000-000000000000"],
        }
        for address in expanded(rule, values):
            for body in ({}, {"csrf_token": ""}, {"csrf_token": foreign}, {"csrf_token": forged}):
                answer = client.post(address, data=body)
                if answer.status_code != 400 or "formulaire a expiré" not in answer.get_data(as_text=True):
                    wrong.append((address, body, answer.status_code))
            asked = client.post(f"{address}?csrf_token={own}", headers={"Content-Type": "text/plain"})
            if asked.status_code != 400:
                wrong.append((address, "in the address", asked.status_code))
    assert not wrong
    assert sorted(canaries.rows_of(world.app, leaving=TRACES)) == before


def test_web_01_no_page_read_changes_anything(world):
    """GET, HEAD and OPTIONS on every rule, with parameters that look like orders, leave the rows unchanged."""
    reading = {rule.rule for rule in world.app.url_map.iter_rules() if "GET" in rule.methods}
    for sigle in ("a.admin", "c11.cmi", "d1.ref"):
        client = world.client(sigle)
        before = sorted(canaries.rows_of(world.app, leaving=TRACES))
        for _, address in one_of_each(world):
            for method in ("GET", "HEAD"):
                orders = "?etape=envoyer&confirmer=1&supprimer=1&step=confirmer&_method=DELETE&csrf_token=x"
                client.open(address + orders, method=method, headers={"X-HTTP-Method-Override": "DELETE"}).close()
        for rule in writing_rules(world.app):
            if not rule.arguments and rule.rule not in reading:
                assert client.get(rule.rule).status_code in (404, 405), rule.rule
        assert sorted(canaries.rows_of(world.app, leaving=TRACES)) == before


# --- addresses that are written in pages and mails --------------------------------------------------------------


def cookies(client):
    """Return the cookies that the browser would send to the address that it opened, whatever the Host header says."""
    names = ("guichet", "guichet_form")
    return {"Cookie": "; ".join(f"{name}={found.value}" for name in names if (found := client.get_cookie(name)))}


def test_no_link_is_made_of_the_host_header(app, cast):
    """Pages, mails, redirections and links of keys use the configured address or none, never the Host header."""
    hostile = {
        "Host": "pirate.example",
        "X-Forwarded-Host": "pirate.example",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": "host=pirate.example",
        "X-Original-URL": "http://pirate.example/",
    }
    admin = people.log_in(app.test_client(), cast["a.admin"])
    bare = app.test_client(use_cookies=False)  # with cookies, a test client would send none to another host
    said = []
    for address in (
        "/",
        "/tickets",
        "/connexion",
        "/compte",
        "/administration",
        "/administration/comptes",
        "/nulle-part",
        "/qui-fait-quoi",
        "/tickets//1",
        "/tickets/",
        "/qui-fait-quoi/a//b",
        f"/administration/comptes/{cast['c11.cmi'].account_id}",
    ):
        answer = bare.get(address, headers=hostile | cookies(admin))
        assert answer.status_code in (200, 404) or address in ("/", "/connexion")
        said.append(answer.headers.get("Location", "") + answer.get_data(as_text=True))
    anonymous = app.test_client()
    token = csrf(anonymous)
    sent = {"csrf_token": token, "sigle": "c11.cmi"}
    asked = bare.post("/connexion/oubli", data=sent, headers=hostile | cookies(anonymous))
    assert asked.status_code == 200
    with app.app_context():
        from ticketing import jobs

        jobs.run("outbox", datetime.now(UTC))
        folder = app.config["GUICHET"].data_dir / "courriels"
        said += [path.read_text("utf-8", "replace") for path in folder.glob("*")]
        said += [text for _, text in canaries.rows()]
    assert len(said) > 12 and not [text for text in said if "pirate" in text]
    letters = [text for text in said if "Message-ID" in text]
    assert letters and all("http://localhost/" in re.sub(r"=\r?\n", "", text) for text in letters)
