"""Probes for the operator of Guichet: whether the process is alive, whether it may receive traffic."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from charters.entry import attempts
from charters.journal import keeping
from ticketing.correspondence import watching
from ticketing.mail.incoming import boxes
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
        unfit = schema.unfit()
        readable = unfit is not None or attempts.seeds_are_readable()
        signable = unfit is not None or keeping.signable()
    except SQLAlchemyError:
        current_app.logger.exception("readyz: the database does not answer")
        return _plain("base de données injoignable\n", 503)
    if unfit is not None:
        return _plain(f"{unfit[0]} : {unfit[1]}\n", 503)
    if not readable:
        return _plain("secrets des clés illisibles : vérifier GUICHET_SEED_KEYS\n", 503)
    if not signable:
        return _plain("journal signé d’une autre clé : remettre le fichier de la clé du journal\n", 503)
    return _plain(f"prêt\n{_of_mail()}")


def _of_mail() -> str:
    """Return a line if `guichet mail-health` is in alarm: pages work without mails, so this is no 503.

    The causes name boxes and servers, which this address tells nobody.
    """
    try:
        found = watching.health(boxes.read(current_app.config["GUICHET"].mailbox), datetime.now(UTC))
    except SQLAlchemyError:
        current_app.logger.exception("readyz: the health of mails is not known")
        return "courriels : état inconnu\n"
    return f"courriels : {len(found.alarms)} alarme(s), voir guichet mail-health\n" if found.alarms else ""


def _plain(body: str, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/plain")
