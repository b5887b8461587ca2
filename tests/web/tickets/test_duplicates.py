"""Test duplicates: the requester follows the other ticket where it is seen, and nobody gains sight of a byte."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.access import Account, JournalLine
from ticketing.tables import Notice, Ticket, TicketEvent, TicketWatcher
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)
CANARY = "zébulon"


def row(app: Any, number: int) -> Any:
    with app.app_context():
        return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()


def step(app: Any, client: Any, number: int, slug: str, **fields: str) -> Any:
    prefixed = {f"{slug}-{name}": value for name, value in fields.items()}
    return post(client, f"/tickets/{number}/{slug}", {**prefixed, "version": str(row(app, number).version)})


def told(app: Any, number: int, kind: str) -> set[str]:
    with app.app_context():
        return set(
            db.session.scalars(
                select(Account.sigle)
                .join(Notice, Notice.recipient_id == Account.id)
                .where(Notice.ticket_id == number, Notice.kind == kind)
            )
        )


def following(app: Any, number: int) -> set[tuple[str, int | None]]:
    with app.app_context():
        rows = db.session.execute(
            select(Account.sigle, TicketWatcher.through)
            .join(TicketWatcher, TicketWatcher.account_id == Account.id)
            .where(TicketWatcher.ticket_id == number)
        )
        return {(one.sigle, one.through) for one in rows}


def journalled(app: Any, event: str) -> list[Any]:
    with app.app_context():
        return [json.loads(one) for one in db.session.scalars(select(JournalLine.details).filter_by(event=event))]


def test_a_duplicate_is_closed_and_its_requester_follows_the_ticket_that_goes_on(
    any_app: Any, client_as: Any, opened: Any
) -> None:
    first, second = (
        opened("c11.chef", title="Première"),
        opened("c11.cmi", title=f"Seconde {CANARY}", body=f"Il dit {CANARY}."),
    )
    agent, chef, cmi = client_as("d1.agent"), client_as("c11.chef"), client_as("c11.cmi")
    assert step(any_app, cmi, second, "doublon", numero=str(first)).status_code == 403, "the holder's side alone"
    for typed, sentence in (
        ("", "Donnez le numéro"),
        (str(second), "de ce ticket"),
        ("9999", "ne voyez aucun ticket"),
    ):
        refused = step(any_app, agent, second, "doublon", numero=typed)
        assert refused.status_code == 422 and sentence in refused.text, typed
    done = step(any_app, agent, second, "doublon", numero=f"n° {first}", texte="Même panne que ce matin.")
    assert done.status_code == 303
    merged = row(any_app, second)
    assert (merged.state, merged.parent_id, merged.parent_bond) == ("closed", first, "duplicate")
    assert told(any_app, second, "duplicate") == {"c11.cmi"} and following(any_app, first) == {("c11.cmi", second)}
    details = journalled(any_app, "ticket.duplicate")
    assert details == [{"from": "new", "to": "closed", "duplicate_of": first}]
    page = cmi.get(f"/tickets/{second}").text
    assert "Première" in page and f"/tickets/{first}" in page and "Même panne que ce matin." in page
    assert CANARY in page, "the thread stays readable where it was"
    survivor = agent.get(f"/tickets/{first}").text
    assert f"Seconde {CANARY}" in survivor and "ne voit pas ce ticket-ci" not in survivor
    assert "Aussi touchés" in chef.get(f"/tickets/{first}").text
    assert step(any_app, agent, first, "resoudre", texte="Câble changé.").status_code == 303
    assert told(any_app, first, "resolved") >= {"c11.chef", "c11.cmi"}, "the requester of the duplicate is told too"
    late = step(any_app, agent, second, "doublon", numero=str(first))
    assert late.status_code == 409 and "Un ticket clos" in late.text


def test_undoing_a_duplicate_gives_it_back_and_its_requester_stops_following(
    app: Any, client_as: Any, opened: Any
) -> None:
    first, second, third = opened("c11.chef"), opened("c11.cmi"), opened("c11.cmi", title="Troisième")
    agent, cmi = client_as("d1.agent"), client_as("c11.cmi")
    step(app, agent, second, "doublon", numero=str(first))
    step(app, agent, first, "doublon", numero=str(third))
    assert {row(app, number).parent_id for number in (first, second)} == {third}, "a chain is followed to its end"
    loop = step(app, agent, third, "doublon", numero=str(first))
    assert loop.status_code == 422 and "clos" in loop.text
    assert following(app, third) == {("c11.chef", first)}, "who opened the ticket itself is no watcher of it"
    assert "Ce n’est pas un doublon" in cmi.get(f"/tickets/{second}").text
    assert step(app, cmi, second, "pas-un-doublon", texte="").status_code == 422
    assert step(app, cmi, second, "pas-un-doublon", texte="Autre salle.").status_code == 303
    again = row(app, second)
    assert (again.state, again.parent_id, again.parent_bond, again.closed_at) == ("new", None, "", None)
    assert following(app, first) == set()
    assert {"d1.agent", "d1.ref"} <= told(app, second, "restored")
    with app.app_context(), writing() as session:
        session.execute(
            update(Ticket).where(Ticket.number == first).values(closed_at=datetime.now(UTC) - timedelta(days=31))
        )
    assert "Ce n’est pas un doublon" not in cmi.get(f"/tickets/{first}").text
    refused = step(app, cmi, first, "pas-un-doublon", texte="Trop tard.")
    assert refused.status_code == 409 and "plus de 30 jours" in refused.text


def test_security_a_duplicate_shows_nobody_what_they_did_not_see(app: Any, client_as: Any, opened: Any) -> None:
    """Of two collèges: the requester of one never learns of the other, and news are written by a person."""
    other = opened("c12.cmi", "equipe-gestion", f"Fuite {CANARY}", f"Il dit {CANARY}.")
    mine = opened("c11.cmi", "equipe-gestion", "Serveur lent")
    academie, cmi = client_as("a.tech"), client_as("c11.cmi")
    hidden = step(app, client_as("d1.agent"), mine, "doublon", numero=str(other))
    assert hidden.status_code == 404
    assert step(app, academie, mine, "doublon", numero=str(other), texte="Suivi ailleurs.").status_code == 303
    assert following(app, other) == set(), "the requester does not see the other ticket: nothing is sent"
    page = cmi.get(f"/tickets/{mine}").text
    assert CANARY not in page and f"/tickets/{other}" not in page and f"n° {other}" not in page
    assert "que votre périmètre ne montre pas" in page
    assert "son demandeur ne voit pas ce ticket-ci" in academie.get(f"/tickets/{other}").text
    theirs = client_as("c12.cmi").get(f"/tickets/{other}").text
    assert "Serveur lent" not in theirs and f"/tickets/{mine}" not in theirs and "Ses doublons" not in theirs
    with app.app_context():
        said = db.session.execute(select(TicketEvent.body, TicketEvent.data).where(TicketEvent.ticket_id == mine))
        assert str(other) not in re.sub(r'"(decision_id|organisation)": \S+', "", json.dumps([list(x) for x in said]))
    comment = post(
        academie,
        f"/tickets/{mine}/commenter",
        {"commenter-texte": "Pièce attendue lundi.", "commenter-visibilite": "public", "token": "t"},
    )
    assert comment.status_code == 303 and told(app, mine, "answered") == {"c11.cmi"}


def test_tickets_of_two_etablissements_are_joined_by_the_academie_alone(app: Any, client_as: Any, opened: Any) -> None:
    first, second = opened("c11.cmi"), opened("c12.cmi")
    refused = step(app, client_as("d1.agent"), second, "doublon", numero=str(first))
    assert refused.status_code == 422 and "seule l’académie" in refused.text
    assert row(app, second).state == "new"


def test_security_who_follows_through_a_duplicate_is_named_to_who_sees_the_duplicate(
    app: Any, client_as: Any, actor_as: Any, opened: Any
) -> None:
    survivor = opened("c11.chef", "professeurs", "Poste")
    duplicate = opened("c11.cmi", "equipe-gestion", "Même poste")
    with app.app_context():
        tech = actor_as("a.tech")
        desk.hand_on(actor_as("d1.agent"), survivor, 1, "academie", "autre", "À voir.", BEFORE)
        desk.merge(tech, duplicate, 1, survivor, "", BEFORE)
    assert "Aussi touchés" in client_as("a.tech").get(f"/tickets/{survivor}").text
    page = client_as("d1.agent").get(f"/tickets/{survivor}").text
    assert "Poste" in page and "Aussi touchés" not in page and "Ses doublons" not in page


def test_an_outage_that_is_the_duplicate_of_what_hangs_on_it_leaves_nothing_hanging_on_a_closed_ticket(
    any_app: Any, client_as: Any, opened: Any
) -> None:
    outage, kept, other = opened("c11.chef"), opened("c11.cmi"), opened("c11.cmi")
    agent = client_as("d1.agent")
    for number in (kept, other):
        assert step(any_app, agent, number, "rattacher", numero=str(outage)).status_code == 303
    assert step(any_app, agent, outage, "doublon", numero=str(kept)).status_code == 303
    bonds = [(row(any_app, number).parent_id, row(any_app, number).parent_bond) for number in (outage, kept, other)]
    assert bonds == [(kept, "duplicate"), (None, ""), (kept, "child")]
