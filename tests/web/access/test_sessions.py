"""Test open sessions: listed, closed singly or together by their owner or an administrator, on every process."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

from harness import cast as people
from harness.apps import build_app
from harness.http import post

from charters.database import db, writing
from charters.tables.access import JournalLine, WebSession
from ticketing.web import guards


def alive(client):
    return client.get("/compte").status_code == 200


def lines(app):
    with app.app_context():
        found = db.session.query(JournalLine).filter_by(event="session.closed").order_by(JournalLine.number)
        return [(line.sigle, line.subject) for line in found]


def test_the_others_are_closed_and_this_one_stays(app, client_as):
    here, there, elsewhere, stranger = (client_as(sigle) for sigle in ("c11.cmi", "c11.cmi", "c11.cmi", "c12.cmi"))
    assert html.unescape(here.get("/compte").get_data(as_text=True)).count("Fermer cette session") == 3
    assert post(here, "/compte/sessions/fermer").status_code == 303
    assert [alive(client) for client in (here, there, elsewhere, stranger)] == [True, False, False, True]
    assert "Fermer toutes les autres" not in here.get("/compte").get_data(as_text=True)
    assert lines(app) == [("c11.cmi", "c11.cmi")]


def test_an_administrator_closes_one_or_all_and_a_referent_none(app, cast, client_as):
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    first, second, third = (client_as("d1.agent") for _ in range(3))
    page = f"/administration/comptes/{cast['d1.agent'].account_id}"
    shown = admin.get(page).get_data(as_text=True)
    assert shown.count("Fermer cette session") == 3 and "Dernière activité" in shown
    number = max(re.findall(r"/sessions/(\d+)/fermer", shown), key=int)
    assert "Fermer cette session" not in referent.get(page).get_data(as_text=True)
    for address in (f"{page}/sessions/{number}/fermer", f"{page}/sessions/fermer"):
        assert post(referent, address).status_code == 403
        assert post(first, address).status_code == 404
    assert [alive(client) for client in (first, second, third)] == [True, True, True]
    assert post(admin, f"{page}/sessions/{number}/fermer").status_code == 303
    assert [alive(client) for client in (first, second, third)] == [True, True, False]
    assert post(admin, f"{page}/sessions/fermer").status_code == 303
    assert [alive(client) for client in (first, second)] == [False, False]
    assert lines(app) == [("a.admin", "d1.agent")] * 2


def test_closing_one_s_own_from_the_administration_keeps_the_one_in_use(cast, client_as):
    here, there = client_as("a.admin"), client_as("a.admin")
    page = f"/administration/comptes/{cast['a.admin'].account_id}"
    assert post(here, f"{page}/sessions/fermer").status_code == 303
    assert alive(here) and not alive(there)


def test_a_closed_session_is_dead_at_once_on_every_process(app, settings, any_app, cast, client_as):
    """Two applications on one database stand for two processes: a session closed by one is refused by the other."""
    other = build_app(settings)
    mine, admin = client_as("c11.cmi"), client_as("a.admin")
    elsewhere = other.test_client()
    with app.app_context():
        elsewhere.set_cookie(guards.cookie_name(), people.new_session(cast["c11.cmi"]))
    assert alive(elsewhere) and alive(mine)
    page = f"/administration/comptes/{cast['c11.cmi'].account_id}"
    assert post(admin, f"{page}/sessions/fermer").status_code == 303
    assert not alive(elsewhere) and not alive(mine)
    with other.app_context():
        db.engine.dispose()


def test_security_what_an_open_page_asks_by_itself_does_not_keep_the_session_alive(app, client_as):
    """A list asks every half minute: with it on the screen, a session whose owner had left never ended."""
    client = client_as("c11.cmi")
    idle = datetime.now(UTC) - timedelta(minutes=20)

    def seen_at(address):
        with app.app_context(), writing() as session:
            session.query(WebSession).update({"seen_at": idle})
        assert client.get(address).status_code == 200
        with app.app_context():
            return db.session.query(WebSession.seen_at).scalar()

    assert seen_at("/tickets/liste.json") == idle
    assert seen_at("/tickets") > idle
