"""Test another ticket made of a part of one: its decision, whose it is, who reads it, and what stays behind."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.http import post
from sqlalchemy import func, select

from charters.database import db
from charters.tables.access import Account, JournalLine
from ticketing.model import Draft, Facts
from ticketing.tables import DecisionRow, Notice, Ticket, TicketEvent, TicketLink
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)
DRAFT = Draft(
    title="Souris en panne",
    body="Elle saute.",
    etablissement="desaix-tarbes",
    service="equipement-bureautique",
    activity="mco",
    facts=Facts(user_category="professeurs"),
    room="B12",
)


def row(app: Any, number: int) -> Any:
    with app.app_context():
        return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()


def split(app: Any, client: Any, number: int, **fields: str) -> Any:
    typed = {"titre": "Un logiciel de dessin", "service": "equipement-bureautique", "activity": "installation"} | fields
    version = str(row(app, number).version)
    return post(
        client, f"/tickets/{number}/extraire", {f"extraire-{k}": v for k, v in typed.items()} | {"version": version}
    )


def last(app: Any, number: int) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.max(TicketEvent.id)).where(TicketEvent.ticket_id == number)) or 0)


def test_a_comment_becomes_a_ticket_with_its_own_decision_linked_both_ways(
    any_app: Any, client_as: Any, actor_as: Any
) -> None:
    with any_app.app_context():
        number = desk.open_ticket(actor_as("c11.cmi"), DRAFT, [], BEFORE)
        desk.comment(actor_as("c11.cmi"), number, "Et un logiciel de **dessin** zébulon ?", now=BEFORE)
    said = str(last(any_app, number))
    agent = client_as("d1.agent")
    form = agent.get(f"/tickets/{number}?etape=extraire").text
    assert f'value="{said}"' in form and "Demande, " in form
    wrong = split(any_app, agent, number, evenement="", titre="", service="")
    assert wrong.status_code == 422 and "Choisissez le texte" in wrong.text
    faults = split(any_app, agent, number, evenement=said, titre="", service="rien")
    assert faults.status_code == 422 and "Donnez un titre" in faults.text
    assert split(any_app, client_as("c11.cmi"), number, evenement=said).status_code == 403, "the holder's side alone"
    assert split(any_app, agent, number, evenement=said).status_code == 303
    with any_app.app_context():
        made = db.session.scalar(select(func.max(Ticket.number)))
        decision = db.session.execute(select(DecisionRow.data).where(DecisionRow.ticket_id == made)).scalar_one()
        assert db.session.execute(select(TicketLink.ticket_id, TicketLink.earlier_id)).one() == (made, number)
        told = set(
            db.session.scalars(
                select(Account.sigle)
                .join(Notice, Notice.recipient_id == Account.id)
                .where(Notice.ticket_id == made, Notice.kind == "opened")
            )
        )
        details = db.session.scalars(select(JournalLine.details).where(JournalLine.event == "ticket.split")).one()
        entry = db.session.scalar(select(TicketEvent.data).where(TicketEvent.kind == "split"))
    new = row(any_app, made)
    assert decision["view"]["citations"] and new.decision_id is not None, "it has its clause"
    assert (new.title, new.room, new.activity) == ("Un logiciel de dessin", "B12", "installation")
    assert "zébulon" in new.body and new.opened_by == row(any_app, number).opened_by
    assert "c11.cmi" in told and json.loads(details) == {"into": made} and str(made) not in json.dumps(entry)
    requester = client_as("c11.cmi")
    assert "Un logiciel de dessin" in requester.get(f"/tickets/{number}").text
    assert "Souris en panne" in requester.get(f"/tickets/{made}").text


def test_security_what_is_split_stays_confidential_and_takes_no_note_along(
    app: Any, client_as: Any, actor_as: Any
) -> None:
    with app.app_context():
        number = desk.open_ticket(actor_as("c11.cmi"), DRAFT, [], BEFORE)
        other = desk.open_ticket(actor_as("c11.cmi"), DRAFT, [], BEFORE)
        desk.make_confidential(actor_as("c11.chef"), number, 1, True, "", BEFORE)
        desk.comment(actor_as("d1.agent"), number, "Note.", visibility="internal", now=BEFORE)
    note, foreign = str(last(app, number)), str(last(app, other))
    agent = client_as("d1.agent")
    for wrong in (note, foreign, "999999"):
        assert split(app, agent, number, evenement=wrong).status_code == 422, wrong
    with app.app_context():
        first = db.session.scalar(select(func.min(TicketEvent.id)).where(TicketEvent.ticket_id == number))
    assert split(app, agent, number, evenement=str(first), texte="Seulement ceci.").status_code == 303
    with app.app_context():
        made = db.session.scalar(select(func.max(Ticket.number)))
    new = row(app, made)
    assert new.confidential and "etab:desaix-tarbes" not in new.scope_keys and new.body == "Seulement ceci."
    assert client_as("c11.cmi").get(f"/tickets/{made}").status_code == 404
