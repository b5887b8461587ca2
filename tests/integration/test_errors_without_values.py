"""An error of the database names the statement and the constraint, and none of the values: errors are in the logs."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from charters.database import db
from ticketing.operation import logs

WORDS = "mots-d-un-ticket-" + "4f1c"  # in two parts: a traceback quotes the lines of this file

#: Statements that fail for what they are given: a row that lacks columns, a datum of another type, a row twice.
STATEMENTS = {
    "a row that lacks columns": "INSERT INTO ticket (title) VALUES (:words)",
    "a datum that is no number": "SELECT CAST(:words AS INTEGER)",
    "a row that comes twice": (
        "INSERT INTO form_token (account_id, token, used_at) "
        "VALUES (1, :words, '2026-09-01 00:00:00'), (1, :words, '2026-09-01 00:00:00')"
    ),
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_security_no_value_of_a_row_is_in_an_error_or_in_the_logs(any_app: Any, what: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.Lines())
    log = logging.getLogger("guichet.test.values")
    log.addHandler(handler)
    with any_app.app_context():
        try:
            db.session.execute(text(STATEMENTS[what]), {"words": WORDS})
        except SQLAlchemyError as error:
            log.exception("failed")
            assert WORDS not in str(error) and WORDS not in str(error.__cause__ or "")
        finally:
            db.session.rollback()
            log.removeHandler(handler)
    assert WORDS not in out.getvalue()
    with any_app.app_context():
        casts = db.engine.dialect.name == "sqlite" and what == "a datum that is no number"  # it casts any words to 0
    assert casts or ('"event": "failed"' in out.getvalue() and "[SQL" in out.getvalue()), "the statement stays"
