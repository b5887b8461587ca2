"""Test tickets alike shown above the queue as one larger trouble: accepted, refused, and never out of the perimeter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import JournalLine
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket, TicketUnlike
from ticketing.tickets import desk


@pytest.fixture
def came(any_app: Any, actor_as: Any) -> Callable[..., int]:
    """Return `came(minutes)`: the number of a ticket of Desaix that the Département got so many minutes ago."""

    def make(minutes: int, who: str = "c11.cmi", service: str = "equipement-bureautique") -> int:
        place = {"c11": "desaix-tarbes", "c12": "victor-hugo-tarbes"}[who.split(".")[0]]
        facts = Facts(user_category="professeurs", acquired_by="departement")
        about: dict[str, Any] = {"etablissement": place, "service": service, "activity": "mco"}
        draft = Draft(title="Plus de wifi", body="Depuis ce matin.", facts=facts, **about)
        with any_app.app_context():
            return desk.open_ticket(actor_as(who), draft, [], datetime.now(UTC) - timedelta(minutes=minutes))

    return make


def text(client: Any, address: str = "/tickets") -> str:
    page = client.get(address)
    assert page.status_code == 200
    return str(page.get_data(as_text=True)).replace("\u00a0", " ")


def form(page: str) -> list[str]:
    """Return the tickets of the line that shows some as one, « number:version »; none where there is no line."""
    found = re.search(r'<form class="list-alike".*?</form>', page, re.S)
    return re.findall(r'name="n" value="([^"]+)"', found[0]) if found else []


def test_three_alike_within_an_hour_are_made_one_larger_trouble(any_app: Any, client_as: Any, came: Any) -> None:
    client = client_as("d1.agent")
    early, first, second = came(200), came(50), came(40)
    assert form(text(client)) == []
    third = came(30, "c12.cmi")
    page = text(client)
    assert "3 tickets se ressemblent" in page and f"n° {early}<" not in page
    picked = form(page)
    assert picked == [f"{one}:1" for one in (first, second, third)]
    for part in ("service=equipement-bureautique", "etat=clos", "q=wifi"):
        assert form(text(client, f"/tickets?{part}")) == [], "above the whole queue alone"
    for other in ("c11.cmi", "c11.chef", "a.tech", "d2.agent"):
        assert form(text(client_as(other))) == [], "for who works this queue alone"
    answer = post(client, "/tickets/ressemblances", {"n": picked, "acte": "rattacher", "retour": "/tickets"})
    assert answer.status_code == 303 and answer.location.endswith("/tickets#fait")
    with any_app.app_context():
        rows = db.session.execute(select(Ticket.number, Ticket.parent_id).order_by(Ticket.number)).all()
    assert {row.number: row.parent_id for row in rows} == {early: None, first: None, second: first, third: first}
    page = text(client)
    assert form(page) == [] and f"2 tickets sont rattachés au n° {first}" in page


def test_what_changed_meanwhile_is_reported(client_as: Any, came: Any) -> None:
    client = client_as("d1.agent")
    numbers = [came(minutes) for minutes in (50, 40, 30)]
    picked = form(text(client))
    post(client, f"/tickets/{numbers[1]}/prendre-en-charge", {"version": "1"})
    answer = post(client, "/tickets/ressemblances", {"n": picked, "acte": "rattacher"})
    assert answer.status_code == 200 and "Il a changé depuis que la liste s’est affichée" in answer.text
    assert f"n° {numbers[2]}" in answer.text.replace("\u00a0", " ")


def test_a_side_refuses_once_and_a_new_set_is_shown(any_app: Any, client_as: Any, came: Any) -> None:
    client = client_as("d1.agent")
    for minutes in (50, 40, 30):
        came(minutes)
    picked = form(text(client))
    assert post(client, "/tickets/ressemblances", {"n": picked, "acte": "non"}).status_code == 303
    assert form(text(client)) == form(text(client_as("d1.ref"))) == [], "for the whole side"
    came(20)
    assert form(text(client)) == [], "one more of the same is no new set"
    more = [came(10), came(5)]
    assert [int(one.split(":")[0]) for one in form(text(client))][-2:] == more
    with any_app.app_context():
        assert db.session.scalars(select(JournalLine.event)).all().count("tickets.unlike") == 1
        assert {row.ticket_id for row in db.session.scalars(select(TicketUnlike))} == {
            int(one.split(":")[0]) for one in picked
        }


@pytest.mark.parametrize("act", ["rattacher", "non"])
def test_security_nothing_outside_the_perimeter_is_bound_or_refused(
    any_app: Any, client_as: Any, came: Any, act: str
) -> None:
    numbers = [came(minutes) for minutes in (50, 40, 30)]
    sent = {"n": [f"{one}:1" for one in numbers], "acte": act}
    assert post(client_as("d2.agent"), "/tickets/ressemblances", sent).status_code in (404, 409)
    assert post(client_as("a.lecture"), "/tickets/ressemblances", sent).status_code in (403, 404)
    with any_app.app_context():
        assert db.session.scalars(select(Ticket.parent_id).where(Ticket.parent_id.is_not(None))).all() == []
        assert db.session.scalars(select(TicketUnlike.side)).all() == []
