"""Test that nothing is decided on what was read before a wait: for the body, for a file, for the lock of a write.

With its headers sent first and its body 75 seconds after a suspension, a comment was written, and dated before it; a
one-time code 156 seconds old opened a session.
"""

from __future__ import annotations

import base64
import io
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from harness import cast as people
from harness.http import csrf
from harness.meanwhile import meanwhile
from sqlalchemy import func, select

from charters import database
from charters.database import db, writing
from charters.entry import attempts, sessions
from charters.keys import otp
from charters.people import accounts
from charters.signing import signing
from charters.tables.access import Account, JournalLine, MandateRow, WebSession
from ticketing import model
from ticketing.tables import TicketEvent
from ticketing.tickets import desk

D1 = "departement-hautes-pyrenees"
NOW = datetime.now(UTC)
WHO = "d1.agent"


@pytest.fixture
def number(app, actor_as):
    """A ticket that D1 holds."""
    draft = model.Draft(
        title="Baie",
        body="Un voyant rouge.",
        etablissement=scope_of(app, actor_as, "c11.cmi"),
        service="infrastructure-reseau",
        activity="mco",
        facts=model.Facts(),
    )
    with app.app_context():
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], NOW - timedelta(days=1))


def scope_of(app, actor_as, sigle):
    with app.app_context():
        return actor_as(sigle).mandate.scope_id


# --- what may change meanwhile ---------------------------------------------------------------------------------------


def suspended():
    accounts.suspend_organisation(D1, "Essai", actor=None, now=datetime.now(UTC))


def closed():
    with writing() as session:
        for one in session.scalars(select(WebSession)):
            one.closed_at = datetime.now(UTC)


def ended():
    account = accounts.account_id(WHO)
    accounts.end_account(account, datetime.now(UTC).date() - timedelta(days=2), actor=None, now=datetime.now(UTC))


def mandate_over():
    account = accounts.account_id(WHO)
    mandate = db.session.scalar(select(MandateRow.id).where(MandateRow.account_id == account))
    day = datetime.now(UTC).date() - timedelta(days=2)
    accounts.end_mandate(mandate, day, actor=None, now=datetime.now(UTC))


def charter_published():
    text = signing.charter("usage").markdown + "\nUn mot de plus.\n"
    signing.publish_charter("usage", text, actor=None, for_staff=True, now=datetime.now(UTC))


CHANGES = [suspended, closed, ended, mandate_over, charter_published]


class Late(io.BytesIO):
    """A body whose first byte comes after something has happened."""

    def __init__(self, body, happens):
        super().__init__(body)
        self._happens = happens

    def read(self, size=-1):
        self._wait()
        return super().read(size)

    def readinto(self, buffer):
        self._wait()
        return super().readinto(buffer)

    def readline(self, size=-1):
        self._wait()
        return super().readline(size)

    def _wait(self):
        happens, self._happens = self._happens, None
        if happens is not None:
            happens()


def send_late(client, url, fields, happens):
    """POST a form whose headers come first, and whose body comes after `happens`."""
    body = urlencode({"csrf_token": csrf(client), **fields}).encode()
    return client.post(
        url,
        input_stream=Late(body, happens),
        content_length=len(body),
        content_type="application/x-www-form-urlencoded",
    )


def said(app, number):
    with app.app_context():
        return list(
            db.session.execute(
                select(TicketEvent.body, TicketEvent.at).where(
                    TicketEvent.ticket_id == number, TicketEvent.body == "Mots tardifs"
                )
            )
        )


COMMENT = {"commenter-texte": "Mots tardifs", "commenter-visibilite": "public", "visibilite": "public"}


# --- a body that comes late ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES)
def test_a_comment_whose_body_came_after_the_change_is_not_written(app, client_as, number, change):
    client = client_as(WHO)
    answer = send_late(client, f"/tickets/{number}/commenter", COMMENT, lambda: meanwhile(app, change))
    assert answer.status_code in (303, 401, 404, 409)  # 401: the login keeps the form; 409: another mandate is active
    assert not said(app, number)


def test_what_came_late_is_dated_when_it_came(app, client_as, number):
    """And nothing of the clock before the wait is left in the entry."""
    client = client_as(WHO)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        begun = datetime.now(UTC)
        answer = send_late(client, f"/tickets/{number}/commenter", COMMENT, lambda: clock.shift(75))
    assert answer.status_code == 303, answer.get_data(as_text=True)[:300]
    ((_, at),) = said(app, number)
    assert at == begun + timedelta(seconds=75)


def login_fields(person, at):
    code = otp.code_at(base64.b32decode(person.otp_secret), otp.step_at(at))
    return {"sigle": person.sigle, "pin": person.pin, "code": code}


def test_a_one_time_code_is_judged_when_its_body_has_come(app, cast):
    client = app.test_client()
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        fields = login_fields(cast[WHO], datetime.now(UTC))
        answer = send_late(client, "/connexion", fields, lambda: clock.shift(156))
    assert answer.status_code != 303 and client.get("/compte").status_code == 303


def test_a_one_time_code_is_judged_under_the_lock(any_app, app, cast, monkeypatch):
    """What comes before the lock takes time: the hash of the PIN, and whoever holds the base."""
    client, person = app.test_client(), cast[WHO]
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        judged = attempts.judged_pin

        def slowly(*arguments):
            clock.shift(156)
            return judged(*arguments)

        fields = login_fields(person, datetime.now(UTC)) | {"csrf_token": csrf(client)}
        monkeypatch.setattr(attempts, "judged_pin", slowly)
        client.post("/connexion", data=fields)
        assert client.get("/compte").status_code == 303
        monkeypatch.setattr(attempts, "judged_pin", judged)
        clock.shift(60)
        fields = login_fields(person, datetime.now(UTC)) | {"csrf_token": csrf(client)}
        client.post("/connexion", data=fields)
        assert client.get("/compte").status_code == 200, "the same code, in time, is accepted"


def test_a_body_that_comes_too_slowly_is_refused(app, client_as, number, monkeypatch):
    """By the application too, before any server."""
    from ticketing.web.waiting import bodies

    client = client_as(WHO)
    ticking = iter(range(0, 1_000_000, 100))
    monkeypatch.setattr(bodies.time, "monotonic", lambda: next(ticking))
    answer = send_late(client, f"/tickets/{number}/commenter", COMMENT, lambda: None)
    assert answer.status_code == 408 and "à temps" in answer.get_data(as_text=True)
    monkeypatch.undo()
    assert not said(app, number)


# --- a change between the guard and the lock ------------------------------------------------------------------------


@pytest.fixture
def changing(app, monkeypatch):
    """Return a function: `changing("tickets.step", change)` makes the change once the guard has let the person in."""

    def install(endpoint, change):
        view = app.view_functions[endpoint]

        def changed(*arguments, **keywords):
            meanwhile(app, change)
            return view(*arguments, **keywords)

        changed.__dict__.update(view.__dict__)
        monkeypatch.setitem(app.view_functions, endpoint, changed)

    return install


def endpoint_of(app, url):
    return app.url_map.bind("localhost").match(url, method="POST")[0]


def send(client, url, fields):
    return client.post(url, data={"csrf_token": csrf(client), **fields})


@pytest.mark.parametrize("change", CHANGES)
def test_a_write_is_refused_when_the_reader_lost_the_right_before_the_lock(app, client_as, number, changing, change):
    client = client_as(WHO)
    fields = {"csrf_token": csrf(client), **COMMENT}
    changing("tickets.step", change)
    answer = client.post(f"/tickets/{number}/commenter", data=fields)
    assert answer.status_code in (303, 404)
    if answer.status_code == 303:
        assert answer.headers["Location"].endswith(("/connexion", "/chartes"))
    assert not said(app, number)
    with app.app_context():
        line = db.session.scalars(select(JournalLine).where(JournalLine.event == "access.refused")).all()[-1]
        assert line.sigle == WHO and f"/tickets/{number}/commenter" in line.subject


def test_a_ticket_is_not_opened_by_who_lost_the_right_before_the_lock(app, client_as, changing, tmp_path):
    """And the file that came with it leaves nothing on the disk."""
    client = client_as("c11.cmi")
    page = client.get("/tickets/nouveau").get_data(as_text=True)
    assert "csrf_token" in page
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(TicketEvent))
    fields = {
        "csrf_token": csrf(client),
        "title": "Écran",
        "body": "Noir.",
        "service": "equipement-bureautique",
        "activity": "mco",
        "user_category": "professeurs",
        "envoyer": "1",
        "files": (io.BytesIO(b"Un texte."), "note.txt"),
    }
    changing(endpoint_of(app, "/tickets/nouveau"), closed)
    answer = client.post("/tickets/nouveau", data=fields, content_type="multipart/form-data")
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/connexion")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(TicketEvent)) == before
    files = app.config["GUICHET"].data_dir / "files"
    assert not [path for path in files.rglob("*") if path.is_file()]


def test_a_file_of_a_refused_step_leaves_nothing_on_the_disk(app, client_as, number, changing):
    client = client_as(WHO)
    fields = {"csrf_token": csrf(client), **COMMENT, "commenter-fichiers": (io.BytesIO(b"Un texte."), "note.txt")}
    changing("tickets.step", suspended)
    answer = client.post(f"/tickets/{number}/commenter", data=fields, content_type="multipart/form-data")
    assert answer.status_code in (303, 404) and not said(app, number)
    files = app.config["GUICHET"].data_dir / "files"
    assert not [path for path in files.rglob("*") if path.is_file()]


def test_another_mandate_chosen_meanwhile_is_said(any_app, app, cast, client_as, number, changing):
    """The page would still open, but the words were for another mandate: nothing is written, and the page says so."""
    with app.app_context():
        account = accounts.account_id(WHO)
        day = (datetime.now(UTC).date() - timedelta(days=3)).isoformat()
        accounts.add_mandate(
            account, role="referent", scope_id=D1, starts_on=day, ends_on="", actor=None, now=datetime.now(UTC)
        )
        former, other = db.session.scalars(
            select(MandateRow.id).where(MandateRow.account_id == account).order_by(MandateRow.id)
        ).all()
        with writing() as session:
            session.get_one(Account, account).active_mandate_id = former

    def chosen():
        with writing() as session:
            session.get_one(Account, accounts.account_id(WHO)).active_mandate_id = other

    client = client_as(WHO)
    fields = {"csrf_token": csrf(client), **COMMENT}
    changing("tickets.step", chosen)
    answer = client.post(f"/tickets/{number}/commenter", data=fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "rien n’a été enregistré" in page and "Mandat actif : référent" in page
    assert not said(app, number)


def test_a_proof_that_grew_old_before_the_lock_is_asked_again(app, client_as, changing, monkeypatch):
    """« Confirmez que c’est bien vous » is judged under the lock too."""
    client = client_as("a.admin")
    fields = {"csrf_token": csrf(client), "organisation": D1, "reason": "Essai"}

    def old():
        with writing() as session:
            for one in session.scalars(select(WebSession)):
                one.proved_at = datetime.now(UTC) - timedelta(minutes=11)

    changing("people.suspend", old)
    answer = client.post("/administration/collectivites/suspendre", data=fields)
    assert answer.status_code in (401, 409)
    with app.app_context():
        assert not accounts.is_suspended(D1)


def test_what_a_request_changes_of_its_own_standing_does_not_stop_it(app, client_as, cast):
    """To choose a mandate, to sign, to close one's own session are acts of the same visit."""
    client = client_as(WHO)
    assert send(client, "/deconnexion", {}).status_code == 303
    assert client.get("/compte").status_code == 303


# --- the block that writes ------------------------------------------------------------------------------------------


def test_outside_a_request_the_given_instant_holds(app):
    with app.app_context(), writing():
        assert database.written_at(NOW) is NOW


def test_in_a_request_the_instant_is_read_once_under_the_lock(app):
    with app.test_request_context("/"), time_machine.travel(NOW, tick=False) as clock:
        app.preprocess_request()
        clock.shift(5)
        with writing():
            first = database.written_at(NOW)
            clock.shift(5)
            assert database.written_at(NOW) == first == NOW + timedelta(seconds=5)
        with writing():
            assert database.written_at(NOW) == NOW + timedelta(seconds=10)


def test_a_writer_waits_for_the_lock_before_the_clock_is_read(app, cast):
    """Its instant comes after the end of the writer that held the base, whatever the request read before."""
    held, go, ends = threading.Event(), threading.Event(), []

    def hold():
        with app.app_context(), writing() as session:
            session.execute(select(func.count()).select_from(Account))
            held.set()
            go.wait(60)
            ends.append(datetime.now(UTC))

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(60)
    threading.Timer(0.2, go.set).start()
    with app.test_request_context("/"):
        app.preprocess_request()
        with writing():
            instant = database.written_at(NOW)
    thread.join()
    assert instant >= ends[0]


def test_the_standing_is_read_again_by_the_number_of_the_session(app, cast):
    """A change of PIN gives the session another token: what the request still writes is of the same session."""
    with app.app_context():
        token = people.new_session(cast[WHO])
        login = sessions.login_of(token, zone="internet", now=datetime.now(UTC))
        again = sessions.login_again(login.session_id, zone="internet", now=datetime.now(UTC))
        assert (again.actor, again.mandates, again.unsigned) == (login.actor, login.mandates, login.unsigned)
        assert sessions.login_again(login.session_id + 1, zone="internet", now=datetime.now(UTC)) is None


def test_a_challenge_is_still_valid_after_the_wait_for_the_lock(app):
    """A security key's challenge is judged as a code is: what would have expired under the lock is not taken."""
    from charters.entry.fido import CHALLENGE_LIFE
    from ticketing.web import challenges

    for age, taken in ((CHALLENGE_LIFE - timedelta(seconds=11), True), (CHALLENGE_LIFE - timedelta(seconds=9), False)):
        with app.test_request_context("/"):
            given = challenges.made(NOW.replace(microsecond=0))
            assert (challenges.taken(NOW.replace(microsecond=0) + age) == given) is taken
