"""A duplicate declared, and an outage resolved with what hangs on it, by the keyboard alone in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.keyboard import reach
from harness.waiting import until
from sqlalchemy import select

from charters.database import db
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket
from ticketing.tickets import desk

PATIENCE = 60_000


@pytest.fixture
def came(live: Any, actor_as: Any) -> Callable[[int], int]:
    """Return `came(minutes)`: the number of a ticket of Desaix that the Département got so many minutes ago."""

    def make(minutes: int) -> int:
        draft = Draft(
            title=f"Plus de wifi depuis {minutes} minutes",
            body="Rien ne passe.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs", acquired_by="departement"),
        )
        with live.app.app_context():
            return desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC) - timedelta(minutes=minutes))

    return make


@pytest.fixture
def stand(live: Any) -> Callable[[], dict[int, Any]]:
    """Return a function: number -> (state, the ticket on which it depends, how)."""

    def read() -> dict[int, Any]:
        columns = (Ticket.number, Ticket.state, Ticket.parent_id, Ticket.parent_bond)
        with live.app.app_context():
            return {row.number: tuple(row[1:]) for row in db.session.execute(select(*columns))}

    return read


@pytest.fixture
def agent(live: Any, enter: Callable[[str], Any]) -> Any:
    page = enter("d1.agent")
    page.set_default_timeout(PATIENCE)
    return page


def command(page: Any, name: str) -> None:
    """Give a command of the page by its name."""
    page.wait_for_selector(".trail-walk")  # the script is there
    page.keyboard.press("Control+k")
    page.wait_for_selector("dialog.palette input:focus")
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def test_a_duplicate_is_declared_and_undone_by_the_keyboard(
    live: Any, agent: Any, came: Any, stand: Any, axe: Any
) -> None:
    other, number = came(300), came(100)
    agent.goto(f"{live.url}/tickets?tri=recents")
    agent.focus(f"#t{number} .queue-title")
    agent.keyboard.press("Enter")
    command(agent, "déclarer doublon")
    agent.wait_for_selector("#etape-doublon[open]")
    axe(agent, "doublon-formulaire")
    reach(agent, "#f-doublon-numero")
    agent.keyboard.type(f"n° {number}")
    agent.keyboard.press("Enter")
    agent.wait_for_selector("text=C’est le numéro de ce ticket")
    axe(agent, "doublon-refus")
    reach(agent, "#f-doublon-numero")
    agent.keyboard.press("Control+a")
    agent.keyboard.type(f"n° {other}")
    agent.keyboard.press("Tab")
    agent.keyboard.type("Suivi avec l’autre.")
    agent.keyboard.press("Control+Enter")
    agent.wait_for_selector("#lies:has-text('Doublon')")
    assert stand()[number] == ("closed", other, "duplicate")
    assert "Suivi avec l’autre." in agent.inner_text(".timeline")
    assert f"n° {other}" in agent.inner_text(".ticket-facts").replace("\u00a0", " ")
    axe(agent, "doublon-fait")
    agent.set_viewport_size({"width": 360, "height": 740})
    axe(agent, "doublon-telephone")
    agent.goto(f"{live.url}/tickets/{number}")
    command(agent, "pas un doublon")
    until(agent, "document.activeElement.tagName === 'TEXTAREA'")
    agent.keyboard.type("Ce n’est pas le même.")
    agent.keyboard.press("Control+Enter")
    agent.wait_for_selector(".card-answer")
    assert stand()[number][1] is None and stand()[number][0] == "new"


def test_an_outage_ends_with_its_followers(
    live: Any, agent: Any, came: Any, stand: Any, actor_as: Any, axe: Any
) -> None:
    outage, first, second = numbers = [came(minutes) for minutes in (50, 40, 30)]
    with live.app.app_context():
        desk.follow(actor_as("d1.agent"), first, 1, outage, "", datetime.now(UTC))
    agent.goto(f"{live.url}/tickets")
    agent.focus(f"#t{second} .queue-title")
    agent.keyboard.press("Enter")
    command(agent, "rattacher à un incident")
    agent.wait_for_selector("#etape-rattacher[open]")
    axe(agent, "panne-rattacher")
    reach(agent, "#f-rattacher-numero")
    agent.keyboard.type(f"n° {outage}")
    agent.keyboard.press("Enter")
    agent.wait_for_selector("#lies:has-text('Rattaché')")
    assert [stand()[one][1:] for one in numbers] == [(None, ""), (outage, "child"), (outage, "child")]
    axe(agent, "panne-rattache")
    agent.goto(f"{live.url}/tickets")
    agent.focus(f"#t{outage} .queue-title")
    agent.keyboard.press("Enter")
    agent.wait_for_selector("#rattaches")
    axe(agent, "panne-avec-suite")
    agent.wait_for_selector(".trail-walk")
    agent.keyboard.press("s")
    until(agent, "document.activeElement.id === 'f-resoudre-texte'")
    agent.keyboard.type("Borne redémarrée.")
    reach(agent, "[name=resoudre-suite]")
    agent.keyboard.press("Space")
    reach(agent, "#etape-resoudre button")
    agent.keyboard.press("Enter")
    agent.wait_for_selector("text=Le ticket est résolu, avec 2 tickets rattachés")
    assert [stand()[one][0] for one in numbers] == ["resolved"] * 3
    axe(agent, "panne-resolue")
