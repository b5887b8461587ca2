"""Test the login by the académie's identity, against a provider on a real port: it says who, the mandate says what."""

from __future__ import annotations

import base64
import html
import json
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from harness.http import csrf, post
from harness.openid_provider import CLIENT, SECRET, providing
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from charters.database import db, writing
from charters.entry import openid
from charters.errors import Refused
from charters.people import accounts
from charters.tables.access import Account, JournalLine, OtpKey, WebSession
from charters.tables.keys import Letter

OTHER_KEY = RSAKey.generate_key(2048, {"kid": "ailleurs"}, auto_kid=False)


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


def set_up(app, **values):
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update=values)


@pytest.fixture
def provider(app, cast):
    """Return a provider that this application knows; `a.tech` has no key, and everybody comes from the intranet."""
    with providing() as made:
        set_up(
            app,
            oidc_issuer=made.url,
            oidc_client_id=CLIENT,
            oidc_client_secret=SECRET,
            intranet=("127.0.0.0/8",),
        )
        with app.app_context(), writing() as session:
            session.query(OtpKey).filter_by(account_id=cast["a.tech"].account_id).update({"state": "returned"})
        made.person = {"sub": "agent-1", "email": cast["a.tech"].email.upper()}
        yield made


def through(client, start="/connexion/academie"):
    """Follow a login as a browser does, through the provider; return the address by which it comes back."""
    sent = client.get(start)
    assert sent.status_code == 303, text_of(sent)

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(Stay).open(sent.headers["Location"], timeout=60)
    except urllib.error.HTTPError as answer:
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"
    raise AssertionError("the provider did not send back")


def enter(client, start="/connexion/academie"):
    return client.get(through(client, start))


def reasons(app):
    with app.app_context():
        lines = db.session.query(JournalLine).filter_by(event="login.refused").order_by(JournalLine.number)
        return [json.loads(line.details)["reason"] for line in lines]


def test_an_agent_enters_by_the_academie_s_identity(app, client, cast, provider):
    assert "Entrer par l’identité académique" in text_of(client.get("/connexion"))
    answer = enter(client, "/connexion/academie?suite=/compte")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/compte")
    assert cast["a.tech"].sigle in text_of(client.get("/compte"))
    asked = provider.asked[0]
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256" and asked["nonce"]
    assert asked["redirect_uri"] == "http://localhost/connexion/academie/retour" and asked["scope"] == "openid email"
    with app.app_context():
        account = db.session.query(Account).filter_by(sigle="a.tech").one()
        assert len(account.identity_mark) == 64 and "agent-1" not in account.identity_mark
        assert db.session.query(Letter).filter_by(kind="identity-bound").count() == 1
        events = [line.event for line in db.session.query(JournalLine)]
        details = [line.details for line in db.session.query(JournalLine).filter_by(event="login.accepted")]
    assert "identity.bound" in events and details == ['{"way":"identity"}']
    assert enter(app.test_client()).status_code == 303, "the second time too, and the keys are read once"
    assert provider.keys_read == 1


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("signed", [False, True])
def test_the_provider_may_sign_what_it_tells_and_ask_for_the_secret_in_two_ways(client, provider, method, signed):
    provider.auth_methods, provider.signed_user_info = [method], signed
    assert enter(client).status_code == 303


@pytest.mark.parametrize(("kind", "size"), [("RSA", 2048), ("EC", "P-256"), ("EC", "P-384")])
def test_a_private_key_stands_for_the_secret_and_never_leaves(app, client, provider, kind, size):
    key = (RSAKey if kind == "RSA" else ECKey).generate_key(size)
    provider.auth_methods = ["private_key_jwt"]
    provider.client_key = type(key).import_key(key.as_pem(private=False))
    set_up(app, oidc_client_secret=key.as_pem(private=True).decode())
    assert enter(client).status_code == 303
    assert enter(app.test_client()).status_code == 303 and len(set(provider.assertions)) == 2, "each serves once"
    set_up(app, oidc_client_secret=RSAKey.generate_key(2048).as_pem(private=True).decode())
    refused = enter(app.test_client())
    assert refused.status_code != 303 and "PRIVATE KEY" not in text_of(refused)


def test_a_provider_that_changes_its_keys_is_followed(app, client, provider):
    assert enter(client).status_code == 303
    provider.rotate()
    assert enter(app.test_client()).status_code == 303


def unsigned(claims):
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


FORGED = {
    "nobody signed it": unsigned,
    "another key signed it": lambda claims: jwt.encode({"alg": "RS256", "kid": "ailleurs"}, claims, OTHER_KEY),
    "the client's secret signed it": lambda claims: jwt.encode(
        {"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"]
    ),
    "it is no token": lambda claims: "ceci n’est pas un jeton",
}
ALTERED = {
    "another issuer": {"iss": "https://ailleurs.example"},
    "for another client": {"aud": "autre"},
    "for several, of which another asked": {"aud": [CLIENT, "autre"], "azp": "autre"},
    "of another login": {"nonce": "autre"},
    "without a nonce": {"nonce": None},
    "over for long": {"iat": int(time.time()) - 900, "exp": int(time.time()) - 600},
    "of nobody": {"sub": None},
}


@pytest.mark.parametrize("case", FORGED)
def test_security_a_token_that_the_provider_did_not_sign_opens_nothing(app, client, provider, case):
    provider.forge = FORGED[case]
    answer = enter(client)
    assert answer.status_code == 401 and "n’a pas permis d’entrer" in text_of(answer)
    with app.app_context():
        assert db.session.query(WebSession).count() == 0


@pytest.mark.parametrize("case", ALTERED)
def test_security_a_token_for_another_login_opens_nothing(app, client, provider, case):
    def alter(claims):
        return {name: value for name, value in (claims | ALTERED[case]).items() if value is not None}

    provider.alter = alter
    assert enter(client).status_code == 401
    with app.app_context():
        assert db.session.query(WebSession).count() == 0


def test_security_an_answer_is_for_the_browser_that_asked_and_serves_once(app, client, provider):
    back = through(client)
    assert app.test_client().get(back).status_code == 401, "another browser: somebody's own answer forced on a victim"
    assert client.get(back.replace("state=", "state=x")).status_code == 401
    assert client.get(back).status_code == 401, "what was tried once is spent"
    fresh = through(client)
    assert client.get(fresh).status_code == 303
    assert client.get(fresh).status_code == 401
    late = through(client)
    with client.session_transaction() as kept:
        kept["academie"][0]["at"] -= 601
        kept.modified = True
    assert client.get(late).status_code == 401, "ten minutes, and no more"


def test_security_the_answer_of_another_provider_is_refused(client, provider):
    back = through(client)
    assert client.get(back.replace("iss=", "iss=https%3A%2F%2Failleurs.example&x=")).status_code == 401


def test_security_a_provider_that_names_itself_is_not_believed_without_its_name(client, provider, monkeypatch):
    """RFC 9207, 2.4."""
    read = openid._Provider.metadata
    named = {"authorization_response_iss_parameter_supported": True}
    monkeypatch.setattr(openid._Provider, "metadata", lambda self: read(self) | named)
    assert client.get(through(client).replace("iss=", "x=")).status_code == 401
    assert client.get(through(client)).status_code == 303


def test_security_no_role_comes_from_a_claim(app, client, cast, provider):
    provider.person |= {"roles": ["administrateur"], "groups": ["admin"], "sigle": "a.admin", "is_admin": True}
    provider.alter = lambda claims: claims | {"roles": ["administrateur"], "amr": ["mfa"]}
    assert enter(client).status_code == 303
    assert client.get("/administration/comptes").status_code == 404
    with app.app_context(), writing() as session:
        session.execute(
            db.text("UPDATE mandate SET ends_on = '2020-01-01' WHERE account_id = :id"),
            {"id": cast["a.tech"].account_id},
        )
    assert "aucun mandat" in text_of(client.get("/compte")), "and without a mandate nothing is visible"


def test_security_an_address_given_to_somebody_else_opens_nothing(app, client, provider):
    """The provider's own id of the person counts once it is bound: the mail may pass to a homonym who comes after."""
    assert enter(client).status_code == 303
    provider.person = {"sub": "agent-2", "email": provider.person["email"]}
    answer = enter(app.test_client())
    assert answer.status_code == 401 and reasons(app) == ["other"]
    provider.person = {"sub": "agent-1", "email": "nouvelle@adresse.example"}
    assert enter(app.test_client()).status_code == 303, "and who changes of address stays who it is"


def test_an_administrator_unbinds_an_identity(app, client, client_as, cast, provider):
    enter(client)
    admin, account = client_as("a.admin"), cast["a.tech"].account_id
    with app.app_context(), writing() as session:
        session.query(WebSession).filter_by(account_id=cast["a.admin"].account_id).update({"zone": "intranet"})
    assert "Identité académique" in text_of(admin.get(f"/administration/comptes/{account}"))
    assert post(admin, f"/administration/comptes/{account}/identite").status_code == 303
    assert client.get("/compte").status_code == 303, "its sessions end"
    provider.person = {"sub": "agent-2", "email": provider.person["email"]}
    assert enter(app.test_client()).status_code == 303
    assert post(admin, f"/administration/comptes/{cast['c11.cmi'].account_id}/identite").status_code == 404


def test_security_an_unverified_mail_binds_nothing(app, client, provider):
    provider.person["email_verified"] = False
    assert enter(client).status_code == 401 and reasons(app) == ["unknown"]


def test_security_external_people_ended_suspended_and_unknown_get_nothing(app, client, cast, provider):
    def refused(mail, subject):
        provider.person = {"sub": subject, "email": mail}
        answer = enter(app.test_client())
        assert answer.status_code == 401
        return text_of(answer).split("<main")[1].split('name="csrf_token"')[0]

    pages = {
        refused(cast["d1.agent"].email, "externe"),
        refused("personne@guichet.example", "inconnu"),
        refused("", "sans adresse"),
    }
    with app.app_context(), writing() as session:
        account = session.query(Account).filter_by(sigle="a.tech").one()
        account.ends_on = datetime.now(UTC).date() - timedelta(days=2)
    pages.add(refused(cast["a.tech"].email, "parti"))
    with app.app_context(), writing() as session:
        session.query(Account).filter_by(sigle="a.tech").one().ends_on = None
    with app.app_context():
        organisation = db.session.query(Account.organisation).filter_by(sigle="a.tech").scalar()
        accounts.suspend_organisation(organisation, "Article VIII", actor=None, now=datetime.now(UTC))
    pages.add(refused(cast["a.tech"].email, "suspendu"))
    assert len(pages) == 1, "one sentence for all"
    assert reasons(app) == ["unknown", "unknown", "unknown", "ended", "suspended"]
    with app.app_context():
        assert db.session.query(Account).filter(Account.identity_mark.is_not(None)).count() == 0


def test_cha_01_the_charters_still_come_first(app, client, provider):
    set_up(app, usage_charter_for_staff=True)
    with app.app_context(), writing() as session:
        session.execute(db.text("DELETE FROM signature WHERE sigle = 'a.tech'"))
    assert enter(client).status_code == 303
    answer = client.get("/tickets")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/chartes")


def test_cha_03_from_the_internet_the_identity_must_be_as_strong_as_a_key(app, client, cast, provider):
    set_up(app, intranet=())
    assert enter(client).status_code == 401
    set_up(app, oidc_acr=("eidas2", "eidas3"))
    assert enter(app.test_client()).status_code == 303
    assert provider.asked[-1]["acr_values"] == "eidas2 eidas3"
    provider.acr = "eidas1"
    assert enter(app.test_client()).status_code == 401
    assert reasons(app) == ["zone", "zone"]


def test_security_a_weak_identity_does_not_get_round_a_key(app, client, cast, provider):
    provider.person = {"sub": "agent-3", "email": cast["a.admin"].email}
    assert enter(client).status_code == 401 and reasons(app) == ["has_key"]
    set_up(app, oidc_acr=("eidas2",))
    assert enter(app.test_client()).status_code == 303
    with app.app_context(), writing() as session:
        session.query(OtpKey).filter_by(account_id=cast["a.admin"].account_id).update({"locked_at": datetime.now(UTC)})
    assert enter(app.test_client()).status_code == 401, "locked: the académie alone unlocks"


def test_logging_out_ends_the_academie_s_session_too(app, client, provider):
    enter(client)
    left = post(client, "/deconnexion")
    page = text_of(left)
    address = page.split('http-equiv="refresh" content="0; url=')[1].split('"')[0]
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{provider.url}/end_session?")
    assert asked["post_logout_redirect_uri"] == ["http://localhost/connexion/academie/sortie"]
    assert len(asked["id_token_hint"][0].split(".")) == 3
    assert client.get("/compte").status_code == 303
    forged = client.get("/connexion/academie/sortie?state=autre", follow_redirects=True)
    assert "aussi" not in text_of(forged).split("<main")[1].split("<form")[0]
    with app.app_context():
        assert db.session.query(WebSession).filter(WebSession.identity_token.is_not(None)).count() == 0


def test_the_academie_sends_back_after_the_logout(app, client, provider):
    enter(client)
    page = text_of(post(client, "/deconnexion"))
    state = parse_qs(urlsplit(page.split('content="0; url=')[1].split('"')[0]).query)["state"][0]
    back = client.get(f"/connexion/academie/sortie?state={state}", follow_redirects=True)
    assert "de l’identité académique aussi" in text_of(back)


def aged(app, minutes=11):
    past = datetime.now(UTC) - timedelta(minutes=minutes)
    with app.app_context(), writing() as session:
        session.query(WebSession).update({"created_at": past, "proved_at": None})


def test_who_has_no_key_proves_it_again_by_the_academie(app, client, provider):
    enter(client)
    aged(app)
    asked = post(client, "/compte/donnees")
    assert asked.status_code == 401 and "/connexion/academie/preuve" in text_of(asked)
    early = client.post("/compte/donnees", data={"csrf_token": csrf(client), "preuve": "1"})
    assert early.status_code == 401 and "n’a pas encore confirmé" in text_of(early)
    proved = enter(client, "/connexion/academie/preuve")
    assert proved.status_code == 200 and "revenez à celui où vous étiez" in text_of(proved)
    assert provider.asked[-1]["prompt"] == "login" and provider.asked[-1]["max_age"] == "0"
    assert client.post("/compte/donnees", data={"csrf_token": csrf(client), "preuve": "1"}).status_code == 200


@pytest.mark.parametrize("case", ["somebody else", "not asked again"])
def test_security_a_proof_is_by_the_same_person_and_of_now(app, client, provider, case):
    enter(client)
    aged(app)
    if case == "somebody else":
        provider.person = {"sub": "agent-9", "email": provider.person["email"]}
    else:
        provider.alter = lambda claims: claims | {"auth_time": int(time.time()) - 3600}
    assert enter(client, "/connexion/academie/preuve").status_code == 401
    assert post(client, "/compte/donnees").status_code == 401


def test_a_provider_that_does_not_answer_is_said_and_keys_still_work(app, client, cast, provider):
    set_up(app, oidc_issuer="http://127.0.0.1:9")
    answer = client.get("/connexion/academie")
    assert answer.status_code == 401 and "ne répond pas pour l’instant" in text_of(answer)
    assert 'name="code"' in text_of(answer)


def test_security_a_provider_that_is_silent_holds_up_one_request_and_no_more(app, client, cast, provider, monkeypatch):
    """Anybody may ask for this page: each request waited five seconds, one after another, until no thread was left."""
    asked = []

    def silent(address, *_):
        asked.append(address)
        raise Refused(openid.SILENT)

    set_up(app, oidc_issuer="http://127.0.0.1:8")
    monkeypatch.setattr(openid, "_fetched", silent)
    for _ in range(5):
        assert client.get("/connexion/academie").status_code == 401
    assert len(asked) == 1


@pytest.mark.parametrize("said", [b"", b"<html>", b"[]", b"{}", b"\xff", b'{"issuer": 3}'])
@pytest.mark.parametrize("of", ["/.well-known/openid-configuration", "/token", "/jwks", "/userinfo"])
def test_a_provider_that_answers_anything_is_refused_and_never_a_crash(client, provider, monkeypatch, of, said):
    fetched = openid._fetched
    monkeypatch.setattr(openid, "_fetched", lambda at, *more: said if of in at else fetched(at, *more))
    if of.startswith("/.well"):
        assert client.get("/connexion/academie").status_code == 401
    else:
        assert enter(client).status_code == 401


def test_without_a_provider_these_addresses_do_not_exist(client, cast):
    for address in ("/connexion/academie", "/connexion/academie/retour?code=1&state=2"):
        assert client.get(address).status_code == 404
    assert "/connexion/academie" not in text_of(client.get("/connexion"))


# --- a header of the académie's relay ---------------------------------------------------------------------------------


@pytest.fixture
def relayed(app, cast):
    set_up(app, identity_header="X-Identite", identity_relays=("127.0.0.1/32",), intranet=("127.0.0.0/8",))
    with app.app_context(), writing() as session:
        session.query(OtpKey).filter_by(account_id=cast["a.tech"].account_id).update({"state": "returned"})


@pytest.mark.parametrize("by", ["sigle", "mail"])
def test_a_named_relay_says_who_enters(app, client, cast, relayed, by):
    value = "a.tech" if by == "sigle" else cast["a.tech"].email
    answer = client.get("/connexion/academie", headers={"X-Identite": value})
    assert answer.status_code == 303 and client.get("/compte").status_code == 200


def test_security_a_header_that_anybody_else_sends_is_not_read(app, client, cast, relayed):
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    for more in ({}, {"X-Forwarded-For": "127.0.0.1"}):
        headers = {"X-Identite": "a.tech"} | more
        assert client.get("/connexion/academie", headers=headers, environ_base=elsewhere).status_code == 401
    assert client.get("/compte", headers={"X-Identite": "a.tech"}).status_code == 303, "on no other page"
    with app.app_context():
        assert db.session.query(WebSession).count() == 0


@pytest.mark.parametrize("value", ["a.tech,a.admin", "a.tech a.admin", "d1.agent", "a.admin", "personne", "x" * 300])
def test_security_a_header_that_names_two_or_nobody_or_a_person_with_a_key_opens_nothing(client, cast, relayed, value):
    assert client.get("/connexion/academie", headers={"X-Identite": value}).status_code == 401
