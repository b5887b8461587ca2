"""Probes for the operator of Guichet: whether the process is alive, whether it may receive traffic."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from charters.entry import attempts
from charters.journal import keeping
from ticketing.operation import schema
from ticketing.web.guards import guard

blueprint = Blueprint("operation", __name__)
guard(blueprint, "public")


@blueprint.get("/healthz")
def healthz() -> Response:
    """Answer 200 while the process runs; nothing else is checked."""
    return _plain("ok\n")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Answer 200 when the database responds, is up to date, has readable seeds and the journal's key; else 503."""
    try:
        at = schema.current()
        readable = at != schema.newest() or attempts.seeds_are_readable()
        signable = at != schema.newest() or keeping.signable()
    except SQLAlchemyError:
        current_app.logger.exception("readyz: the database does not answer")
        return _plain("base de données injoignable\n", 503)
    if at != schema.newest():
        return _plain("migrations en retard : lancer guichet db upgrade\n", 503)
    if not readable:
        return _plain("secrets des clés illisibles : vérifier GUICHET_SEED_KEYS\n", 503)
    if not signable:
        return _plain("journal signé d’une autre clé : remettre le fichier de la clé du journal\n", 503)
    return _plain("prêt\n")


def _plain(body: str, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/plain")
