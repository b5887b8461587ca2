"""For whoever operates Guichet: is the process alive, may it be sent traffic."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from charters.database import db
from ticketing.web.guards import guard

blueprint = Blueprint("operation", __name__)
guard(blueprint, "public")


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return _plain("ok\n")


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 when the database answers and stands at the newest migration, else 503 with the reason."""
    try:
        with db.engine.connect() as connection:
            at = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        current_app.logger.exception("readyz: the database does not answer")
        return _plain("base de données injoignable ou sans tables\n", 503)
    if at != newest_migration():
        return _plain("migrations en retard : lancer guichet db upgrade\n", 503)
    return _plain("prêt\n")


@cache
def newest_migration() -> str | None:
    """The revision id at the head of the shipped migrations."""
    folder = Path(__file__).resolve().parent.parent / "migrations"
    return ScriptDirectory(str(folder)).get_current_head()


def _plain(body: str, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/plain")
