"""The rooms of tickets get their settings handed in: none of them imports a Flask application."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import create_engine

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
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert not imported & {"flask", "config"}


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
        )
        for name in ("a", "b")
    ]
    for engine, one in zip(engines, given, strict=True):
        settings.hand_in(engine, one)
    for engine, one in zip(engines, given, strict=True):
        monkeypatch.setattr(settings, "db", type("Db", (), {"engine": engine}))
        assert settings.desk_settings() is one
