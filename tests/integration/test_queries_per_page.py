"""A page sends at most eight queries, and no more when there are thirty times as many rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from charters.database import db
from ticketing.correspondence import watching
from ticketing.figures import nightly
from ticketing.in_force import routing
from ticketing.model import Draft, Facts
from ticketing.personal_data import erasing
from ticketing.tickets import desk

MOST = 8
FEW, MANY = 2, 60
OPENING = "service=equipement-bureautique&activity=mco&user_category=professeurs"
PAGES = (
    ("c11.cmi", "/"),
    ("c11.cmi", "/tickets"),
    ("c11.cmi", "/tickets?etat=tous&q=poste"),
    ("c11.cmi", f"/tickets/nouveau?{OPENING}"),
    ("c11.cmi", f"/tickets/nouveau/decision?{OPENING}"),
    ("d1.agent", "/tickets/appel"),
    ("d1.agent", f"/tickets/appel/desaix-tarbes?{OPENING}"),
    ("d1.agent", f"/tickets/appel/desaix-tarbes/decision?{OPENING}"),
    ("c11.cmi", "/tickets/1"),
    ("c11.cmi", "/qui-fait-quoi/hautes-pyrenees-2015"),
    ("c11.cmi", "/compte"),
    ("c11.cmi", "/articles"),
    ("c11.cmi", "/tickets/nouveau"),
    ("c11.cmi", "/tickets/modeles"),
    ("c11.cmi", "/articles?q=imprimante&sujet=ent"),
    ("c11.chef", "/tickets/1"),
    ("c11.chef", "/chiffres"),
    ("c11.chef", "/chiffres/question?periode=tout"),
    ("d1.agent", "/tickets"),
    ("d1.agent", "/tickets?college=desaix-tarbes&service=equipement-bureautique&miens=1"),
    ("d1.agent", "/tickets?q=1"),
    ("d1.agent", "/tickets/1"),
    ("d1.agent", "/tickets/vues"),
    ("d1.ref", "/tickets"),
    ("d1.ref", "/tickets/1"),
    ("d1.ref", "/tickets?equipe=1"),
    ("d1.ref", "/equipe"),
    ("d1.ref", "/chiffres"),
    ("d1.ref", "/horaires"),
    ("a.admin", "/tickets"),
    ("a.admin", "/chiffres"),
    ("a.admin", "/chiffres/question?mesure=passages&par=partie&periode=tout"),
    ("a.admin", "/chiffres/questions"),
    ("a.admin", "/chiffres/faits"),
    ("a.admin", "/chiffres/comites"),
    ("a.admin", "/"),
    ("a.admin", "/administration/comptes"),
    ("a.admin", "/administration/comptes/import"),
    ("a.admin", "/administration/invitations"),
    ("a.admin", "/administration/journal"),
    ("a.admin", "/administration/accords"),
)


@pytest.fixture
def tickets(app: Any, actor_as: Callable[[str], Any]) -> Callable[[int], None]:
    """Return `tickets(n)`: add n tickets of one collège and as many entries on the first, and remake the figures."""

    def make(count: int) -> None:
        now = datetime.now(UTC) - timedelta(minutes=5)
        with app.app_context():
            correspondant, technician = actor_as("c11.cmi"), actor_as("d1.agent")
            for rank in range(count):
                number = desk.open_ticket(
                    correspondant,
                    Draft(
                        title=f"Le poste {rank} ne démarre plus",
                        body="Écran noir.",
                        etablissement="desaix-tarbes",
                        service="equipement-bureautique",
                        activity="mco",
                        facts=Facts(user_category="professeurs"),
                    ),
                    [],
                    now,
                )
                if number % 2:
                    desk.take_charge(technician, number, 1, now)
                desk.comment(technician, 1, f"Entrée {rank}.", now=now)
            nightly.write_nightly(now)
            db.session.remove()

    return make


def test_a_page_sends_at_most_eight_queries_whatever_the_number_of_rows(
    any_app: Any,
    client_as: Callable[[str], Any],
    queries_of: Any,
    tickets: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(routing, "FRESH_FOR", 3600.0)  # reads every two seconds are counted by the test below
    clients = {sigle: client_as(sigle) for sigle, _ in PAGES}

    def counted() -> dict[tuple[str, str], int]:
        found = {}
        for sigle, page in PAGES:
            assert clients[sigle].get(page).status_code == 200, (sigle, page)
            with queries_of() as seen:
                clients[sigle].get(page)
            found[sigle, page] = len(seen)
        return found

    tickets(FEW)
    before = counted()
    tickets(MANY)
    after = counted()
    assert all(count + 1 <= MOST for count in after.values()), after  # + 1: the query for the recorded facts
    assert {page: (before[page], after[page]) for page in before if after[page] > before[page]} == {}


def test_the_facts_recorded_on_agreements_are_asked_by_one_query(
    any_app: Any, client_as: Callable[[str], Any], queries_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_as("d1.agent")
    monkeypatch.setattr(routing, "FRESH_FOR", 3600.0)
    client.get("/tickets")
    with queries_of() as fresh:
        client.get("/tickets")
    with any_app.app_context():
        routing._known[db.engine].checked -= 7200
    with queries_of() as asked:
        client.get("/tickets")
    assert len(asked) == len(fresh) + 1


def test_no_page_counts_or_sorts_a_whole_table(
    app: Any, client_as: Callable[[str], Any], queries_of: Any, tickets: Callable[[int], None]
) -> None:
    """SQLite explains how it would answer each query of the lists and of a ticket: no table of tickets is scanned."""
    tickets(FEW)
    lists = [
        ("d1.agent", "/tickets"),
        ("d1.agent", "/tickets?etat=tous"),
        ("d1.agent", "/tickets?q=poste"),
        ("d1.agent", "/tickets?miens=1&etat=clos"),
        ("c11.cmi", "/tickets?service=equipement-bureautique"),
        ("c11.cmi", "/"),
        ("c11.cmi", "/tickets/1"),
        ("a.admin", "/tickets?college=desaix-tarbes"),
    ]
    large = {
        "ticket",
        "ticket_scope",
        "ticket_event",
        "decision",
        "attachment",
        "notice",
        "notice_words",
        "journal_line",
    }
    for sigle, page in lists:
        client = client_as(sigle)
        with queries_of() as seen:
            assert client.get(page).status_code == 200
        with app.app_context():
            for statement in seen:
                plan = _plan(statement)
                scanned = {step.split()[1] for step in plan if step.startswith("SCAN ")}
                assert not scanned & (large | {"t", "s", "u.ticket"}), (page, statement, plan)
            db.session.remove()


def _plan(statement: str) -> list[str]:
    values = tuple(None for _ in range(statement.count("?")))
    connection = db.session.connection().connection.driver_connection
    assert connection is not None
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


def test_the_plan_of_a_whole_table_is_told(app: Any) -> None:
    """The test above can fail: this is the plan that it would read."""
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        assert _plan("SELECT count(*) FROM ticket WHERE title = ?") == ["SCAN ticket"]


def test_what_waits_is_read_by_its_partial_index(app: Any, queries_of: Any) -> None:
    """Tickets to forget and mails that leave: a state that is bound is no reason for an engine to use their indexes."""
    now = datetime.now(UTC)
    with app.app_context(), queries_of() as seen:
        erasing.due(now, 5)
        watching.health((), now)
    wanted = {"ticket.closed_at": "ix_ticket_to_forget", "notice.next_at": "ix_notice_due", "bounced": "_failed"}
    with app.app_context():
        for said, index in wanted.items():
            asked = [one for one in seen if said in one]
            assert asked, said
            assert all(any(index in step for step in _plan(one)) for one in asked), (said, asked)


#: The pages that the bench compares with an earlier commit, and the form that opens a ticket.
MEASURED = (
    ("c11.cmi", "/"),
    ("d1.agent", "/tickets"),
    ("d1.agent", "/tickets?q=poste"),
    ("d1.agent", "/tickets?q=1"),
    ("d1.agent", "/tickets/1"),
    ("d1.agent", "/tickets/vues"),
)


def test_the_pages_asked_most_run_fixed_statements(
    app: Any, client_as: Callable[[str], Any], tickets: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each statement of these pages knows its text: the session's own way costs twice as much (bench/RESULTS.md)."""
    monkeypatch.setattr(routing, "FRESH_FOR", 3600.0)
    tickets(FEW)
    clients = {sigle: client_as(sigle) for sigle, _ in MEASURED}
    slow: list[str] = []
    for sigle, page in MEASURED:
        assert clients[sigle].get(page).status_code == 200
        with _looked_up(slow):
            assert clients[sigle].get(page).status_code == 200
    with app.app_context(), _looked_up(slow):
        db.session.execute(text("SELECT 1"))
    assert slow == ["SELECT 1"], "the last one shows that the others would be seen"


@contextmanager
def _looked_up(found: list[str]) -> Iterator[None]:
    """Collect the statements that are run by the session itself."""

    def note(state: Any) -> None:
        found.append(str(state.statement))

    event.listen(db.session, "do_orm_execute", note)
    try:
        yield
    finally:
        event.remove(db.session, "do_orm_execute", note)
