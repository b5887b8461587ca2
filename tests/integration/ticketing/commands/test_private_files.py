"""What the program makes is closed to other users; a missing folder, or a base behind, is said in one sentence."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from harness.places import ROOT


@pytest.fixture
def umask():
    """Set the umask that lets everybody read, as most systems have it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def guichet(tmp_path, umask):
    """Run the command in its own process, with a data folder and a base that do not exist yet."""
    kept = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GUICHET_DATABASE_URL": f"sqlite:///{tmp_path}/new/base/guichet.db",
        "GUICHET_SECRET_KEY": "x" * 32,
        "GUICHET_SEED_KEYS": Fernet.generate_key().decode(),
        "GUICHET_DATA_DIR": str(tmp_path / "new" / "data"),
        "GUICHET_BIND": "127.0.0.1:1",
    }

    def run(*arguments, **environ):
        command = [sys.executable, "-c", "from ticketing.commands.cli import main; main()", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=kept | environ, cwd=ROOT, timeout=60)

    return run


def modes(folder):
    """The modes of a folder and of all that it holds, by their path under it."""
    return {
        path.relative_to(folder.parent).as_posix(): oct(stat.S_IMODE(path.stat().st_mode))
        for path in [folder, *folder.rglob("*")]
    }


@pytest.mark.slow
def test_a_base_behind_is_refused_with_the_command_then_made_closed_to_others(guichet, tmp_path):
    for command in ("serve", "scheduler"):
        refused = guichet(command)
        assert refused.returncode == 1 and "« guichet db upgrade »" in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr and refused.stderr.count("\n") == 1
    assert guichet("db", "upgrade").returncode == 0
    assert modes(tmp_path / "new") == {
        "new": "0o700",
        "new/data": "0o700",
        "new/data/journal-key": "0o600",
        "new/base": "0o700",
        "new/base/guichet.db": "0o600",
        "new/base/guichet.db-turn": "0o600",
    }


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(guichet, tmp_path):
    (tmp_path / "file").write_text("")
    refused = guichet("db", "current", GUICHET_DATA_DIR=str(tmp_path / "file" / "data"))
    assert refused.returncode == 2 and refused.stderr.startswith("Le dossier "), refused.stderr
    assert refused.stderr.count("\n") == 1


def test_mails_and_files_laid_in_the_data_folder_are_closed_to_others(umask, tmp_path, app_context, settings):
    from email.message import EmailMessage

    from ticketing.files.receiving import Limits, receiving
    from ticketing.mail import carriers
    from ticketing.model import Upload

    mail = EmailMessage()
    mail.set_content("lien de la clé")
    settings = settings.model_copy(update={"data_dir": tmp_path / "laid"})
    carriers.carrier(settings).send(mail, "lettre")
    upload = Upload("a.txt", io.BytesIO(b"x"), "text/plain", None)
    with receiving(tmp_path / "laid" / "files", [upload], Limits(10, 10)):
        pass
    for path, mode in modes(tmp_path / "laid").items():
        assert mode == ("0o600" if (tmp_path / path).is_file() else "0o700"), path


def test_the_base_its_log_and_its_index_are_closed_to_others(umask, tmp_path):
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{tmp_path}/new.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
        found = modes(tmp_path)
    engine.dispose()
    assert {mode for name, mode in found.items() if "new.db" in name} == {"0o600"}
    assert len(found) >= 4  # the folder, the base, its log, its index
