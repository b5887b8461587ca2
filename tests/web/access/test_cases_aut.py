"""Test the named cases of access through the pages: AUT-01, AUT-02, AUT-05, AUT-06, AUT-09, CHA-03."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from harness import hashes
from harness.http import csrf, post

from charters.database import db, writing
from charters.keys import keys, otp, pins
from charters.people import accounts
from charters.tables.access import Account, JournalLine, OtpKey
from ticketing import jobs

RFC = {
    "sha1": b"12345678901234567890",
    "sha256": b"12345678901234567890123456789012",
    "sha512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
HOTP = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
TOTP = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}
PIN = "73-guichet"
NOON = datetime(2026, 11, 12, 11, 0, 10, tzinfo=UTC)
INTRANET = {"REMOTE_ADDR": "10.1.2.3"}
INTERNET = {"REMOTE_ADDR": "192.0.2.7"}


def events(app, name):
    with app.app_context():
        return [
            (line.sigle, line.zone) for line in db.session.query(JournalLine).filter_by(event=name).order_by("number")
        ]


def enrolled(app, sigle, *, since=NOON, external=True, **key):
    form = accounts.AccountForm(
        sigle, "Durand", "Paule", "Société", f"{sigle}@guichet.example", "Agent", "departement-d1", external
    )
    with app.app_context():
        account = accounts.create_account(form, actor=None, now=since)
        if key:
            keys.enrol_directly(account, PIN, now=since, pin_hash=KEPT, **key)
    return account


KEPT = pins.hashed(PIN)


def key_of(app, sigle):
    with app.app_context():
        found = db.session.query(OtpKey).join(Account).filter(Account.sigle == sigle)
        return found.order_by(OtpKey.id.desc()).first()


def change_key(app, sigle, **values):
    with app.app_context(), writing():
        key = db.session.query(OtpKey).join(Account).filter(Account.sigle == sigle).one()
        for name, value in values.items():
            setattr(key, name, value)


def log_in(client, sigle, code, pin=PIN, **more):
    return post(client, "/connexion", {"sigle": sigle, "pin": pin, "code": code}, **more).status_code


# --- AUT-01 ---


def plus_minus_one(code):
    """Return the code plus one, the code minus one, and the code with each digit one higher or one lower."""
    number, size = int(code), len(code)
    yield str((number + 1) % 10**size).zfill(size)
    yield str((number - 1) % 10**size).zfill(size)
    for place, digit in enumerate(code):
        for step in (1, -1):
            yield code[:place] + str((int(digit) + step) % 10) + code[place + 1 :]


def test_aut_01_the_28_vectors_of_the_rfcs_under_a_moved_clock(app, monkeypatch):
    """Each vector logs in at its time; just before, every code that differs by one in a digit is refused."""
    monkeypatch.setattr(pins, "right", lambda pin, kept: pin == PIN and kept is not None)  # without the slow hash
    since = datetime(1970, 1, 1, tzinfo=UTC)
    enrolled(app, "k.hotp", since=since, kind="hotp", seed=RFC["sha1"])
    for algorithm, seed in RFC.items():
        enrolled(app, f"k.{algorithm}", since=since, seed=seed, digits=8, algorithm=algorithm)
    vectors = [("k.hotp", 59 + 600 * count, code) for count, code in enumerate(HOTP)]
    vectors += [
        (f"k.{algorithm}", at, code) for at, codes in TOTP.items() for algorithm, code in zip(RFC, codes, strict=True)
    ]
    accepted, refused = 0, 0
    for sigle, at, code in vectors:
        client = app.test_client()
        with time_machine.travel(since + timedelta(seconds=at), tick=False):
            key = key_of(app, sigle)
            last = -1 if key.last_step is None else key.last_step
            steps = range(last + 1, last + 12) if key.kind == "hotp" else range(max(0, at // 30 - 1), at // 30 + 2)
            shown = {otp.code_at(RFC[key.algorithm], step, key.digits, key.algorithm) for step in steps}
            token = csrf(client)
            for wrong in set(plus_minus_one(code)) - shown:
                change_key(app, sigle, failures=0, next_try_at=None)
                data = {"csrf_token": token, "sigle": sigle, "pin": PIN, "code": wrong}
                answer = client.post("/connexion", data=data)
                assert answer.status_code == 401, (sigle, at, wrong)
                refused += 1
            change_key(app, sigle, failures=0, next_try_at=None)
            accepted += log_in(client, sigle, code) == 303
    assert accepted == 28 and refused > 28 * 12


# --- AUT-02 ---


def test_aut_02_a_code_used_again_is_refused_journalled_and_told_by_mail(app, cast):
    person = cast["c11.cmi"]
    seed = base64.b32decode(person.otp_secret)
    first, other = app.test_client(), app.test_client()
    with time_machine.travel(NOON + timedelta(days=3), tick=False) as clock:
        code = otp.code_at(seed, otp.step_at(datetime.now(UTC)))
        assert log_in(first, person.sigle, code) == 303
        post(first, "/deconnexion")
        for client, later in ((first, 5), (other, 30), (first, 54)):  # until 89 s after the first
            clock.shift(later)
            assert log_in(client, person.sigle, code) == 401
        assert events(app, "login.replayed")[0] == (person.sigle, "internet")
        with app.app_context():
            assert jobs.run("outbox", datetime.now(UTC)) == 1
    [mail] = list((app.config["GUICHET"].data_dir / "courriels").glob("lettre-*.eml"))
    assert person.email in mail.read_text() and code not in mail.read_text()


# --- AUT-05 ---


@pytest.mark.parametrize(
    ("skew", "status"),
    [
        (-90, 401),
        (-60, 401),
        (-30, 303),
        (0, 303),
        (30, 303),
        (60, 401),
        (90, 401),
    ],
)
def test_aut_05_totp_one_step_on_each_side_whatever_time_the_browser_says(app, skew, status):
    enrolled(app, "k.totp", seed=RFC["sha1"])
    code = otp.code_at(RFC["sha1"], otp.step_at(NOON + timedelta(seconds=skew)))
    forged = (NOON + timedelta(seconds=skew)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    with time_machine.travel(NOON, tick=False):
        client = app.test_client()
        data = {"sigle": "k.totp", "pin": PIN, "code": code, "time": str(int(NOON.timestamp()) + skew), "now": forged}
        headers = {"Date": forged, "X-Date": forged, "If-Modified-Since": forged}
        assert post(client, "/connexion", data, headers=headers).status_code == status


def test_aut_05_hotp_skip_9_skip_15_resynchronisation_and_old_counters(app):
    enrolled(app, "k.hotp", kind="hotp", seed=RFC["sha1"])
    client = app.test_client()

    def code(counter):
        return otp.code_at(RFC["sha1"], counter)

    def resync(first, second):
        data = {"sigle": "k.hotp", "pin": PIN, "first": code(first), "second": code(second)}
        return post(client, "/connexion/resynchroniser", data).status_code

    assert log_in(client, "k.hotp", code(9)) == 303  # nine codes were skipped
    assert log_in(app.test_client(), "k.hotp", code(25)) == 401  # fifteen codes were skipped
    post(client, "/deconnexion")
    assert resync(25, 27) == 401 and resync(26, 25) == 401 and resync(8, 9) == 401
    change_key(app, "k.hotp", failures=0, next_try_at=None)
    assert resync(25, 26) == 303
    for old in (9, 25, 26):
        change_key(app, "k.hotp", failures=0, next_try_at=None)
        assert log_in(client, "k.hotp", code(old)) == 401
    assert log_in(client, "k.hotp", code(27)) == 303


# --- AUT-06 ---


def test_aut_06_delay_from_the_fifth_locked_at_the_tenth_unlocked_by_the_academie_alone(app, cast, client_as):
    person = cast["d1.agent"]
    seed = base64.b32decode(person.otp_secret)
    client = app.test_client()
    key = key_of(app, person.sigle).id

    def right():
        return otp.code_at(seed, otp.step_at(datetime.now(UTC)))

    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(9):
            assert log_in(client, person.sigle, "000000") == 401
            clock.shift(600)
        assert log_in(client, person.sigle, right()) == 303
        assert key_of(app, person.sigle).failures == 0
        post(client, "/deconnexion")
        clock.shift(60)
        for count in range(1, 5):
            log_in(client, person.sigle, "000000")
            assert key_of(app, person.sigle).next_try_at is None, count
        log_in(client, person.sigle, "000000")
        assert log_in(client, person.sigle, right()) == 401  # logins are delayed from the fifth failure on
        assert events(app, "login.delayed") == [(person.sigle, "internet")]
        for _ in range(5):
            clock.shift(600)
            log_in(client, person.sigle, "000000")
        clock.shift(86400)
        assert log_in(client, person.sigle, right()) == 401  # locked
        assert events(app, "key.locked") == [(person.sigle, "internet")]
        referent, admin = client_as("d1.ref"), client_as("a.admin")
        assert post(referent, f"/administration/cles/{key}/deverrouiller").status_code == 403
        assert log_in(client, person.sigle, right()) == 401
        assert post(admin, f"/administration/cles/{key}/deverrouiller").status_code == 303
        assert events(app, "key.unlocked") == [("a.admin", "internet")]
        assert log_in(client, person.sigle, right()) == 303


# --- AUT-09 ---


@pytest.fixture
def people(app, cast):
    """Return a person of each kind that a login may name; on the intranet, those with a password."""
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"intranet": ("10.0.0.0/8",)})
    now = datetime.now(UTC)
    enrolled(app, "v.verrou", since=now, seed=b"v" * 20)
    enrolled(app, "f.fido", since=now, seed=b"f" * 20)
    enrolled(app, "m.passe", since=now, external=False)
    with app.app_context(), writing():
        locked = db.session.query(OtpKey).join(Account).filter(Account.sigle == "v.verrou").one()
        locked.locked_at = now
        fido = db.session.query(OtpKey).join(Account).filter(Account.sigle == "f.fido").one()
        fido.kind, fido.seed, fido.credential_id, fido.public_key = "fido2", None, "Zm9v", OTHER_KEY
        db.session.query(Account).filter_by(sigle="m.passe").one().password_hash = KEPT
    return {
        "existing": "d1.agent",
        "unknown": "personne",
        "disabled": "x.fin",
        "suspended": "x.susp",
        "locked": "v.verrou",
        "fido": "f.fido",
        "password": "m.passe",
    }


def _cose():
    from charters.entry import fido

    return fido._nobody()


OTHER_KEY = _cose()


def forgive(app):
    with app.app_context(), writing():
        db.session.query(OtpKey).filter(OtpKey.locked_at.is_(None)).update({"failures": 0, "next_try_at": None})
        db.session.query(Account).update({"password_failures": 0, "password_next_try_at": None})


def assertion(client):
    """Return a well-formed answer of a security key to this browser's challenge, with a wrong signature."""
    options = client.post("/connexion/cle-de-securite/defi", headers={"X-CSRFToken": csrf(client)}).get_json()

    def text(raw):
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    data = {"type": "webauthn.get", "challenge": options["challenge"], "origin": "http://localhost"}
    authenticator = hashlib.sha256(b"localhost").digest() + b"\x05" + (7).to_bytes(4, "big")
    signature = b"\x30\x44\x02\x20" + b"\x01" * 32 + b"\x02\x20" + b"\x01" * 32
    return json.dumps(
        {
            "id": "Zm9v",
            "rawId": "Zm9v",
            "type": "public-key",
            "response": {
                "clientDataJSON": text(json.dumps(data).encode()),
                "authenticatorData": text(authenticator),
                "signature": text(signature),
            },
            "clientExtensionResults": {},
        }
    )


FORMS = {
    "login": ("/connexion", lambda client: {"pin": "faux", "code": "000000"}, INTERNET, 401),
    "password on the intranet": ("/connexion/mot-de-passe", lambda client: {"password": "faux"}, INTRANET, 401),
    "password from the internet": ("/connexion/mot-de-passe", lambda client: {"password": "faux"}, INTERNET, 401),
    "resynchronisation": (
        "/connexion/resynchroniser",
        lambda client: {"pin": "faux", "first": "000000", "second": "000001"},
        INTERNET,
        401,
    ),
    "security key": ("/connexion/cle-de-securite", lambda client: {"answer": assertion(client)}, INTERNET, 401),
    "forgotten": ("/connexion/oubli", lambda client: {}, INTERNET, 200),
}

#: How many hashes a refusal of a form verifies, where it is not one.
HASHES = {"security key": 0, "forgotten": 0}


def plain(page):
    """Return the page without what differs by browser: the sigle shown again in its field, and the form's token."""
    return re.sub(r'value="[^"]*"', "", page)


@pytest.mark.parametrize("name", FORMS)
def test_aut_09_a_refusal_is_the_same_and_as_long_whoever_is_named(app, people, monkeypatch, name):
    """Refusals have the same status, text and length for every sigle; the means of their times differ by at most 10 %.

    There are 100 tries for each sigle (25 for the forms beside the login). The time is that of the processor for this
    thread, so that a busy machine does not look like a leak; the tries of all sigles are interleaved, and the slowest
    tenth of each is left out, since pauses of the machine cause it. Where the tries differ too much, there are more of
    them before the test fails: what the machine adds fades with more tries, and what the program tells does not.

    Verifying a hash is most of that time in service. It is quick here, and counted instead: every try verifies as many,
    whoever is named, and their full cost is added to the means.
    """
    address, values, environ, status = FORMS[name]
    client = app.test_client()
    token = csrf(client)
    spent = {sort: [] for sort in people}
    pages, verified, full = set(), set(), hashes.full_cost()
    counting = hashes.Counting(monkeypatch)

    def ask(tries):
        for _ in range(tries):
            forgive(app)
            for sort, sigle in people.items():
                data = {"csrf_token": token, "sigle": sigle, **values(client)}
                counting.times, before = 0, time.thread_time()
                answer = client.post(address, data=data, environ_base=environ)
                spent[sort].append(time.thread_time() - before)
                verified.add(counting.times)
                page = plain(answer.get_data(as_text=True))
                pages.add((answer.status_code, len(page), page))

    def means():
        kept = {sort: sorted(times)[: len(times) * 9 // 10] for sort, times in spent.items()}
        return {sort: sum(times) / len(times) + max(verified) * full for sort, times in kept.items()}

    def alike():
        return max(means().values()) <= 1.10 * min(means().values())

    ask(100 if name in ("login", "forgotten") else 25)
    for _ in range(3):
        if not alike():
            ask(25)
    assert len(pages) == 1 and next(iter(pages))[0] == status
    assert verified == {HASHES.get(name, 1)}
    assert alike(), means()


# --- CHA-03 ---


def test_cha_03_the_same_person_from_the_intranet_from_the_internet_without_key_and_with_one(app, cast, client_as):
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"intranet": ("10.0.0.0/8",)})
    person, key = cast["c11.cmi"], key_of(app, "c11.cmi").id
    admin, password = client_as("a.admin"), "quatre vélos dans la cour"
    assert post(admin, f"/administration/cles/{key}/restituer").status_code == 303
    answer = post(admin, f"/administration/comptes/{person.account_id}/mot-de-passe").get_data(as_text=True)
    link = re.search(r'value="http://localhost(/mot-de-passe/[^"]+)"', answer)[1]
    browser = app.test_client()
    page = browser.get(link, environ_base=INTERNET).get_data(as_text=True)
    assert "Vous venez d’internet" in page and 'type="password"' not in page
    chosen = {"password": password, "password_again": password}
    token = csrf(browser)
    for environ, status in ((INTERNET, 422), (INTRANET, 303)):
        assert browser.post(link, data={"csrf_token": token, **chosen}, environ_base=environ).status_code == status

    def enter(environ, **changes):
        client = app.test_client()
        data = {"csrf_token": csrf(client), "sigle": person.sigle, "password": password} | changes
        return client, client.post("/connexion/mot-de-passe", data=data, environ_base=environ)

    inside, allowed = enter(INTRANET)
    assert allowed.status_code == 303 and inside.get("/compte", environ_base=INTRANET).status_code == 200
    _, refused = enter(INTERNET)
    assert refused.status_code == 401 and "ne sert que depuis l’intranet" in refused.get_data(as_text=True)
    _, stranger = enter(INTERNET, sigle="personne")
    assert plain(stranger.get_data(as_text=True)) == plain(refused.get_data(as_text=True))
    # The session opened on the intranet is ended by a request from the internet, and stays ended.
    assert inside.get("/compte", environ_base=INTERNET).status_code == 303
    assert inside.get("/compte", environ_base=INTRANET).status_code == 303
    # With a key, the person logs in from the internet; the password then no longer serves, even on the intranet.
    seed = b"k" * 20
    with app.app_context():
        keys.enrol_directly(person.account_id, PIN, now=datetime.now(UTC), seed=seed, pin_hash=KEPT)
    outside = app.test_client()
    code = otp.code_at(seed, otp.step_at(datetime.now(UTC)))
    assert log_in(outside, person.sigle, code, environ_base=INTERNET) == 303
    assert outside.get("/compte", environ_base=INTERNET).status_code == 200
    assert enter(INTRANET)[1].status_code == 401
    own = [line for line in events(app, "login.accepted") if line[0] == person.sigle]
    assert own == [(person.sigle, "intranet"), (person.sigle, "internet")]
    assert (person.sigle, "internet") in events(app, "login.refused")
    assert events(app, "session.crossed") == [(person.sigle, "internet")]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_cha_03_no_header_brings_anyone_onto_the_intranet(app, cast, header):
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"intranet": ("10.0.0.0/8",)})
    client = app.test_client()
    value = "for=10.1.2.3" if header == "Forwarded" else "10.1.2.3"
    page = client.get("/connexion/mot-de-passe", environ_base=INTERNET, headers={header: value}).get_data(as_text=True)
    assert "Vous venez d’internet" in page
