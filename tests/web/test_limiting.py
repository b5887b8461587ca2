"""Test rate limits: by address for anonymous people, by account for costly pages; 429, Retry-After, a sentence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from harness.apps import build_app
from harness.http import csrf, post

from ticketing.operation import limits
from ticketing.web import guards, limiting, peers

SENT = {"sigle": "c11.cmi", "pin": "x", "code": "000000"}


@pytest.fixture
def few(app, monkeypatch):
    """Allow three requests of each kind, and no more."""
    for kind, rule in limits.RULES.items():
        monkeypatch.setitem(limits.RULES, kind, replace(rule, most=3))
    monkeypatch.setattr(limits.Limiter, "rule", lambda _, kind: limits.RULES[kind])
    return app


def check_refused(answer):
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 901
    text = answer.get_data(as_text=True)
    assert "Trop de demandes en peu de temps" in text and "Recommencez dans" in text


def test_every_post_of_who_is_not_in_yet_is_counted_by_address(app):
    """A new form of login without a limit fails here."""
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and guards.guard_of(app, rule.endpoint) == "public"
    }
    assert public - {"access.leave"} == limiting.ANONYMOUS


def test_every_file_made_for_somebody_is_counted_by_account(app):
    def counted(endpoint):
        return endpoint in limiting.COSTLY or hasattr(app.view_functions[endpoint], "guichet_limit")

    files = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.endswith((".csv", ".xlsx", ".ods", ":form>", ".zip", "/export"))
        or rule.endpoint in ("personal_data.take", "personal_data.take_own")
    }
    assert {"figures.csv_file", "replays.csv_file", "sheets.download"} <= files
    assert {endpoint for endpoint in files if not counted(endpoint)} == set()


def test_the_refusal_does_not_tell_a_known_sigle_from_an_unknown_one(few, cast):
    told = []
    for sigle in ("c11.cmi", "personne"):
        client = few.test_client()
        token = csrf(client)
        answers = [
            client.post(
                "/connexion",
                data=SENT | {"csrf_token": token, "sigle": sigle},
                environ_base={"REMOTE_ADDR": f"192.0.2.{len(sigle)}"},
            )
            for _ in range(5)
        ]
        pages = [answer.get_data(as_text=True).replace(f'"{sigle}"', '"S"') for answer in answers]
        told.append([(answer.status_code, page) for answer, page in zip(answers, pages, strict=True)])
    assert [status for status, _ in told[0]] == [401, 401, 401, 429, 429]
    assert [status for status, _ in told[1]] == [401, 401, 401, 429, 429]
    assert re.sub(r"\d+ minutes", "", told[0][3][1]) == re.sub(r"\d+ minutes", "", told[1][3][1])


def test_the_ways_in_share_one_count_and_another_address_has_its_own(few, cast):
    client = few.test_client()
    for address in ("/connexion", "/connexion/oubli", "/connexion/resynchroniser"):
        assert post(client, address, SENT).status_code in (200, 401)
    check_refused(post(client, "/connexion", SENT))
    check_refused(post(client, "/connexion/cle-de-securite/defi"))
    check_refused(post(client, "/code-pin/" + "x" * 43))
    assert client.get("/connexion").status_code == 200, "the page itself stays"
    elsewhere = post(client, "/connexion", SENT, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.status_code == 401


def test_a_header_that_the_client_wrote_gives_no_other_address(few, cast):
    client = few.test_client()
    answers = [
        post(client, "/connexion", SENT, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(5)
    ]
    assert answers == [401, 401, 401, 429, 429]


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "client"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", 0, "192.0.2.1"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.5", 1, "203.0.113.5"),
        ("127.0.0.1", "", 1, None),
        ("2001:db8:1:2:aaaa::1", "", 0, "2001:db8:1:2:aaaa::1"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("pas une adresse", "", 0, None),
    ],
)
def test_the_address_is_what_our_outermost_proxy_saw(peer, forwarded, proxies, client):
    assert peers.address_of(peer, forwarded, proxies) == (client and peers.ipaddress.ip_address(client))


def test_a_subscriber_of_ipv6_has_one_count_for_all_its_addresses(app):
    def counted(address):
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            return peers.client()

    assert counted("2001:db8:1:2:aaaa::1") == counted("2001:db8:1:2::77") != counted("2001:db8:1:3::77")


def test_what_costs_is_counted_by_account_and_across_processes(few, settings, client_as):
    other = build_app(settings)  # a second process on the same database
    address = "/qui-fait-quoi/comparer.csv?a=hautes-pyrenees-2015&b=deux-sevres-2017"
    mine = client_as("c11.cmi")
    second = other.test_client()
    second.set_cookie("guichet", mine.get_cookie("guichet").value)
    statuses = [client.get(address).status_code for client in (mine, second, mine)]
    assert 429 not in statuses
    check_refused(second.get(address))
    check_refused(mine.get(address))
    assert mine.get("/tickets").status_code == 200
    assert client_as("c12.cmi").get(address).status_code == statuses[0]


def test_asking_for_the_head_alone_goes_round_no_limit(few, client_as):
    """A HEAD makes the whole file too: if it were not counted, it could keep the machine busy without end."""
    mine = client_as("a.admin")
    address = "/administration/accords/hautes-pyrenees-2015/tableur/matrice.csv"
    assert [mine.head(address).status_code for _ in range(4)] == [200, 200, 200, 429]
    check_refused(mine.get(address))


def test_who_may_not_have_a_page_is_told_nothing_by_its_limit(few, client_as):
    assert {client_as("c11.cmi").get("/chiffres/services.csv").status_code for _ in range(6)} == {404}


def test_a_whole_college_logs_in_as_it_always_did(app):
    """The operator's default limit lets a whole académie log in from one address in the morning."""
    with app.app_context():
        rule = app.extensions[limiting.LIMITER].rule(limits.LOGIN)
    assert rule.most >= 1000 and rule.span.total_seconds() == 900
