"""`guichet audit`: what it says, in French, of a journal that holds, was tampered with, or has lost its key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from charters.database import db, writing
from charters.journal import audit, keyring
from charters.tables.access import JournalHead, JournalLine

NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


@pytest.fixture
def guichet(app: Any, settings: Any, monkeypatch: Any) -> Any:
    """`guichet("verify")` runs the command in this process, on a journal of ten lines."""
    from ticketing.commands.cli import main
    from ticketing.operation import logs

    monkeypatch.setattr(logs, "configure", lambda level: None)
    environ = {
        "GUICHET_DATABASE_URL": settings.database_url,
        "GUICHET_SECRET_KEY": settings.secret_key,
        "GUICHET_SEED_KEYS": ",".join(settings.seed_keys),
        "GUICHET_DATA_DIR": str(settings.data_dir),
    }
    with app.app_context():
        for number in range(10):
            with writing():
                audit.record("account.created", subject=f"essai {number}", now=NOW)
        db.session.remove()

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, list(arguments), env=environ)
        return done.exit_code, done.output

    return run


def change(app: Any, *statements: Any) -> None:
    with app.app_context(), writing() as session:
        for statement in statements:
            session.execute(statement)


def test_a_new_key_is_said_with_the_file_to_back_up(guichet: Any, settings: Any) -> None:
    status, said = guichet("audit", "rotate-key")
    assert status == 0 and "Clé neuve à partir de la ligne" in said and str(settings.data_dir / "journal-key") in said
    assert guichet("audit", "verify")[0] == 0


def test_what_is_wrong_is_said_with_its_line(guichet: Any, app: Any) -> None:
    change(app, update(JournalLine).where(JournalLine.number == 5).values(subject="autre"))
    status, said = guichet("audit", "verify")
    assert status == 1 and said == "ligne 5 : contenu modifié, ou signé d’une autre clé\n"
    with app.app_context():
        line = dict(db.session.execute(select(JournalLine.__table__).where(JournalLine.number == 5)).one()._mapping)
        forged = audit._hash(line["previous_hash"], line)
    change(app, update(JournalLine).where(JournalLine.number == 5).values(hash=forged))
    assert guichet("audit", "verify")[1] == "ligne 5 : n’est pas signée : écrite par qui n’a pas la clé du journal\n"


def test_a_lost_key_stops_the_start_and_may_be_accepted_as_lost(guichet: Any, app: Any, settings: Any) -> None:
    (settings.data_dir / "journal-key").unlink()
    for command in ("serve", "scheduler"):
        status, said = guichet(command)
        assert status == 1 and "« guichet audit accept »" in said and str(settings.data_dir / "journal-key") in said
    assert app.test_client().get("/readyz").get_data(as_text=True).startswith("journal signé d’une autre clé")
    status, said = guichet("audit", "verify")
    assert status == 1 and "cette machine n’a pas la clé du journal" in said
    status, said = guichet("audit", "rotate-key")
    assert status == 1 and "guichet audit accept" in said
    status, said = guichet("audit", "accept", "--reason", "disque perdu")
    assert status == 0 and "Le journal repart après la ligne" in said
    assert guichet("audit", "verify")[0] == 0
    assert app.test_client().get("/readyz").status_code == 200
    with app.app_context():
        details = db.session.scalar(select(JournalLine.details).where(JournalLine.event == "journal.accepted"))
        assert "disque perdu" in details and "n'a pas" not in details


def test_a_key_that_cannot_be_read_is_said_in_one_sentence(guichet: Any, settings: Any) -> None:
    (settings.data_dir / "journal-key").write_text("rien\n")
    status, said = guichet("audit", "verify")
    assert status == 1 and said.count("\n") == 1 and "GUICHET_JOURNAL_KEY_FILE" in said
    status, said = guichet("audit", "rotate-key")
    assert status == 1 and "Traceback" not in said


def test_a_restored_base_older_than_the_end_seen_is_said_then_accepted(guichet: Any, app: Any) -> None:
    from ticketing import jobs

    with app.app_context():
        jobs.run("journal-witness", NOW)
        head = db.session.scalar(select(JournalHead.number))
        before = db.session.scalar(select(JournalLine.hash).where(JournalLine.number == head - 2))
        db.session.remove()
    change(
        app,
        delete(JournalLine).where(JournalLine.number > head - 2),
        update(JournalHead).values(number=head - 2, hash=before),
    )
    status, said = guichet("audit", "verify")
    assert status == 1 and "fin du journal coupée, son bout avec elle" in said
    assert guichet("audit", "accept", "--reason", "sauvegarde du 3 mars")[0] == 0
    assert guichet("audit", "verify")[0] == 0
    with app.app_context():
        assert keyring.ring().keys
