"""Test that a file which is being sent stops when its reader loses the right to it, and does not look complete."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from harness import cast as people
from harness.http import csrf
from harness.meanwhile import meanwhile
from harness.patient import ask, serving_patiently
from sqlalchemy import select

from charters.database import db, writing
from charters.journal import audit
from charters.people import accounts
from charters.signing import signing
from charters.tables.access import JournalLine, WebSession
from ticketing import model
from ticketing.oversight import journal
from ticketing.serving.limits import Limits
from ticketing.tables import Attachment
from ticketing.tickets import desk
from ticketing.web import guards
from ticketing.web.waiting import streaming

D1, WHO = "departement-hautes-pyrenees", "d1.agent"
NOW = datetime.now(UTC)
SIZE = 3 * streaming.PART


def suspended():
    accounts.suspend_organisation(D1, "Essai", actor=None, now=datetime.now(UTC))


def closed():
    with writing() as session:
        for one in session.scalars(select(WebSession)):
            one.closed_at = datetime.now(UTC)


def published():
    text = signing.charter("usage").markdown + "\nUn mot de plus.\n"
    signing.publish_charter("usage", text, actor=None, for_staff=True, now=datetime.now(UTC))


@pytest.fixture
def attachment(app, actor_as):
    """The address of a large file of a ticket that D1 holds."""
    with app.app_context():
        actor = actor_as("c11.cmi")
        draft = model.Draft(
            title="Baie",
            body="Un voyant rouge.",
            etablissement=actor.mandate.scope_id,
            service="infrastructure-reseau",
            activity="mco",
            facts=model.Facts(),
        )
        sent = model.Upload("note.txt", io.BytesIO(b"mot " * (SIZE // 4)), "text/plain", None)
        number = desk.open_ticket(actor, draft, [sent], NOW - timedelta(days=1))
        return f"/tickets/{number}/fichiers/{db.session.scalar(select(Attachment.uuid))}"


def lines(app, event="download.cut"):
    with app.app_context():
        return list(db.session.scalars(select(JournalLine).where(JournalLine.event == event)))


def test_a_file_that_nobody_interrupts_is_whole(app, client_as, attachment):
    answer = client_as(WHO).get(attachment)
    assert answer.status_code == 200 and answer.data == b"mot " * (SIZE // 4)
    assert not lines(app)
    part = client_as(WHO).get(attachment, headers={"Range": f"bytes=4-{SIZE - 1}"})
    assert (part.status_code, len(part.data)) in ((206, SIZE - 4), (200, SIZE))
    assert client_as(WHO).head(attachment).headers["Content-Length"] == str(SIZE)


@pytest.mark.parametrize("change", [suspended, closed, published])
def test_an_attachment_stops_at_the_next_part(app, client_as, attachment, change):
    answer = client_as(WHO).get(attachment, buffered=False)
    parts = iter(answer.response)
    first = next(parts)
    assert 0 < len(first) <= streaming.PART
    meanwhile(app, change)
    with pytest.raises(streaming.Cut):
        next(parts)
    answer.close()
    (line,) = lines(app)
    assert (line.sigle, line.subject) == (WHO, attachment) and json.loads(line.details)["bytes"] == streaming.PART


def test_a_file_made_while_the_right_was_lost_is_not_sent_at_all(app, client_as, attachment, monkeypatch):
    """Small files too: the guard's answer takes the place of the file."""
    client, view = client_as(WHO), app.view_functions["tickets.file"]

    def slow(**keywords):
        found = view(**keywords)
        meanwhile(app, closed)
        return found

    slow.__dict__.update(view.__dict__)
    monkeypatch.setitem(app.view_functions, "tickets.file", slow)
    answer = client.get(attachment)
    assert answer.status_code == 303 and b"mot" not in answer.data


def test_a_page_that_took_long_is_not_shown_to_who_lost_the_right_meanwhile(app, client_as, monkeypatch):
    client, view = client_as(WHO), app.view_functions["tickets.index"]
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:

        def slow(**keywords):
            found = view(**keywords)
            clock.shift(3)
            return found

        slow.__dict__.update(view.__dict__)
        monkeypatch.setitem(app.view_functions, "tickets.index", slow)
        assert client.get("/tickets").status_code == 200

        def closed_in_between(**keywords):
            found = slow(**keywords)
            meanwhile(app, closed)
            return found

        closed_in_between.__dict__.update(view.__dict__)
        monkeypatch.setitem(app.view_functions, "tickets.index", closed_in_between)
        assert client.get("/tickets").status_code == 303


def test_an_export_of_the_journal_stops_and_says_so(app, client_as, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 50)
    monkeypatch.setattr(streaming, "PART", 2000)
    with app.app_context(), writing():
        for number in range(300):
            audit.record("login.closed", sigle="x.essai", subject=f"essai {number}", now=NOW)
    for form, last in (("csv", "FICHIER INTERROMPU"), ("jsonl", '{"cut": ')):
        client = client_as("a.admin")
        fields = {"csrf_token": csrf(client), "format": form}
        answer = client.post("/administration/journal/export", data=fields, buffered=False)
        parts = iter(answer.response)
        next(parts)
        meanwhile(app, closed)
        said = []
        with pytest.raises(streaming.Cut):
            said.extend(parts)
        assert len(said) == 1 and said[0].decode().strip().startswith(last)
        answer.close()


def test_a_person_s_data_stop_in_the_middle_of_the_archive(app, client_as, monkeypatch):
    monkeypatch.setattr(streaming, "PART", 1000)
    client = client_as(WHO)
    answer = client.post("/compte/donnees", data={"csrf_token": csrf(client)}, buffered=False)
    assert answer.mimetype == "application/zip"
    parts = iter(answer.response)
    got = next(parts)
    meanwhile(app, closed)
    with pytest.raises(streaming.Cut):
        next(parts)
    answer.close()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(got))


def test_every_download_of_a_person_is_watched(app):
    """The step stands behind every page: a new export needs nothing of its own."""
    assert streaming._watched in app.after_request_funcs[None]


def test_a_file_cut_on_the_wire_does_not_look_complete(app, cast, attachment, monkeypatch):
    """With its length said, and less than that received: a browser shows a failed download."""
    with app.app_context():
        cookie = f"{guards.cookie_name()}={people.new_session(cast[WHO])}"
    asked, ask_again = [], streaming.ask_again

    def asking(standing):
        asked.append(1)
        if len(asked) == 2:
            meanwhile(app, closed)
        ask_again(standing)

    monkeypatch.setattr(streaming, "ask_again", asking)
    with serving_patiently(app, Limits()) as address:
        request = f"GET {attachment} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n"
        answer = ask(address, request.encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"Content-Length: {SIZE}".encode() in head and len(body) < SIZE
