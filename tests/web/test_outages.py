"""A dependency that fails is told apart from a bug: 503 with Retry-After, and what can still be read is read."""

from __future__ import annotations

import errno
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from harness.http import csrf, post
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from charters import outages
from charters.database import db
from charters.tables.access import WebSession


def down(answer):
    """Whether the answer is that of an outage: the page, its delay, and no word of the error."""
    page = answer.get_data(as_text=True)
    return answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0 and "Guichet est occupé" in page


@pytest.fixture
def unwritable(app):
    """Return a function after which nothing can be written to the base, as on a full disk; reading still works."""

    def stop():
        with app.app_context():
            db.engine.dispose()
            engine = db.engine

            @event.listens_for(engine, "connect")
            def _only_reads(connection, _record):
                connection.execute("PRAGMA query_only = ON")

    return stop


def age(app, minutes):
    with app.app_context():
        db.session.execute(update(WebSession).values(seen_at=datetime.now(UTC) - timedelta(minutes=minutes)))
        db.session.commit()


def test_reading_goes_on_when_only_writing_fails(app, client_as, unwritable):
    client = client_as("c11.cmi")
    token = csrf(client)
    age(app, 2)
    unwritable()
    for page in ("/tickets", "/compte", "/tickets/nouveau"):
        assert client.get(page).status_code == 200, page
    assert client.get("/tickets/9999").status_code == 404
    assert down(client.post("/deconnexion", data={"csrf_token": token}))


def test_nobody_enters_while_the_base_cannot_be_written(app, client, cast, unwritable):
    token = csrf(client)
    unwritable()
    for sigle in ("c11.cmi", "nobody.here"):
        form = {"csrf_token": token, "sigle": sigle, "pin": cast["c11.cmi"].pin, "code": "123456"}
        assert down(client.post("/connexion", data=form))


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")),
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("database or disk is full")),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_an_outage_is_503_with_a_delay_and_without_its_text(app, client, error):
    def fails():
        raise error

    app.view_functions["operation.healthz"] = fails
    answer = client.get("/healthz")
    assert down(answer) and "locked" not in answer.get_data(as_text=True)


def test_a_database_error_that_is_a_bug_stays_a_500(app, client):
    app.view_functions["operation.healthz"] = lambda: db.session.execute(db.text("SELECT nothing FROM nowhere"))
    assert client.get("/healthz").status_code == 500


def test_a_base_that_is_gone_is_503_for_somebody_logged_in_too(app, client_as, settings, tmp_path):
    client = client_as("c11.cmi")
    with app.app_context():
        db.engine.dispose()
    base = next(tmp_path.rglob("*.db"))
    base.rename(base.with_name("aside"))
    base.mkdir()
    assert down(client.get("/tickets"))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_unreadable_seeds_answer_a_known_and_an_unknown_sigle_alike(app, client, cast):
    """Known sigles answered 500, unknown ones 401."""
    lost = app.config["GUICHET"].model_copy(update={"seed_keys": (Fernet.generate_key().decode(),)})
    app.config["GUICHET"] = lost
    said = set()
    for sigle in ("c11.cmi", "nobody.here"):
        form = {"sigle": sigle, "pin": cast["c11.cmi"].pin, "code": "123456", "first": "123456", "second": "234567"}
        for page in ("/connexion", "/connexion/resynchroniser"):
            answer = post(client, page, form)
            assert down(answer), (page, answer.status_code)
            said.add(answer.get_data(as_text=True))
    assert len(said) == 1
    ready = client.get("/readyz")
    assert ready.status_code == 503 and "GUICHET_SEED_KEYS" in ready.get_data(as_text=True)


def test_a_single_damaged_seed_refuses_its_owner_as_anybody(app, client, cast):
    from charters.tables.access import Account, OtpKey

    with app.app_context():
        key = db.session.query(OtpKey).join(Account).filter(Account.sigle == "c11.cmi").one()
        key.seed = "damaged"
        db.session.commit()
    form = {"pin": cast["c11.cmi"].pin, "code": "123456"}
    assert post(client, "/connexion", {"sigle": "c11.cmi"} | form).status_code == 401
    assert post(client, "/connexion", {"sigle": "nobody.here"} | form).status_code == 401
    assert client.get("/readyz").status_code == 200


def test_the_engines_own_codes_decide(tmp_path):
    full = sqlite3.connect(tmp_path / "full.db", isolation_level=None)
    full.execute("CREATE TABLE t (x)")
    full.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as failure:
        full.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert outages.is_outage(failure.value)
    with pytest.raises(sqlite3.OperationalError) as failure:
        full.execute("SELECT y FROM t")
    assert not outages.is_outage(failure.value)
    assert not outages.is_outage(FileNotFoundError(errno.ENOENT, "gone")) and not outages.is_outage(ValueError())
