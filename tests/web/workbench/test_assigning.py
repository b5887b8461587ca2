"""A ticket given to a colleague: who is offered, who is told, what the thread says, and who may not."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import JournalLine
from ticketing.model import Draft, Facts
from ticketing.tables import Notice, Ticket
from ticketing.tickets import desk

OPENED = datetime.now(UTC) - timedelta(days=2)


def said(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def give(client: Any, number: int, account: int, version: int = 1) -> Any:
    return post(
        client, f"/tickets/{number}/attribuer", {"version": str(version), "attribuer-compte": str(account), "vu": "0"}
    )


def test_a_colleague_is_offered_given_the_ticket_and_told(
    any_app: Any, client_as: Any, actor_as: Any, cast: Any, number: int
) -> None:
    client, other = client_as("d1.agent"), cast["d1.ref"].account_id
    assert "attribuer-compte" not in said(client.get(f"/tickets/{number}")), "nobody is read before one asks"
    offered = said(client.get(f"/tickets/{number}?etape=attribuer"))
    assert f'name="attribuer-compte" value="{other}"' in offered and "0 en charge" in offered
    for stranger in ("d2.agent", "c11.cmi", "a.tech"):
        assert f'value="{cast[stranger].account_id}"' not in offered, stranger
    assert give(client, number, other).status_code == 303
    with any_app.app_context():
        name = actor_as("d1.ref").name
    page = said(client.get(f"/tickets/{number}"))
    assert "Attribué" in page and f"À {name}." in page
    with any_app.app_context():
        row = db.session.execute(select(Ticket.state, Ticket.assignee_id).where(Ticket.number == number)).one()
        assert tuple(row) == ("in_progress", other)
        told = select(Notice.recipient_id).where(Notice.ticket_id == number, Notice.kind == "assigned")
        assert set(db.session.scalars(told)) == {other, cast["c11.cmi"].account_id}
        assert "ticket.assigned" in db.session.scalars(select(JournalLine.event))
    again = said(client.get(f"/tickets/{number}?etape=attribuer"))
    assert f'value="{other}"' not in again, "who has it already is not offered"


def test_nobody_else_s_people_and_no_stale_page(any_app: Any, client_as: Any, cast: Any, number: int) -> None:
    client = client_as("d1.agent")
    for stranger in ("d2.agent", "c11.cmi", "a.tech"):
        refused = give(client, number, cast[stranger].account_id)
        assert refused.status_code == 422 and "Choisissez une personne de votre partie" in said(refused), stranger
    assert give(client_as("d2.agent"), number, cast["d2.agent"].account_id).status_code == 404
    assert give(client_as("c11.cmi"), number, cast["c11.cmi"].account_id).status_code == 403
    assert give(client, number, cast["d1.ref"].account_id).status_code == 303
    stale = give(client, number, cast["d1.agent"].account_id)
    assert stale.status_code == 409 and "attribuer" in said(stale)


def test_security_the_load_of_a_colleague_counts_no_ticket_that_one_does_not_see(
    app: Any, client_as: Any, actor_as: Any
) -> None:
    asked = Draft(
        title="Comptes",
        body="Rien.",
        etablissement="desaix-tarbes",
        service="acces-reseau-pedagogique",
        activity="mco",
        facts=Facts(user_category="professeurs"),
    )
    with app.app_context():
        hidden, shown = (desk.open_ticket(actor_as("c11.cmi"), asked, [], OPENED) for _ in range(2))
        desk.take_charge(actor_as("c11.chef"), hidden, 1, OPENED)
        desk.make_confidential(actor_as("c11.chef"), hidden, 2, True, "", OPENED)
    page = said(client_as("c11.cmi").get(f"/tickets/{shown}?etape=attribuer"))
    assert "0 en charge" in page and "1 en charge" not in page
    lot = {"acte": "attribuer", "n": f"{shown}:1", "token": "jeton-charge-1"}
    page = said(post(client_as("c11.cmi"), "/tickets/lot", lot))
    assert "0 en charge" in page and "1 en charge" not in page
