"""Test probes, headers and error pages, which are the same for everyone."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from charters.database import db
from ticketing.correspondence import watching
from ticketing.mail.incoming import store


def test_healthz_asks_nothing_but_the_process(client):
    assert client.get("/healthz").get_data(as_text=True) == "ok\n"


def test_readyz_says_when_the_schema_is_behind(any_app, client):
    assert client.get("/readyz").status_code == 200
    with any_app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0001_access'"))
        db.session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503 and "guichet db upgrade" in answer.get_data(as_text=True)
    with any_app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999_of_tomorrow'"))
        db.session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503 and "plus ancien" in answer.get_data(as_text=True)


def test_readyz_tells_of_an_alarm_on_mails_as_mail_health_does_and_stays_ready(any_app, client):
    assert client.get("/readyz").get_data(as_text=True) == "prêt\n"
    with any_app.app_context():
        old = datetime.now(UTC) - timedelta(hours=2)
        store.keep(b"Message-ID: <a@x.example>\n\nBonjour", "secret-desk", old)
        assert watching.health((), datetime.now(UTC)).as_json()["alarm"]
    answer = client.get("/readyz")
    said = answer.get_data(as_text=True)
    assert answer.status_code == 200 and said.startswith("prêt\n") and "1 alarme" in said
    assert "secret-desk" not in said


def test_every_answer_bears_the_security_headers(client):
    for address in ("/connexion", "/healthz", "/nowhere", "/tickets"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], address
        assert "unsafe" not in headers["Content-Security-Policy"], address
        assert headers["X-Content-Type-Options"] == "nosniff", address
        assert headers["X-Frame-Options"] == "DENY", address
        assert headers["Referrer-Policy"] == "same-origin", address
        assert headers["Cache-Control"] == "no-store", address


def test_refusals_are_french_pages_and_405_keeps_allow(client):
    page = client.get("/nowhere")
    assert page.status_code == 404 and "Page introuvable" in page.get_data(as_text=True)
    page = client.post("/healthz")
    assert page.status_code == 405 and "GET" in page.headers["Allow"]


def test_a_form_without_its_token_is_refused_with_a_sentence(client):
    page = client.post("/connexion", data={"sigle": "c11.cmi"})
    assert page.status_code == 400 and "formulaire a expiré" in page.get_data(as_text=True)


def test_an_unforeseen_exception_is_a_french_500_without_its_text(app, client):
    app.view_functions["operation.healthz"] = lambda: 1 // 0
    page = client.get("/healthz")
    assert page.status_code == 500
    assert "panne" in page.get_data(as_text=True) and "ZeroDivision" not in page.get_data(as_text=True)


def test_a_body_too_large_for_a_form_is_refused(client):
    page = client.post("/connexion", data={"sigle": "x" * 1_100_000})
    assert page.status_code == 413 and "trop lourd" in page.get_data(as_text=True)
