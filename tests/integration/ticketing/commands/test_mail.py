"""`guichet mail-in` answers 0 once a mail is kept and 75 on any trouble, and prints one line of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from harness.apps import SEED_KEY
from harness.incoming import raw
from harness.places import ROOT
from sqlalchemy import select

from charters.database import db
from ticketing.commands.cli import main
from ticketing.mail.incoming import store
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.operation import maintenance


@pytest.fixture
def environ(app: Any, settings: Any) -> dict[str, str]:
    return {
        "GUICHET_DATABASE_URL": settings.database_url,
        "GUICHET_DATA_DIR": str(settings.data_dir),
        "GUICHET_SECRET_KEY": settings.secret_key,
        "GUICHET_SEED_KEYS": SEED_KEY,
        "GUICHET_CONVENTIONS_DIR": str(settings.conventions_dir),
    }


@pytest.fixture
def run(environ: dict[str, str]) -> Any:
    """Return `run(*arguments, stdin=…, **settings)`: run the command in this process; gives its status and output.

    An error that the command lets pass ends it with 1 here too, as in a process of its own.
    """

    def run(*arguments: str, stdin: bytes = b"", **more: str) -> SimpleNamespace:
        done = CliRunner().invoke(main, arguments, input=stdin, env=environ | more)
        return SimpleNamespace(returncode=done.exit_code, stdout=done.stdout_bytes, stderr=done.stderr_bytes)

    return run


@pytest.fixture
def process(environ: dict[str, str], settings: Any) -> Any:
    """Return `process(*arguments, stdin=…)`: run the command as the mail server does, in a process of its own."""

    def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        whole = {**{n: v for n, v in os.environ.items() if not n.startswith("GUICHET_")}, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", "from ticketing.commands.cli import main; main()", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, env=whole | environ, cwd=settings.data_dir)

    return run


def _rows(app: Any) -> list[tuple[str, str]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(select(IncomingMail.box, IncomingMail.state))]


def test_a_mail_is_kept_and_said_in_one_line(app: Any, run: Any, process: Any) -> None:
    done = process("mail-in", "--box", "support", stdin=raw(1, sender="inconnu@ailleurs.example"))
    assert done.returncode == 0, done.stderr.decode()
    (line,) = done.stdout.decode().splitlines()
    said = json.loads(line)
    assert set(said) == {"state", "ticket", "kind", "reason"}
    assert (said["state"], said["ticket"]) == ("quarantined", None)
    again = run("mail-in", "--box", "support", stdin=raw(1, sender="inconnu@ailleurs.example"))
    assert (again.returncode, json.loads(again.stdout)["state"]) == (0, "quarantined")
    assert _rows(app) == [("support", "quarantined")]


def test_any_trouble_leaves_the_mail_with_the_mail_server(
    app: Any, run: Any, process: Any, settings: Any, tmp_path: Path
) -> None:
    mail = raw(1)
    troubles = {
        "no such box, to the mail server": process("mail-in", "--box", "a/b", stdin=mail),
        "no such box": run("mail-in", "--box", "a/b", stdin=mail),
        "an unknown option": run("mail-in", "--bocks", "a", stdin=mail),
        "a wrong setting": run("mail-in", stdin=mail, GUICHET_SMTP_URL="http://x"),
        "no base": run("mail-in", stdin=mail, GUICHET_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"),
        "an empty base": run("mail-in", stdin=mail, GUICHET_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}"),
    }
    maintenance.stop(settings.data_dir, until=None, words="", now=datetime.now(UTC))
    troubles["maintenance"] = run("mail-in", stdin=mail)
    assert {name: done.returncode for name, done in troubles.items()} == dict.fromkeys(troubles, 75)
    for done in troubles.values():
        assert done.stdout == b""
        assert b"Traceback" not in done.stderr
    assert _rows(app) == []


def test_a_mail_too_large_waits_on_the_mail_server_and_its_beginning_here(
    app: Any, run: Any, settings: Any, monkeypatch: Any
) -> None:
    large = raw(1, text="x" * (store.LARGEST + 10))
    done = run("mail-in", stdin=large)
    assert done.returncode == 75
    assert json.loads(done.stdout)["kind"] == "refused"
    assert run("mail-in", stdin=large).returncode == 75
    assert _rows(app) == [("mail-in", "quarantined")]


def test_health_and_replay_are_json(app: Any, run: Any) -> None:
    run("mail-in", stdin=raw(1, sender="inconnu@ailleurs.example"))
    health = run("mail-health")
    assert health.returncode == 0, health.stderr.decode()
    assert json.loads(health.stdout)["quarantined"] == 1
    replayed = run("mail-replay", "--quarantined")
    assert replayed.returncode == 0, replayed.stderr.decode()
    assert json.loads(replayed.stdout)["mail"] == 1
    assert run("mail-replay", "77").returncode == 1
    assert run("mail-replay").returncode == 2
