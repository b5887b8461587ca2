"""Test keys whose codes the académie's RADIUS server judges, against pyrad's server on a real port."""

from __future__ import annotations

import html
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from harness.http import csrf, post
from harness.radius_server import SECRET, answering

from charters.database import db, writing
from charters.entry import radius
from charters.tables.access import Account, JournalLine, OtpKey, WebSession
from charters.tables.keys import Letter, UsedChallenge

#: Long enough not to be met by chance in an identifier or a time of the logs.
PIN = "48213579"


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


@pytest.fixture
def server(app, cast):
    """Return a server that keeps the seed of the key of `d1.agent`; it knows this person as « nsoulerac »."""
    with answering() as made:
        values = {
            "radius_servers": (made.address,),
            "radius_secret": SECRET,
            "radius_timeout": 0.3,
            "radius_tries": 2,
        }
        app.config["GUICHET"] = app.config["GUICHET"].model_copy(update=values)
        with app.app_context(), writing() as session:
            session.query(OtpKey).filter_by(account_id=cast["d1.agent"].account_id).update(
                {"kind": "radius", "seed": None, "label": "nsoulerac", "serial": "RSA-1"}
            )
        made.passcodes["nsoulerac"] = [f"{PIN}123456", f"{PIN}234567"]
        radius._silent_until.clear()
        yield made


def enter(client, code="123456", pin=PIN, sigle="d1.agent"):
    return post(client, "/connexion", {"sigle": sigle, "pin": pin, "code": code})


def key_of(app, sigle="d1.agent"):
    with app.app_context():
        return db.session.query(OtpKey).join(Account).filter(Account.sigle == sigle, OtpKey.state == "active").one()


def test_pin_and_code_open_the_door_as_one_password(app, client, server):
    assert enter(client).status_code == 303 and client.get("/compte").status_code == 200
    assert server.heard == [("nsoulerac", f"{PIN}123456")]
    page = text_of(client.get("/compte"))
    assert "n° RSA-1" in page and "Changer mon code PIN" not in page
    assert client.get("/compte/code-pin").status_code == 404


def test_an_answer_that_is_lost_is_asked_for_again_and_counts_once(app, client, server):
    server.lost = 1
    assert enter(client).status_code == 303
    assert len(server.heard) == 1


def test_security_a_code_serves_once_even_if_the_server_forgets_it(app, client, server):
    server.passcodes["nsoulerac"] *= 2
    assert enter(client).status_code == 303
    assert enter(app.test_client()).status_code == 401
    assert key_of(app).failures == 1
    with app.app_context():
        assert db.session.query(JournalLine).filter_by(event="login.replayed").count() == 1
        assert db.session.query(Letter).filter_by(kind="code-used-again").count() == 1
    assert enter(app.test_client(), "234567").status_code == 303
    assert key_of(app).failures == 0


def test_security_a_code_serves_once_wherever_the_pin_is_said_to_end(app, client, server):
    """The server is told one password, wherever the PIN is said to end in it; and it ends in a NUL."""
    server.passcodes["nsoulerac"] *= 3
    server.passcodes["nsoulerac"].append(f"{PIN}123456\0")
    assert enter(client).status_code == 303
    for pin, code in (
        (f"{PIN}1", "23456"),
        ("", f"{PIN}123456"),
        (f"{PIN}123456", ""),
        (PIN, "123456\0"),
        (PIN[:1], f"{PIN[1:]}123456"),
    ):
        assert enter(app.test_client(), code, pin).status_code == 401, (pin, code)
        with app.app_context(), writing() as session:
            session.query(OtpKey).update({"next_try_at": None})
    assert enter(app.test_client(), "234567").status_code == 303


def test_aut_06_failures_delay_from_the_fifth_and_lock_at_the_tenth(app, client, server):
    def wait_over():
        with app.app_context(), writing() as session:
            session.query(OtpKey).update({"next_try_at": None})

    for count in range(1, 11):
        assert enter(client, "000000").status_code == 401
        assert key_of(app).failures == count
        assert (key_of(app).next_try_at is not None) == (count >= 5)
        wait_over()
    assert key_of(app).locked_at is not None
    heard = len(server.heard)
    assert enter(client).status_code == 401
    assert server.heard[heard:][0][0].startswith("guichet-"), "the server is asked no more about a locked key"
    assert server.passcodes["nsoulerac"][0] == f"{PIN}123456"


def test_aut_09_a_refusal_is_the_same_for_every_sigle_and_asks_the_server_once(app, client, server):
    pages = set()
    for sigle in ("d1.agent", "c11.cmi", "x.susp", "personne", ""):
        before = len(server.heard)
        answer = enter(client, "000000", sigle=sigle)
        assert answer.status_code == 401
        assert len(server.heard) == before + 1, sigle
        pages.add(re.sub(r'value="[^"]*"', "", text_of(answer)))
    assert len(pages) == 1


def test_a_server_that_does_not_answer_fails_nobody_and_is_left_alone(app, client, cast, server):
    server.silent = True
    answer = enter(client)
    assert answer.status_code == 401 and "ne répond pas pour l’instant" in text_of(answer)
    assert key_of(app).failures == 0
    unknown = enter(client, sigle="personne")
    assert "ne répond pas pour l’instant" in text_of(unknown), "said to everybody, or it would tell who has such a key"
    server.silent = False
    assert enter(client).status_code == 401, "for half a minute"
    radius._silent_until.clear()
    assert enter(client).status_code == 303


def test_the_second_server_answers_for_the_first(app, client, server):
    update = {"radius_servers": ("127.0.0.1:9", server.address)}
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update=update)
    assert enter(client).status_code == 303


def test_security_an_answer_that_the_server_did_not_sign_is_not_read(app, client, server):
    """BlastRADIUS (CVE-2024-3596): an Access-Accept without Message-Authenticator may be forged on the way."""
    server.with_authenticator = False
    assert enter(client).status_code == 401 and key_of(app).failures == 0
    radius._silent_until.clear()
    server.with_authenticator, server.secret_of_answers = True, b"un autre secret, d'un autre"
    assert enter(client, "234567").status_code == 401
    with app.app_context():
        assert db.session.query(WebSession).count() == 0


def test_a_challenge_of_the_server_opens_nothing_and_is_no_failure(app, client, server):
    server.challenging = True
    assert enter(client).status_code == 401 and key_of(app).failures == 0


def test_jrn_01_no_pin_code_or_secret_is_written_anywhere(app, client, server, caplog):
    caplog.set_level(logging.DEBUG)
    enter(client, "000000")
    enter(client)
    with app.app_context():
        lines = " ".join(f"{line.details} {line.subject}" for line in db.session.query(JournalLine))
        marks = [row.challenge_hash for row in db.session.query(UsedChallenge)]
    written = lines + " ".join(record.getMessage() for record in caplog.records) + " ".join(marks)
    assert len(marks) == 1 and not any(word in written for word in ("123456", PIN, SECRET, "nsoulerac"))


def test_it_proves_again_who_is_at_the_keyboard(app, client, server):
    enter(client)
    with app.app_context(), writing() as session:
        session.query(WebSession).update({"created_at": datetime.now(UTC) - timedelta(minutes=11)})
    wrong = {"csrf_token": csrf(client), "preuve": "1", "preuve_pin": PIN, "preuve_code": "000000"}
    assert client.post("/compte/donnees", data=wrong).status_code == 401
    assert client.post("/compte/donnees", data=wrong | {"preuve_code": "234567"}).status_code == 200


def test_it_is_handed_over_by_its_number_activated_by_one_code_and_returned(app, cast, client_as, server):
    admin, account = client_as("a.admin"), cast["c12.cmi"].account_id
    post(admin, f"/administration/cles/{key_of(app, 'c12.cmi').id}/restituer")
    address = f"/administration/comptes/{account}/cles/academie"
    assert "RSA SecurID" in text_of(admin.get(f"/administration/comptes/{account}"))
    assert post(admin, address, {"serial": " "}).status_code == 422
    taken = post(admin, address, {"serial": "RSA-1"})
    assert taken.status_code == 422 and "déjà en service" in text_of(taken)
    handed = text_of(post(admin, address, {"serial": "RSA-2"}))
    link = re.search(r'value="http://localhost(/cle/[^"]+)"', handed)[1]
    server.passcodes["c12.cmi"] = ["777777111111", "777777222222"]
    client = app.test_client()
    typed = {"csrf_token": csrf(client, link), "etape": "academie", "pin": "777777"}
    assert "RSA-2" in text_of(client.get(link))
    wrong = client.post(link, data=typed | {"code": "000000"})
    assert wrong.status_code == 422 and "refuse ce code PIN" in text_of(wrong)
    assert client.post(link, data=typed | {"code": "111111"}).status_code == 303
    assert enter(client, "222222", "777777", "c12.cmi").status_code == 303
    key = key_of(app, "c12.cmi")
    assert "clé de l’académie" in text_of(admin.get(f"/administration/cles/{key.id}/recu"))
    post(admin, f"/administration/cles/{key.id}/restituer")
    server.passcodes["c12.cmi"] = ["777777333333"]
    assert enter(app.test_client(), "333333", "777777", "c12.cmi").status_code == 401, "returned"


def test_without_a_server_nothing_of_it_is_offered(app, client_as, cast):
    admin, account = client_as("a.admin"), cast["c12.cmi"].account_id
    post(admin, f"/administration/cles/{key_of(app, 'c12.cmi').id}/restituer")
    assert "SecurID" not in text_of(admin.get(f"/administration/comptes/{account}"))
    assert post(admin, f"/administration/comptes/{account}/cles/academie", {"serial": "RSA-2"}).status_code == 422
