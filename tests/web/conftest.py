"""Fixtures with the reference data, for the tests that try every page."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from harness.apps import build_app, settings_for
from harness.world import World


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    """Make the reference data once; return their plain values and the folder to copy."""
    from charters.database import db
    from ticketing.demo import reference

    folder = tmp_path_factory.mktemp("reference")
    settings = settings_for(folder, f"sqlite:///{folder}/guichet.db", demo=True)
    app = build_app(settings)
    with app.app_context():
        made = reference.seed(settings, 7, datetime.now(UTC))
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            connection.connection.dbapi_connection.execute("COMMIT")
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return made, folder


@pytest.fixture
def world(reference, tmp_path, monkeypatch):
    """Return an application on its own copy of the reference data.

    Charters and proofs are not typeset, which would take a second each: the HTML is returned in place of the PDF.
    """
    from charters.database import db
    from ticketing.documents import pdf

    make = pdf.make
    monkeypatch.setattr(
        pdf,
        "make",
        lambda key, html, css, resources, archive=None, **options: (
            html.encode() + b"".join(file.body for file in archive.files)
            if archive
            else make(key, html, css, resources, **options)
        ),
    )

    made, folder = reference
    shutil.copyfile(folder / "guichet.db", tmp_path / "guichet.db")
    shutil.copytree(folder / "data", tmp_path / "data", dirs_exist_ok=True)
    app = build_app(settings_for(tmp_path, f"sqlite:///{tmp_path}/guichet.db", demo=True))
    yield World(app, made)
    with app.app_context():
        db.engine.dispose()
