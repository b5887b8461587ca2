"""Apply the shipped migrations, revert them, and say at which migration the database is.

Alembic is imported only to migrate: a web worker, which only says whether it is ready, saves 11 MB.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from charters.database import db

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(revision: str = "head") -> None:
    """Bring the database of the current application up to `revision`."""
    from alembic import command

    command.upgrade(_config(), revision)


def downgrade(revision: str) -> None:
    """Take the database of the current application back to `revision` (« base »: no tables)."""
    from alembic import command

    command.downgrade(_config(), revision)


def current() -> str | None:
    """Return the revision of the database, or None before the first."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


@cache
def newest() -> str | None:
    """Return the newest of the shipped migrations: the one on which no other builds."""
    return max(known() - _named("down_revision"), default=None)


@cache
def known() -> frozenset[str]:
    """Return all shipped migrations."""
    return _named("revision")


def unfit() -> tuple[str, str] | None:
    """Return what is wrong between the database and this program and what to do, as two phrases, or None if they fit.

    A program older than its database would write rows that the newer one does not understand: neither runs.
    Raises SQLAlchemyError if the database does not answer.
    """
    at = current()
    if at == newest():
        return None
    if at is None or at in known():
        return (
            f"la base est à la migration {at or 'zéro'}, ce programme veut la {newest()}",
            "lancez « guichet db upgrade »",
        )
    return (
        f"la base est à la migration {at}, que ce programme plus ancien ne connaît pas",
        "remettez la version du programme qui l’a migrée",
    )


def _named(variable: str) -> frozenset[str]:
    """Return what this variable is in each of the shipped migrations."""
    files = (path.read_text(encoding="utf-8") for path in (FOLDER / "versions").glob("*.py"))
    return frozenset(found[1] for file in files if (found := re.search(rf'^{variable} = "(.+)"', file, re.MULTILINE)))


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
