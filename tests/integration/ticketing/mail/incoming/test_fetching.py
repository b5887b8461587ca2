"""Boxes are read without losing, doubling or blocking a mail: Maildir, and IMAP by two real servers."""

from __future__ import annotations

import mailbox
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import imap as servers
from harness.incoming import acting, raw
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.keys import Letter
from ticketing import jobs
from ticketing.correspondence import watching
from ticketing.mail.incoming import boxes, fetching, imap, maildir, store
from ticketing.mail.incoming.fetched import Trouble
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.tables import IncomingMail, Mailbox
from ticketing.operation import maintenance

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
ASIDE = Outcome("quarantined", "unknown-sender", "Personne n’a cette adresse.")


@pytest.fixture
def context(any_app: Any) -> Any:
    with any_app.app_context():
        yield any_app
        db.session.remove()


@pytest.fixture
def folder(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "boite", create=True)


@pytest.fixture(params=["pymap", "dovecot"])
def server(request: Any, tmp_path: Path) -> Iterator[servers.Server]:
    with getattr(servers, request.param)(tmp_path) as running:
        yield running


def _box(where: Any) -> tuple[boxes.Box, ...]:
    return boxes.read(where.box if isinstance(where, servers.Server) else where._path)


def _kept() -> list[tuple[str, str]]:
    db.session.rollback()
    chosen = select(IncomingMail.box, IncomingMail.message_id).order_by(IncomingMail.id)
    return [(row.box, row.message_id) for row in db.session.execute(chosen)]


def _health(name: str = "boite") -> Any:
    db.session.rollback()
    return db.session.execute(select(Mailbox.__table__).where(Mailbox.name == name)).one()


def test_a_maildir_is_emptied_into_its_folder_of_what_is_done(context: Any, folder: mailbox.Maildir) -> None:
    for number in (1, 2):
        folder.add(raw(number))
    shown = mailbox.MaildirMessage(raw(3))
    shown.set_subdir("cur")
    folder.add(shown)
    read = mailbox.MaildirMessage(raw(4))
    read.set_subdir("cur")
    read.set_flags("S")
    folder.add(read)
    assert fetching.fetch(_box(folder), NOW) == 3
    assert sorted(name for _, name in _kept()) == [f"<m{n}@mail.example>" for n in (1, 2, 3)]
    root = Path(folder._path)
    assert [path.name.endswith(":2,S") for path in (root / ".Traites/cur").iterdir()] == [True] * 3
    assert list((root / "new").iterdir()) == []
    assert len(list((root / "cur").iterdir())) == 1  # a person has read it: it is the person's
    assert fetching.fetch(_box(folder), NOW + timedelta(minutes=1)) == 0
    assert _health().fetched_at == NOW + timedelta(minutes=1)


def test_a_process_killed_before_it_moves_a_file_loses_and_doubles_nothing(
    context: Any, folder: mailbox.Maildir, monkeypatch: Any
) -> None:
    folder.add(raw(1))
    monkeypatch.setattr(maildir, "_move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        fetching.fetch(_box(folder), NOW)
    assert len(_kept()) == 1
    monkeypatch.undo()
    assert fetching.fetch(_box(folder), NOW) == 0, "another process may still have the box"
    assert fetching.fetch(_box(folder), NOW + fetching.CLAIM + timedelta(seconds=1)) == 0
    assert len(_kept()) == 1
    assert list((Path(folder._path) / "new").iterdir()) == []


def test_a_mail_that_cannot_be_kept_stays_in_its_box(context: Any, folder: mailbox.Maildir, monkeypatch: Any) -> None:
    folder.add(raw(1))
    monkeypatch.setattr(store, "keep", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    fetching.fetch(_box(folder), NOW)
    assert len(list((Path(folder._path) / "new").iterdir())) == 1
    assert (_kept(), _health().failures, _health().waiting) == ([], 1, 1)


def test_one_file_that_cannot_be_read_blocks_no_other(context: Any, folder: mailbox.Maildir) -> None:
    folder.add(raw(1))
    os.symlink("/nowhere", Path(folder._path) / "new" / "0.broken")
    (Path(folder._path) / "new" / "1.folder").mkdir()
    assert fetching.fetch(_box(folder), NOW) == 1


def test_a_batch_is_bounded(context: Any, folder: mailbox.Maildir, monkeypatch: Any) -> None:
    monkeypatch.setattr(fetching, "BATCH", 2)
    for number in range(5):
        folder.add(raw(number))
    assert [fetching.fetch(_box(folder), NOW + timedelta(minutes=n)) for n in range(4)] == [2, 2, 1, 0]


def test_a_mail_too_large_stays_whole_in_the_box(context: Any, folder: mailbox.Maildir, monkeypatch: Any) -> None:
    monkeypatch.setattr(fetching._Keeper, "largest", 2000)
    whole = raw(1, text="x" * 5000)
    folder.add(whole)
    folder.add(raw(2))
    assert fetching.fetch(_box(folder), NOW) == 2
    large = list((Path(folder._path) / ".Trop-lourds/cur").iterdir())
    assert [path.read_bytes() for path in large] == [whole]
    row = db.session.execute(select(IncomingMail.__table__).where(~IncomingMail.whole)).one()
    assert (row.state, row.kind, row.whole) == ("received", "refused", False), "to be set aside, its words unread"
    assert ".Trop-lourds" in row.reason


def test_imap_mails_are_kept_byte_for_byte_then_seen_and_moved(context: Any, server: servers.Server) -> None:
    odd = raw(2, subject="=?x?q?z?=", text="\xe9\r\n.\r\nFrom x").replace(b"Bonjour", b"\xff\xfe")
    server.append(raw(1), odd)
    assert fetching.fetch(_box(server), NOW) == 2
    assert store.raw_of(db.session.scalars(select(IncomingMail.id).order_by(IncomingMail.id)).all()[1]) == odd
    assert (server.count("INBOX", "UNSEEN"), server.count(imap.DONE)) == (0, 2)
    assert fetching.fetch(_box(server), NOW + timedelta(minutes=1)) == 0
    assert (_health().error, _health().failures) == ("", 0)


def test_imap_cut_between_keeping_and_marking_loses_and_doubles_nothing(
    context: Any, server: servers.Server, monkeypatch: Any
) -> None:
    server.append(raw(1), raw(2))
    monkeypatch.setattr(imap._Folders, "move", lambda *_: (_ for _ in ()).throw(ConnectionResetError))
    fetching.fetch(_box(server), NOW)
    assert len(_kept()) == 1
    assert "coupée" in _health().error
    with server.client() as client:  # as if the mark, too, had been lost; UIDs mean nothing here
        client.store("1", "-FLAGS", r"(\Seen)")
    monkeypatch.undo()
    assert fetching.fetch(_box(server), NOW + timedelta(minutes=1)) == 1
    assert len(_kept()) == 2
    assert server.count("INBOX") == 0


def test_imap_too_large_goes_whole_to_its_own_folder(context: Any, server: servers.Server, monkeypatch: Any) -> None:
    monkeypatch.setattr(fetching._Keeper, "largest", 2000)
    server.append(raw(1, text="x" * 5000), raw(2))
    assert fetching.fetch(_box(server), NOW) == 2
    assert (server.count(imap.TOO_LARGE), server.count(imap.DONE)) == (1, 1)


def test_a_box_that_fails_says_why_and_holds_back_no_other(context: Any, folder: mailbox.Maildir) -> None:
    folder.add(raw(1))
    port = servers.free_port()
    configured = boxes.read(f"mort=imap://u:p@127.0.0.1:{port}/INBOX,absent=/nowhere/maildir,bon={folder._path}")
    assert fetching.fetch(configured, NOW) == 1
    assert "ne répond pas" in _health("mort").error
    assert "Maildir" in _health("absent").error
    assert _health("bon").error == ""
    assert fetching.fetch(boxes.read(f"bon={folder._path}"), NOW + timedelta(minutes=1)) == 0
    assert db.session.scalars(select(Mailbox.name)).all() == ["bon"]


def test_imap_refuses_a_wrong_password_in_words(tmp_path: Path) -> None:
    with servers.pymap(tmp_path) as server:
        (box,) = boxes.read(server.box.replace("word", "wrong"))
        with pytest.raises(Trouble, match="mot de passe"):
            imap.fetch(box, fetching._Keeper("x", NOW), at_most=1, until=time.monotonic() + 9)


def test_a_password_never_goes_in_clear_to_another_machine(tmp_path: Path, monkeypatch: Any) -> None:
    with servers.pymap(tmp_path) as server:
        (box,) = boxes.read(server.box)
        monkeypatch.setattr(imap, "_is_here", lambda host: False)
        with pytest.raises(Trouble, match="STARTTLS"):
            imap.fetch(box, fetching._Keeper("x", NOW), at_most=1, until=time.monotonic() + 9)


# --- the job, and its alarms ------------------------------------------------------------------------------------------


def _job(context: Any, folder: mailbox.Maildir, now: datetime) -> int:
    settings = context.config["GUICHET"].model_copy(update={"mailbox": f"bon={folder._path}"})
    context.config["GUICHET"] = settings
    return jobs.run("mail-in", now)


def test_cha_07_mails_wait_in_their_box_while_guichet_is_stopped(
    context: Any, folder: mailbox.Maildir, monkeypatch: Any
) -> None:
    acting(monkeypatch, ASIDE)
    folder.add(raw(1))
    data = context.config["GUICHET"].data_dir
    maintenance.stop(data, until=None, words="", now=NOW)
    assert (_job(context, folder, NOW), _kept()) == (0, [])
    maintenance.resume(data)
    assert (_job(context, folder, NOW), len(_kept())) == (1, 1)


def test_a_failure_is_told_once_and_its_end_once(
    any_app: Any, cast: Any, folder: mailbox.Maildir, monkeypatch: Any
) -> None:
    with any_app.app_context():
        broken = Path(folder._path)
        hidden = broken.with_name("ailleurs")

        def letters() -> list[str]:
            db.session.rollback()
            chosen = select(Letter.kind).where(Letter.kind.like("mail-%")).order_by(Letter.id)
            return list(db.session.scalars(chosen))

        broken.rename(hidden)
        for minutes in range(0, 60, 2):
            _job(any_app, folder, NOW + timedelta(minutes=minutes))
        administrators = len(letters())
        assert administrators >= 1
        assert set(letters()) == {"mail-alarm"}
        health = watching.health(boxes.read(f"bon={broken}"), NOW + timedelta(hours=1))
        assert health.as_json()["alarm"]
        assert "ne se relève plus" in health.alarms[0]
        # it comes and goes: neither a second alarm nor an end
        for minutes in range(60, 120, 6):
            hidden.rename(broken)
            _job(any_app, folder, NOW + timedelta(minutes=minutes))
            broken.rename(hidden)
            _job(any_app, folder, NOW + timedelta(minutes=minutes + 3))
        assert len(letters()) == administrators
        hidden.rename(broken)
        for minutes in range(120, 180, 2):
            _job(any_app, folder, NOW + timedelta(minutes=minutes))
        assert letters() == ["mail-alarm"] * administrators + ["mail-recovered"] * administrators
        alarms = watching.health(boxes.read(f"bon={broken}"), NOW + timedelta(hours=3)).alarms
        assert not any("boîte" in alarm for alarm in alarms)
        db.session.remove()


def test_what_waits_too_long_here_is_told_as_well(any_app: Any, cast: Any, monkeypatch: Any) -> None:
    acting(monkeypatch, ASIDE)
    with any_app.app_context():
        store.keep(raw(1), "a", NOW)
        with writing() as session:
            session.execute(update(IncomingMail).values(next_at=NOW + timedelta(days=1)))
        for minutes in range(0, 120, 10):
            watching.watch(NOW + timedelta(minutes=minutes))
        assert any("attendent d’être traités" in one for one in watching.health((), NOW + timedelta(hours=2)).alarms)
        with writing() as session:
            session.execute(update(IncomingMail).values(state="ignored"))
        for minutes in range(120, 180, 10):
            watching.watch(NOW + timedelta(minutes=minutes))
        kinds = list(db.session.scalars(select(Letter.kind).where(Letter.kind.like("mail-%")).order_by(Letter.id)))
        assert kinds == sorted(kinds)
        assert kinds.count("mail-alarm") == kinds.count("mail-recovered") >= 1
        db.session.remove()


def test_nobody_reading_a_box_is_seen(context: Any, folder: mailbox.Maildir) -> None:
    fetching.fetch(_box(folder), NOW)
    later = watching.health(_box(folder), NOW + timedelta(hours=1))
    assert later.boxes[0].state == "stale"
    assert "guichet scheduler" in later.alarms[0]
    assert watching.health(_box(folder), NOW).boxes[0].state == "well"
