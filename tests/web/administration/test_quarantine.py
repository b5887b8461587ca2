"""Test files that an antivirus must scan, with a fake daemon that speaks ClamAV's protocol over its own socket."""

from __future__ import annotations

import io
import os
import socket
import struct
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from harness import cast as people
from harness.apps import build_app
from harness.http import post
from sqlalchemy import select

from charters.database import db, writing
from charters.tables.access import JournalLine
from config import ConfigurationError, read_settings
from ticketing import jobs
from ticketing.files import antivirus, eicar, quarantine
from ticketing.files.receiving import files_folder, sweep
from ticketing.model import Draft, Facts, Upload
from ticketing.tables import Attachment
from ticketing.tickets import desk

NOW = datetime.now(UTC)


class Daemon(threading.Thread):
    """A fake clamd for INSTREAM: `answer` gives the reply to the bytes received; None closes the connection."""

    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.answer, self.seen = answer, []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as told:
                assert told.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack(">I", told.read(4))[0]:
                    content += told.read(length)
                self.seen.append(content)
                answer = self.answer(content)
                if answer is not None:
                    peer.sendall(answer)


@contextmanager
def clamd(path, answer=lambda content: b"stream: Win.Test.Guichet FOUND\0" if b"VIRUS" in content else b"stream: OK\0"):
    daemon = Daemon(path, answer)
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.socket.close()
        path.unlink()


@pytest.fixture
def prise(tmp_path):
    return tmp_path / "clamd"


@pytest.fixture
def guarded(settings, cast, prise):
    """Return an application whose antivirus is at the socket `prise`, where no daemon may be listening."""
    app = build_app(settings.model_copy(update={"clamav": f"unix:{prise}"}))
    yield app
    with app.app_context():
        db.engine.dispose()


def opened(app, cast, name="releve.txt", content=b"Relev\xc3\xa9"):
    with app.app_context():
        actor = people.actor(cast["c11.cmi"])
        draft = Draft(
            title="Panne",
            body="Depuis hier.",
            etablissement="desaix-tarbes",
            service="gestion-financiere",
            activity="mco",
            facts=Facts(acquired_by="departement"),
        )
        number = desk.open_ticket(actor, draft, [Upload(name, io.BytesIO(content))], NOW)
        row = db.session.scalars(select(Attachment).where(Attachment.ticket_id == number)).one()
        return number, row.uuid


def state(app, uuid):
    with app.app_context():
        row = db.session.get(Attachment, uuid)
        return row.quarantine, row.finding, (files_folder() / row.path).exists(), row.path


def lines(app, event):
    with app.app_context():
        return list(db.session.scalars(select(JournalLine.details).where(JournalLine.event == event)))


def reader(app, cast, sigle="c11.cmi"):
    return people.log_in(app.test_client(), cast[sigle])


def test_fic_01_the_test_virus_is_quarantined_even_without_an_antivirus_and_served_to_nobody(app, cast):
    assert not app.config["GUICHET"].clamav
    number, uuid = opened(app, cast, "releve.txt", b"avant " + eicar.SIGNATURE + b" apres")
    kind, finding, there, path = state(app, uuid)
    assert (kind, there, path) == ("virus", True, f"quarantine/{uuid}") and "Eicar" in finding
    for sigle in ("c11.cmi", "c11.chef", "a.tech", "a.admin"):
        client = reader(app, cast, sigle)
        for method, headers in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-3"})):
            answer = client.open(f"/tickets/{number}/fichiers/{uuid}", method=method, headers=headers)
            assert answer.status_code == 404
    page = reader(app, cast).get(f"/tickets/{number}").get_data(as_text=True)
    assert "releve.txt" in page and "un virus y a été trouvé" in page and f"fichiers/{uuid}" not in page
    assert len(lines(app, "file.quarantined")) == 1


def test_the_signature_is_found_across_pieces_and_inside_an_office_document():
    watcher = eicar.Watcher()
    for at in range(0, len(eicar.SIGNATURE), 7):
        watcher.look(eicar.SIGNATURE[at : at + 7])
    assert watcher.found


def test_a_clean_file_is_served_and_one_with_a_virus_is_not(guarded, cast, prise):
    with clamd(prise) as daemon:
        clean, infected = opened(guarded, cast), opened(guarded, cast, "n.txt", b"un VIRUS " + b"x" * 200_000)
    assert daemon.seen[0] == "Relevé".encode() and len(daemon.seen[1]) == 200_009
    assert state(guarded, clean[1])[0] == "" and state(guarded, infected[1])[:2] == ("virus", "Win.Test.Guichet")
    client = reader(guarded, cast)
    served = client.get(f"/tickets/{clean[0]}/fichiers/{clean[1]}")
    assert served.status_code == 200 and served.headers["Content-Disposition"].startswith("attachment")
    served.close()
    assert client.get(f"/tickets/{infected[0]}/fichiers/{infected[1]}").status_code == 404


@pytest.mark.parametrize(
    "answer",
    [
        lambda content: None,
        lambda content: b"INSTREAM size limit exceeded. ERROR\0",
        lambda content: b"",
        lambda content: b"stream: OK FOUND ERROR\0",
        lambda content: b"x" * 5000,
    ],
)
def test_no_verdict_is_no_leave(guarded, cast, prise, answer):
    with clamd(prise, answer):
        number, uuid = opened(guarded, cast)
    assert state(guarded, uuid)[0] == "waiting"
    assert reader(guarded, cast).get(f"/tickets/{number}/fichiers/{uuid}").status_code == 404


def test_unreachable_the_file_waits_then_comes_out_by_itself_or_stays(guarded, cast, prise):
    clean, infected = opened(guarded, cast), opened(guarded, cast, "n.txt", b"un VIRUS")
    client = reader(guarded, cast)
    address = f"/tickets/{clean[0]}/fichiers/{clean[1]}"
    assert client.get(address).status_code == 404
    assert "en attente du contrôle antivirus" in client.get(f"/tickets/{clean[0]}").get_data(as_text=True)
    with guarded.app_context():
        assert jobs.run("antivirus", NOW) == 0
    with clamd(prise), guarded.app_context():
        assert jobs.run("antivirus", NOW) == 2
        assert jobs.run("antivirus", NOW) == 0
    assert state(guarded, clean[1]) == ("", "", True, f"{clean[1][:2]}/{clean[1]}")
    assert state(guarded, infected[1])[0] == "virus"
    served = client.get(address)
    assert served.status_code == 200 and served.get_data() == "Relevé".encode()
    served.close()
    with guarded.app_context():
        assert [path.name for path in (files_folder() / "quarantine").iterdir()] == [infected[1]]
    assert len(lines(guarded, "file.released")) == 1


def test_a_file_that_the_antivirus_never_judges_holds_back_no_other(guarded, cast, prise):
    """A file that stays without a verdict, sent first, does not keep the files sent after it in quarantine."""
    stuck, fine = opened(guarded, cast, content=b"POISON"), opened(guarded, cast)
    with guarded.app_context(), writing():
        db.session.get(Attachment, stuck[1]).at = NOW - timedelta(days=1)
    too_large = b"INSTREAM size limit exceeded. ERROR\0"
    verdict = clamd(prise, lambda content: too_large if b"POISON" in content else b"stream: OK\0")
    with verdict, guarded.app_context():
        assert jobs.run("antivirus", NOW) == 1
    assert state(guarded, stuck[1])[0] == "waiting" and state(guarded, fine[1])[0] == ""


def test_the_order_in_which_what_waits_is_asked_about_changes(guarded, cast, prise):
    """The order changes, so that files which each keep the daemon until its time-out do not always come first."""
    for number in range(6):
        opened(guarded, cast, content=f"POISON {number}".encode())
    with clamd(prise, lambda content: None) as daemon, guarded.app_context():
        for _ in range(30):
            assert jobs.run("antivirus", NOW) == 0
    assert len(daemon.seen) == 30 * 3 and len(set(daemon.seen)) == 6


def test_a_silent_antivirus_is_waited_for_once_a_request(guarded, cast, prise):
    files = [Upload(f"{name}.txt", io.BytesIO(name.encode())) for name in ("a", "b", "c")]
    with guarded.app_context(), clamd(prise, lambda content: None) as daemon:
        draft = Draft(
            title="Panne",
            body="Depuis hier.",
            etablissement="desaix-tarbes",
            service="gestion-financiere",
            activity="mco",
            facts=Facts(acquired_by="departement"),
        )
        number = desk.open_ticket(people.actor(cast["c11.cmi"]), draft, files, NOW)
        kept = db.session.scalars(select(Attachment.quarantine).where(Attachment.ticket_id == number)).all()
    assert list(kept) == ["waiting"] * 3 and len(daemon.seen) == 1


def test_a_file_that_comes_out_is_not_swept_away_before_its_row_names_it(guarded, cast, prise):
    number, uuid = opened(guarded, cast)
    long_ago, known = (NOW - timedelta(days=3)).timestamp(), {state(guarded, uuid)[3]}
    with guarded.app_context(), clamd(prise):
        folder = files_folder()
        os.utime(folder / f"quarantine/{uuid}", (long_ago, long_ago))
        assert jobs.run("antivirus", NOW) == 1
        assert sweep(folder, known) == 0  # the sweep had read the rows before this file's was written
    served = reader(guarded, cast).get(f"/tickets/{number}/fichiers/{uuid}")
    assert state(guarded, uuid)[2] and served.status_code == 200
    served.close()


def test_a_daemon_that_says_nothing_does_not_hold_the_request(tmp_path, prise):
    content = tmp_path / "content"
    content.write_bytes(b"x")
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(prise))
    silent.listen()
    begun = datetime.now(UTC)
    assert antivirus.scan(content, f"unix:{prise}", timeout=0.2).found == "none"
    assert datetime.now(UTC) - begun < timedelta(seconds=antivirus.TIMEOUT)  # a fifth of a second on a quiet machine
    silent.close()


def test_the_administrator_sees_kind_and_sender_but_no_name_and_destroys(app, cast):
    number, uuid = opened(app, cast, "nom-de-la-personne.txt", eicar.SIGNATURE)
    admin = reader(app, cast, "a.admin")
    page = admin.get("/administration/fichiers").get_data(as_text=True)
    assert "Eicar-Test-Signature" in page and f"n°\u00a0{number}" in page and "Thomas Escalère" in page
    assert "nom-de-la-personne" not in page
    place = f"/administration/fichiers/{uuid}/detruire"
    for sigle in ("c11.cmi", "c11.chef", "d1.ref", "a.tech", "a.lecture"):
        assert reader(app, cast, sigle).get("/administration/fichiers").status_code == 404
        assert post(reader(app, cast, sigle), place).status_code == 404
    assert post(admin, place).status_code == 303
    assert state(app, uuid)[0] == "gone" and not state(app, uuid)[2]
    assert post(admin, place).status_code == 404
    assert "Rien n’est en quarantaine" in admin.get("/administration/fichiers").get_data(as_text=True)
    shown = reader(app, cast).get(f"/tickets/{number}").get_data(as_text=True)
    assert "détruit par l’académie" in shown
    assert len(lines(app, "file.destroyed")) == 1


def test_the_page_reads_the_files_in_quarantine_and_no_others(app, cast, queries_of):
    with app.app_context(), queries_of() as seen:
        quarantine.listed("academie-toulouse")
        quarantine.rescan(files_folder(), "", NOW)
    asked = [one for one in seen if "FROM attachment" in one]
    assert len(asked) == 2
    with app.app_context():
        for statement in asked:
            driver = db.session.connection().connection.driver_connection
            plan = driver.execute(f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?")).fetchall()
            assert any("ix_attachment_quarantine" in step[3] for step in plan), (statement, plan)


def test_another_academie_s_administrator_sees_and_destroys_nothing(app, cast):
    from ticketing.errors import NotFound
    from ticketing.files import quarantine

    _, uuid = opened(app, cast, "a.txt", eicar.SIGNATURE)
    with app.app_context():
        assert quarantine.listed("academie-ailleurs") == () and len(quarantine.listed("academie-toulouse")) == 1
        with pytest.raises(NotFound):
            quarantine.destroy(people.actor(cast["a.admin"]), "academie-ailleurs", uuid, NOW)
    assert state(app, uuid)[:1] == ("virus",) and state(app, uuid)[2]


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("unix:/run/clamav/clamd.ctl", True),
        ("clamav:3310", True),
        ("[::1]:3310", True),
        ("", True),
        ("clamav", False),
        ("http://clamav:3310", False),
        ("unix:", False),
    ],
)
def test_the_setting_says_where_the_antivirus_is(tmp_path, address, fine):
    environ = {"GUICHET_DEMO": "1", "GUICHET_DATA_DIR": str(tmp_path), "GUICHET_CLAMAV": address}
    if fine:
        assert read_settings(environ).clamav == address
    else:
        with pytest.raises(ConfigurationError, match="GUICHET_CLAMAV"):
            read_settings(environ)
