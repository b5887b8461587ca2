"""The command's messages when it cannot run, and that routing starts without the web application."""

import gc
import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from harness.places import ROOT

from ticketing.commands import base


def guichet(*arguments, stdin="", **environ):
    """Run the command in its own process, with only the path of this environment."""
    command = [sys.executable, "-c", "from ticketing.commands.cli import main; main()", *arguments]
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=kept | environ, cwd=ROOT)


def test_faults_of_configuration_are_told_at_once_and_exit_2():
    done = guichet("serve", GUICHET_WORKERS="many", GUICHET_SECRETKEY="x")
    assert done.returncode == 2
    for name in ("GUICHET_WORKERS", "GUICHET_SECRETKEY", "GUICHET_SECRET_KEY", "GUICHET_DATABASE_URL"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_an_anchor_of_the_journal_is_whole_or_refused():
    for given in (["--since", "4"], ["--print", "a" * 64], ["--since", "4", "--print", "abc"]):
        done = guichet("audit", "verify", *given)
        assert done.returncode == 2 and "Traceback" not in done.stderr, given


@pytest.mark.slow
def test_codes_and_demonstration_are_refused_in_service(tmp_path):
    service = {
        "GUICHET_DATABASE_URL": f"sqlite:///{tmp_path}/x.db",
        "GUICHET_SECRET_KEY": "x" * 32,
        "GUICHET_SEED_KEYS": "A" * 43 + "=",
    }
    for command in (["otp", "c11.cmi"], ["demo"], ["seed-reference", "--seed", "1"]):
        done = guichet(*command, **service)
        assert done.returncode == 2 and "démonstration" in done.stderr, command


def test_routing_imports_neither_web_nor_database():
    program = (
        "import sys; from ticketing.commands.cli import main\n"
        "try: main(['route'])\n"
        "except SystemExit: pass\n"
        "heavy = {'flask', 'sqlalchemy', 'alembic', 'gunicorn', 'pydantic', 'config'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", program], input="", capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_an_unknown_agreement_is_a_sentence_with_those_known():
    done = guichet("matrix", "show", "nowhere-1999")
    assert done.returncode == 2 and "hautes-pyrenees-2015" in done.stderr and "Traceback" not in done.stderr


def test_garbage_is_looked_for_again_once_the_application_is_loaded(monkeypatch, tmp_path):
    monkeypatch.setenv("GUICHET_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GUICHET_DATABASE_URL", f"sqlite:///{tmp_path / 'guichet.db'}")
    monkeypatch.setenv("GUICHET_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("GUICHET_SEED_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("GUICHET_BASE_URL", "http://127.0.0.1")
    seen = []
    monkeypatch.setattr("ticketing.operation.logs.configure", lambda level: None)  # this process keeps its own
    monkeypatch.setattr("ticketing.app.create_app", lambda settings: seen.append(gc.isenabled()) or Flask("x"))
    gc.enable()
    with base.application():
        assert gc.isenabled()
    assert seen == [False]
