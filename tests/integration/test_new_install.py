"""A new installation has the two shipped charters, and a command creates its first administrator."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from harness.places import ROOT

from charters.database import db
from charters.entry import sessions
from charters.journal import audit
from charters.people import accounts
from charters.tables.access import Account, OtpKey


def test_a_new_install_begins_with_the_two_charters(tmp_path):
    database = tmp_path / "guichet.db"
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GUICHET_DATABASE_URL": f"sqlite:///{database}",
        "GUICHET_SECRET_KEY": "x" * 40,
        "GUICHET_SEED_KEYS": Fernet.generate_key().decode(),
        "GUICHET_DATA_DIR": str(tmp_path / "data"),
    }
    twice = "from ticketing.commands.cli import main\nfor _ in 'ab': main(['db', 'upgrade'], standalone_mode=False)"
    done = subprocess.run([sys.executable, "-c", twice], capture_output=True, text=True, env=environ, cwd=ROOT)
    assert done.returncode == 0 and done.stdout.count("version 1 publiée") == 2, done.stderr
    with sqlite3.connect(database) as database:
        rows = database.execute("SELECT kind, version, sha256 FROM charter_text ORDER BY kind").fetchall()
        told = database.execute("SELECT subject FROM journal_line WHERE event = 'charter.published'").fetchall()
    shipped = {kind: files("charters").joinpath("texts", f"{kind}-1.md").read_bytes() for kind in ("cle", "usage")}
    assert rows == [(kind, 1, hashlib.sha256(text).hexdigest()) for kind, text in shipped.items()]
    assert sorted(told) == [("cle 1",), ("usage 1",)]


FIELDS = {
    "--sigle": "p.durand",
    "--nom": "Durand",
    "--prenom": "Paule",
    "--societe": "Académie de Toulouse",
    "--mail": "p.durand@exemple.fr",
    "--fonction": "Responsable",
}


@pytest.fixture
def create_admin(settings, monkeypatch):
    """Return `create_admin(--nom="…")`, which runs the command in this process, on an empty installation."""
    from ticketing.commands.cli import main
    from ticketing.operation import logs

    monkeypatch.setattr(logs, "configure", lambda level: None)
    environ = {
        "GUICHET_DATABASE_URL": settings.database_url,
        "GUICHET_SECRET_KEY": settings.secret_key,
        "GUICHET_SEED_KEYS": ",".join(settings.seed_keys),
        "GUICHET_DATA_DIR": str(settings.data_dir),
    }

    def run(**changes):
        options = {**FIELDS, **{f"--{name}": value for name, value in changes.items()}}
        arguments = [part for pair in options.items() for part in pair if part is not None]
        return CliRunner().invoke(main, ["create-admin", "--academie", "academie-toulouse", *arguments], env=environ)

    return run


@pytest.mark.parametrize("field", ["nom", "prenom", "societe", "mail", "fonction"])
def test_cha_01_the_command_creates_nobody_without_each_of_the_five(app, create_admin, field):
    for blank in ("", "   ", "\u00a0"):
        refused = create_admin(**{field: blank})
        assert refused.exit_code == 1 and "Aucun compte" in refused.output
    with app.app_context():
        assert db.session.query(Account).count() == db.session.query(OtpKey).count() == 0


def test_the_first_administrator_is_created_with_a_key_to_activate(app, create_admin):
    done = create_admin()
    assert done.exit_code == 0, done.output
    token = done.output.strip().rpartition("/cle/")[2]
    page = app.test_client().get(f"/cle/{token}")
    assert page.status_code == 200 and "Paule Durand" in page.get_data(as_text=True)
    with app.app_context():
        actor = sessions.actor_of(accounts.account_id("p.durand"), now=datetime.now(UTC))
        assert (actor.role, actor.external) == ("administrateur", False)
        assert actor.mandate is not None and actor.mandate.scope_id == "academie-toulouse"
        assert audit.verify().ok
    again = create_admin(sigle="q.autre")
    assert again.exit_code == 1 and "p.durand" in again.output and "--de-secours" in again.output
    with app.app_context():
        assert db.session.query(Account).count() == 1


def test_another_administrator_is_created_when_all_have_lost_their_keys(app, create_admin):
    assert create_admin().exit_code == 0
    assert create_admin(**{"de-secours": None}).exit_code == 1  # the sigle is already taken
    assert create_admin(sigle="q.autre", **{"de-secours": None}).exit_code == 0
    with app.app_context():
        assert db.session.query(Account).count() == 2


def test_what_the_options_do_not_give_is_asked_in_french(app, settings, monkeypatch):
    from ticketing.commands import access
    from ticketing.commands.cli import main
    from ticketing.operation import logs

    monkeypatch.setattr(logs, "configure", lambda level: None)
    monkeypatch.setattr(access, "_answered", lambda: True)
    environ = {
        "GUICHET_DATABASE_URL": settings.database_url,
        "GUICHET_SECRET_KEY": settings.secret_key,
        "GUICHET_SEED_KEYS": ",".join(settings.seed_keys),
        "GUICHET_DATA_DIR": str(settings.data_dir),
    }
    typed = "Durand\n\nPaule\nAcadémie de Toulouse\np.durand@exemple.fr\nResponsable\np.durand\n"
    done = CliRunner().invoke(main, ["create-admin", "--academie", "academie-toulouse"], input=typed, env=environ)
    assert done.exit_code == 0 and "Prénom" in done.output and "/cle/" in done.output, done.output
    assert done.output.count("Prénom") == 2  # an empty answer is asked for again
