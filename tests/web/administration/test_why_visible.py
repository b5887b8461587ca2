"""Test « Pourquoi vois-je ce dossier ? », and « Pourquoi X le voit-il, ou ne le voit-il pas ? » for administrators."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import delete, select

from charters.database import db, writing
from charters.days import today as day_of
from charters.permissions import perimeter
from charters.tables.access import Account, JournalLine, MandateRow
from ticketing.demo import cast as demo_cast
from ticketing.demo.people import PEOPLE
from ticketing.model import Draft, Facts
from ticketing.tickets import desk
from ticketing.tickets.store import SCOPE

SHARED_TITLE = "canari-titre-4d2b"


@pytest.fixture
def ticket(app: Any, actor_as: Any) -> int:
    """Return a ticket of Desaix that the département holds and that its chef made confidential."""
    now = datetime.now(UTC)
    with app.app_context():
        number = desk.open_ticket(
            actor_as("c11.cmi"),
            Draft(
                title=SHARED_TITLE,
                body="Écran noir.",
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs", acquired_by="departement"),
            ),
            [],
            now,
        )
    return number


def hide(app: Any, actor_as: Any, number: int) -> None:
    with app.app_context():
        desk.make_confidential(actor_as("c11.chef"), number, 1, True, "", datetime.now(UTC))


def told(html: str) -> list[tuple[str, str]]:
    """Return the reasons on a page: (« Oui » or « Non », the sentence)."""
    return re.findall(r"<strong>(Oui|Non)</strong> : ([^<]+)<", html)


def ask(client: Any, sigle: str, number: object) -> Any:
    return post(client, "/administration/visibilite", {"sigle": sigle, "number": str(number)})


def test_whoever_sees_a_ticket_reads_why_and_anybody_else_gets_404(client_as: Any, ticket: int) -> None:
    seers = {"c11.cmi": 2, "c11.chef": 1, "d1.agent": 2, "d1.ref": 2}
    for sigle, count in seers.items():
        client = client_as(sigle)
        assert f'href="/tickets/{ticket}/acces"' in client.get(f"/tickets/{ticket}").get_data(as_text=True)
        html = client.get(f"/tickets/{ticket}/acces").get_data(as_text=True)
        assert [holds for holds, _ in told(html)] == ["Oui"] * count, sigle
        assert SHARED_TITLE not in html
    for sigle in ("a.admin", "a.tech", "a.lecture", "d2.agent", "c11.reseau", "c12.cmi", "c21.cmi"):
        client = client_as(sigle)
        assert {client.get(f"/tickets/{number}/acces").status_code for number in (ticket, 9999, 2**63)} == {404}, sigle


def test_made_confidential_it_goes_from_the_correspondant_s_sight(
    app: Any, client_as: Any, actor_as: Any, ticket: int
) -> None:
    client = client_as("c11.cmi")
    hide(app, actor_as, ticket)
    assert client.get(f"/tickets/{ticket}/acces").status_code == 404


def test_an_administrator_who_gave_a_reason_reads_that_it_is_the_reason(client_as: Any, ticket: int) -> None:
    client = client_as("a.admin")
    post(client, "/administration/consultation", {"number": str(ticket), "reason": "reglage", "words": ""})
    html = client.get(f"/tickets/{ticket}/acces").get_data(as_text=True)
    assert "« réglage »" in html and told(html)[0][0] == "Non"


def test_the_administrator_s_page_says_what_rows_and_pages_do(
    app: Any, client_as: Any, actor_as: Any, ticket: int
) -> None:
    """For everybody of the cast, the tag on the page agrees with the rows by which lists find the ticket."""
    hide(app, actor_as, ticket)
    client = client_as("a.admin")
    for person in PEOPLE:
        html = ask(client, person.sigle, ticket).get_data(as_text=True)
        with app.app_context():
            keys = set(db.session.scalars(select(SCOPE.c.key).where(SCOPE.c.ticket_id == ticket)))
            seen = perimeter(demo_cast.actor(person.sigle)).key in keys
        tag = ">voit le ticket" if seen else ">ne voit pas le ticket"
        tag = "hors de ses dates" if person.sigle == "x.fin" else tag  # the mandate ended with the activity
        assert tag in html, person.sigle
        assert SHARED_TITLE not in html and "ne disent pas la même chose" not in html


def test_each_mandate_is_told_apart_those_out_of_their_dates_too(
    app: Any, client_as: Any, actor_as: Any, ticket: int
) -> None:
    day = day_of(datetime.now(UTC))
    with app.app_context(), writing() as session:
        account = session.scalar(select(Account.id).where(Account.sigle == "c12.cmi"))
        session.add(
            MandateRow(
                account_id=account,
                role="chef",
                scope_id="desaix-tarbes",
                starts_on=day - timedelta(days=90),
                ends_on=day - timedelta(days=30),
            )
        )
    html = ask(client_as("a.admin"), "C12.CMI ", f"n°\u00a0{ticket}").get_data(as_text=True)
    assert "hors de ses dates" in html and "ne voit pas le ticket" in html
    assert ("Oui", "Le ticket est de l’établissement du mandat.") in told(html)
    assert ("Non", "Le ticket est d’un autre établissement que celui du mandat.") in told(html)


def test_what_keeps_a_person_out_is_told(client_as: Any, ticket: int) -> None:
    client = client_as("a.admin")
    for sigle, sentence in {
        "x.nosign": "Il reste une charte à signer.",
        "x.fin": "L’activité est terminée",
        "x.susp": "L’accès de l’organisme de rattachement est suspendu.",
    }.items():
        html = ask(client, sigle, ticket).get_data(as_text=True)
        assert "Non, pour l’instant." in html
        assert any(holds == "Non" and text.startswith(sentence) for holds, text in told(html)), sigle


def test_a_row_that_is_lost_is_told_as_broken(app: Any, client_as: Any, ticket: int) -> None:
    """The page distinguishes what the rule says from what the rows say."""
    with app.app_context(), writing() as session:
        session.execute(delete(SCOPE).where(SCOPE.c.ticket_id == ticket, SCOPE.c.key == "etab:desaix-tarbes"))
    assert "ne disent pas la même chose" in ask(client_as("a.admin"), "c11.cmi", ticket).get_data(as_text=True)


BAD = [
    ("personne", "1", {"f-sigle"}),
    ("c11.cmi", "", {"f-number"}),
    ("c11.cmi", "9" * 30, {"f-number"}),
    ("", "٣", {"f-sigle", "f-number"}),
    ("c11.cmi", "0", {"f-number"}),
    ("c11.cmi", "77777", {"f-number"}),
]


def test_bad_input_is_told_at_its_field_and_kept(app: Any, client_as: Any, ticket: int) -> None:
    client = client_as("a.admin")
    for sigle, number, fields in BAD:
        answer = ask(client, sigle, number)
        html = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert set(re.findall(r'id="(f-\w+)-error"', html)) == fields and f'value="{sigle}"' in html
    with app.app_context():
        assert not db.session.scalar(select(JournalLine.number).where(JournalLine.event == "access.explained"))


def test_each_question_is_journalled_and_it_is_for_administrators(app: Any, client_as: Any, ticket: int) -> None:
    ask(client_as("a.admin"), "d1.agent", ticket)
    with app.app_context():
        line = db.session.scalars(select(JournalLine).where(JournalLine.event == "access.explained")).one()
        assert (line.sigle, line.subject, "d1.agent" in line.details) == ("a.admin", f"ticket {ticket}", True)
    for sigle in ("a.tech", "d1.ref", "c11.chef"):
        assert client_as(sigle).get("/administration/visibilite").status_code == 404
        assert ask(client_as(sigle), "c11.cmi", ticket).status_code == 404


def test_a_ticket_of_another_academie_answers_as_none(app: Any, client_as: Any, ticket: int) -> None:
    from ticketing.tables import Ticket

    with app.app_context(), writing() as session:
        session.query(Ticket).filter_by(number=ticket).update({"academie": "academie-rennes"})
    assert ask(client_as("a.admin"), "c11.cmi", ticket).status_code == 422
