"""A new installation begins with the two charters that ship, and never publishes them twice."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_new_install_begins_with_the_two_charters(tmp_path):
    database = tmp_path / "guichet.db"
    environ = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GUICHET_DATABASE_URL": f"sqlite:///{database}",
        "GUICHET_SECRET_KEY": "x" * 40, "GUICHET_SEED_KEYS": Fernet.generate_key().decode(),
        "GUICHET_DATA_DIR": str(tmp_path / "data"),
    }
    twice = "from ticketing.cli import main\nfor _ in 'ab': main(['db', 'upgrade'], standalone_mode=False)"
    done = subprocess.run([sys.executable, "-c", twice], capture_output=True, text=True, env=environ, cwd=ROOT)
    assert done.returncode == 0 and done.stdout.count("version 1 publiée") == 2, done.stderr
    with sqlite3.connect(database) as database:
        rows = database.execute("SELECT kind, version, sha256 FROM charter_text ORDER BY kind").fetchall()
        told = database.execute("SELECT subject FROM journal_line WHERE event = 'charter.published'").fetchall()
    shipped = {kind: files("charters").joinpath("texts", f"{kind}-1.md").read_bytes() for kind in ("cle", "usage")}
    assert rows == [(kind, 1, hashlib.sha256(text).hexdigest()) for kind, text in shipped.items()]
    assert sorted(told) == [("cle 1",), ("usage 1",)]
