"""The schema's place in time: the shipped migrations, applied, taken back, asked for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from charters.database import db

FOLDER = Path(__file__).resolve().parent / "migrations"


def upgrade(revision: str = "head") -> None:
    """Brings the database of the current application up to `revision`."""
    command.upgrade(_config(), revision)


def downgrade(revision: str) -> None:
    """Takes the database of the current application back to `revision` (« base »: nothing left)."""
    command.downgrade(_config(), revision)


def current() -> str | None:
    """The revision at which the database stands; None before the first."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest() -> str | None:
    """The revision at the head of the shipped migrations."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
