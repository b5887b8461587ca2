"""The rooms of tickets get their settings handed in: none of them imports a Flask application."""

from __future__ import annotations

import ast
import gc
import weakref
from pathlib import Path

import pytest
from harness.apps import build_app
from sqlalchemy import create_engine

from charters import mail_texts, rules
from charters.database import db
from charters.mail_texts import MailTexts
from ticketing import settings
from ticketing.settings import DeskSettings

ROOT = Path(__file__).parents[3]
ROOMS = ("tickets", "files", "in_force")


@pytest.mark.parametrize(
    "path",
    [path for room in ROOMS for path in sorted((ROOT / "ticketing" / room).glob("*.py"))],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_desk_and_what_it_stands_on_import_no_flask_and_no_configuration(path):
    assert not _imported(path) & {"flask", "config"}


def _imported(path):
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    return imported


@pytest.mark.parametrize("path", sorted((ROOT / "charters").rglob("*.py")), ids=lambda path: path.name)
def test_the_rooms_of_access_import_no_flask_and_no_configuration(path):
    """Their settings and the texts of mails are handed in; Flask-SQLAlchemy alone still finds the engine."""
    assert not _imported(path) & {"flask", "config"}


def test_each_database_has_its_own_rules_and_mail_texts(monkeypatch):
    engines = [create_engine("sqlite://"), create_engine("sqlite://")]
    for room, read in ((rules, rules.rules), (mail_texts, mail_texts.mail_texts)):
        given = [object(), object()]
        for engine, one in zip(engines, given, strict=True):
            room.hand_in(engine, (lambda one=one: one) if room is rules else one)
        for engine, one in zip(engines, given, strict=True):
            monkeypatch.setattr(room, "db", type("Db", (), {"engine": engine}))
            assert read() is one


def test_an_application_that_is_gone_leaves_no_settings_behind(settings):
    """The tables of settings hold no application, so that a test run of thousands of applications fits in memory."""
    app = build_app(settings)
    with app.app_context():
        db.engine.dispose()
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None


def test_each_database_has_its_own_settings(monkeypatch):
    engines = [create_engine("sqlite://"), create_engine("sqlite://")]
    given = [
        DeskSettings(
            files=Path(f"/{name}"),
            per_file=1,
            per_ticket=2,
            clamav="",
            base_url=f"http://{name}",
            agreements=None,
            mail_texts=MailTexts([]),
            usage_for_staff=False,
            mail_from="desk@guichet.example",
            mail_key=b"key",
        )
        for name in ("a", "b")
    ]
    for engine, one in zip(engines, given, strict=True):
        settings.hand_in(engine, one)
    for engine, one in zip(engines, given, strict=True):
        monkeypatch.setattr(settings, "db", type("Db", (), {"engine": engine}))
        assert settings.desk_settings() is one
