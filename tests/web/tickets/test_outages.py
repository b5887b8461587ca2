"""Test an outage and what hangs on it: resolved with it, and neither shown nor counted outside the perimeter."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import Account, JournalLine
from ticketing.tables import Notice, Ticket
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)


def row(app: Any, number: int) -> Any:
    with app.app_context():
        return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()


def step(app: Any, client: Any, number: int, slug: str, **fields: str) -> Any:
    prefixed = {f"{slug}-{name}": value for name, value in fields.items()}
    return post(client, f"/tickets/{number}/{slug}", {**prefixed, "version": str(row(app, number).version)})


def ticked(page: str) -> str:
    """Return what the box « Résoudre aussi » of a page sends."""
    found = re.search(r'name="resoudre-suite" value="([^"]+)"', page)
    assert found, "the page offers no box"
    return found[1]


def test_an_outage_is_resolved_with_what_its_side_holds_of_it(
    any_app: Any, client_as: Any, actor_as: Any, opened: Any
) -> None:
    outage, first = opened(title="Panne du cœur"), opened(title="Imprimante muette")
    elsewhere, left = opened("c12.cmi", title="Salle morte"), opened(title="Chez une autre partie")
    agent = client_as("d1.agent")
    for number in (first, elsewhere, left):
        assert step(any_app, agent, number, "rattacher", numero=str(outage)).status_code == 303
    alone = opened()
    for wrong, sentence in ((str(alone), "de ce ticket"), ("9999", "ne voyez aucun")):
        refused = step(any_app, agent, alone, "rattacher", numero=wrong)
        assert refused.status_code == 422 and sentence in refused.text
    below = step(any_app, agent, alone, "rattacher", numero=str(first))
    assert below.status_code == 422 and "lui-même rattaché" in below.text
    version = row(any_app, left).version
    with any_app.app_context():
        desk.hand_on(actor_as("d1.agent"), left, version, "academie", "autre", "À vous.", BEFORE)
        told = db.session.scalars(
            select(Account.sigle)
            .join(Notice, Notice.recipient_id == Account.id)
            .where(Notice.ticket_id == elsewhere, Notice.kind == "attached")
        ).all()
        lines = db.session.scalars(select(JournalLine.details).where(JournalLine.event == "ticket.attached"))
        assert told == ["c12.cmi"] and {json.loads(one)["parent"] for one in lines} == {outage}
    page = agent.get(f"/tickets/{outage}").text
    assert "les 2 tickets rattachés que vous tenez" in page and "Salle morte" in page
    assert "Panne du cœur" in agent.get(f"/tickets/{first}").text
    done = step(any_app, agent, outage, "resoudre", texte="Commutateur changé.", suite=ticked(page))
    assert done.status_code == 303
    assert "avec 2 tickets rattachés" in agent.get(f"/tickets/{outage}").text
    assert [row(any_app, one).state for one in (outage, first, elsewhere, left)] == [*(["resolved"] * 3), "new"]
    assert "Commutateur changé." in client_as("c12.cmi").get(f"/tickets/{elsewhere}").text


def test_what_cannot_be_resolved_with_an_outage_is_a_line_of_the_report(
    app: Any, client_as: Any, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ticketing.errors import StepRefused

    outage, first, second = opened(title="Panne du cœur"), opened(), opened()
    agent, plain = client_as("d1.agent"), desk.resolve
    for number in (first, second):
        step(app, agent, number, "rattacher", numero=str(outage))

    def refusing(actor: Any, number: int, *rest: Any) -> None:
        if number == second:
            raise StepRefused("Quelqu’un vient de le reprendre.")
        plain(actor, number, *rest)

    monkeypatch.setattr(desk, "resolve", refusing)
    page = agent.get(f"/tickets/{outage}").text
    report = step(app, agent, outage, "resoudre", texte="Changé.", suite=ticked(page))
    assert report.status_code == 200 and "Quelqu’un vient de le reprendre." in report.text
    assert [row(app, one).state for one in (outage, first, second)] == ["resolved", "resolved", "new"]
    alone = opened(title="Autre panne")
    assert step(app, agent, second, "detacher").status_code == 303 and row(app, second).parent_id is None
    step(app, agent, second, "rattacher", numero=str(alone))
    assert step(app, agent, alone, "resoudre", texte="Changé.").status_code == 303
    assert row(app, second).state == "new", "without the tick nothing else is resolved"


def test_a_ticket_that_the_page_did_not_show_as_it_is_now_stays_open(app: Any, client_as: Any, opened: Any) -> None:
    outage, read, changed, late = opened(title="Panne du cœur"), opened(), opened(), opened()
    agent = client_as("d1.agent")
    for number in (read, changed):
        step(app, agent, number, "rattacher", numero=str(outage))
    suite = ticked(agent.get(f"/tickets/{outage}").text)
    step(app, agent, changed, "commenter", texte="Autre chose encore.", visibilite="public")
    step(app, agent, late, "rattacher", numero=str(outage))
    report = step(app, agent, outage, "resoudre", texte="Changé.", suite=suite)
    assert report.status_code == 200
    assert "rattaché depuis que la page" in report.text and "relisez-le avant" in report.text
    states = [row(app, one).state for one in (outage, read)]
    assert states == ["resolved"] * 2 and "resolved" not in {row(app, one).state for one in (changed, late)}


def test_security_a_child_outside_the_perimeter_is_neither_shown_nor_counted(
    app: Any, client_as: Any, actor_as: Any, opened: Any
) -> None:
    """The rule: a reader sees and counts the attached tickets of the own perimeter; no total is shown to anybody."""
    outage = opened("c11.cmi", "equipe-gestion", "Panne académique")
    mine, theirs = opened("c11.cmi", "equipe-gestion", "La mienne"), opened("c12.cmi", "equipe-gestion", "Zébulon")
    tech = client_as("a.tech")
    for number in (mine, theirs):
        assert step(app, tech, number, "rattacher", numero=str(outage)).status_code == 303
    assert "Zébulon" in tech.get(f"/tickets/{outage}").text
    page = client_as("c11.cmi").get(f"/tickets/{outage}").text
    card = page.split('id="rattaches"')[1].split("</section>")[0]
    assert "La mienne" in card and card.count("<li>") == 1
    assert "Zébulon" not in page and f"/tickets/{theirs}" not in page and "Victor" not in page
    foreign = client_as("c12.cmi").get(f"/tickets/{theirs}").text
    assert "Panne académique" not in foreign and f"/tickets/{outage}" not in foreign
    assert "que votre périmètre ne montre pas" in foreign
    assert step(app, tech, mine, "doublon", numero=str(theirs)).status_code == 303
    page = client_as("c11.cmi").get(f"/tickets/{outage}").text
    assert 'id="rattaches"' not in page, "with no child of one's own, not even the card is there"
