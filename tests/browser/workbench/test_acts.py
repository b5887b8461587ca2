"""How many acts, keys and page loads the daily work takes, in a real Chromium; what is counted is in `harness.acts`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.acts import Counted
from harness.waiting import until
from sqlalchemy import select

from charters.database import db
from charters.days import PARIS
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket
from ticketing.tickets import desk

#: How long a click or a selector is waited for, on a machine that does much besides; in milliseconds.
PATIENCE = 60_000
NEXT = "document.activeElement.textContent.startsWith('Suivant')"
SELECTED = "document.querySelectorAll('.queue :checked').length"


@pytest.fixture
def numbers(opened: Callable[[int, int], list[int]]) -> list[int]:
    """Open ten tickets of Desaix that the first Département holds, the oldest first."""
    return opened(10, 20)


@pytest.fixture
def agent(live: Any, numbers: list[int], enter: Callable[[str], Any]) -> Any:
    """The queue of the Département's technician, with the ten tickets."""
    page = enter("d1.agent")
    page.set_default_timeout(PATIENCE)
    page.goto(f"{live.url}/tickets?etat=nouveaux")
    return page


@pytest.fixture
def rows(live: Any) -> Callable[[], dict[int, Any]]:
    """Return a function: the tickets by number, as they stand."""

    def read() -> dict[int, Any]:
        with live.app.app_context():
            columns = (Ticket.number, Ticket.state, Ticket.assignee_id, Ticket.holder_party)
            return {row.number: row for row in db.session.execute(select(*columns))}

    return read


def opened(page: Any, number: int) -> None:
    """Open a ticket of the list shown, which its page then knows."""
    page.click(f"#t{number} .queue-title")
    page.wait_for_selector(".trail-walk")


def test_a_ticket_is_taken_answered_and_resolved_by_four_keys_and_one_page(
    agent: Any, numbers: list[int], rows: Any, cast: Any, axe: Any
) -> None:
    opened(agent, numbers[0])
    done = Counted(agent)
    done.press("s")
    until(agent, "document.activeElement.id === 'f-resoudre-texte'")
    done.write("Filtre nettoyé.")
    done.press("Control+Enter")
    until(agent, NEXT)
    assert done.loads == [], "the ticket is resolved where it is read"
    assert "Filtre nettoyé." in agent.inner_text(".timeline")
    assert "Le ticket est résolu" in agent.inner_text(".flashes")
    axe(agent, "geste-resolu")
    done.press("Enter")
    agent.wait_for_selector("h1:has-text('Le poste 1 ne démarre plus')")
    assert done.keys <= 4 and done.acts <= 4 and len(done.loads) == 1, vars(done)
    ticket = rows()[numbers[0]]
    assert (ticket.state, ticket.assignee_id) == ("resolved", cast["d1.agent"].account_id)


def test_a_ticket_changes_hands_by_three_acts(agent: Any, numbers: list[int], rows: Any, axe: Any) -> None:
    opened(agent, numbers[0])
    agent.fill("#f-commenter-texte", "À moitié écrit")
    done = Counted(agent)
    done.click("summary:has-text('Transmettre')")
    axe(agent, "geste-transmettre")
    done.choose("#f-transmettre-raison", "mauvaise-partie")
    done.click("button[name=transmettre-partie][value=academie]")
    until(agent, NEXT)
    assert done.acts == 3 and done.loads == [], vars(done)
    assert rows()[numbers[0]].holder_party == "academie"
    assert "Académie" in agent.inner_text(".status"), "who has it now is shown at once"
    assert "La clause désigne une autre partie" in agent.inner_text(".timeline")
    assert agent.input_value("#f-commenter-texte") == "À moitié écrit"
    done.press("Enter")
    agent.wait_for_selector("h1:has-text('Le poste 1 ne démarre plus')")
    assert len(done.loads) == 1


def test_no_enter_in_a_line_of_text_sends_a_ticket_away(agent: Any, numbers: list[int], rows: Any) -> None:
    opened(agent, numbers[0])
    agent.click("summary:has-text('Transmettre')")
    agent.select_option("#f-transmettre-raison", "mauvaise-partie")
    agent.click("summary:has-text('Ce qui a été vérifié')")
    agent.fill("#f-transmettre-attendu", "Un écran.")
    agent.keyboard.press("Enter")
    agent.focus("#f-transmettre-texte")
    agent.keyboard.press("Control+Enter")
    agent.wait_for_timeout(300)
    assert agent.input_value("#f-transmettre-attendu") == "Un écran."
    assert rows()[numbers[0]].holder_party == "departement"


def test_three_tickets_are_closed_by_four_acts_in_their_list(
    live: Any, agent: Any, numbers: list[int], rows: Any, actor_as: Any, axe: Any
) -> None:
    with live.app.app_context():
        for number in numbers[:6]:
            desk.resolve(actor_as("d1.agent"), number, 1, "Fait.", datetime.now(UTC))
    agent.goto(f"{live.url}/tickets?etat=resolus&tri=anciens")
    done = Counted(agent)
    for number in numbers[2:5]:
        done.click(f"#t{number} input[name=n]")
    bar = agent.locator(".list-lot").bounding_box()
    assert bar["height"] < 80, "the bar stands in one line"
    done.click(".list-lot [value=clore]")
    agent.wait_for_selector("text=C’est fait pour les 3 tickets cochés.")
    assert done.acts == 4 and done.loads == [], vars(done)
    assert [rows()[one].state for one in numbers[2:5]] == ["closed"] * 3
    assert agent.locator(".queue-item").count() == 3 and not agent.is_visible(".list-lot")
    assert agent.inner_text("[data-tab=resolved] .tab-count") == "3", "counted, in an order of one’s own too"
    assert agent.evaluate("document.activeElement.className") == "queue-title", "the focus is in the list"
    axe(agent, "geste-clore-trois")


def test_what_is_left_of_several_is_reported_where_one_is(
    live: Any, agent: Any, numbers: list[int], actor_as: Any, axe: Any
) -> None:
    for number in numbers[:2]:
        agent.click(f"#t{number} input[name=n]")
    with live.app.app_context():
        desk.take_charge(actor_as("d1.agent"), numbers[0], 1, datetime.now(UTC))
    done = Counted(agent)
    done.click(".list-lot [value=prendre-en-charge]")
    agent.wait_for_selector("text=Il a changé depuis que la liste s’est affichée")
    assert done.loads == [] and "1 ticket sur 2" in agent.evaluate("document.activeElement.innerText")
    axe(agent, "geste-compte-rendu")


def test_ten_tickets_of_all_kinds_are_done_by_twenty_five_acts(
    agent: Any, numbers: list[int], rows: Any, cast: Any
) -> None:
    done = Counted(agent)
    for number in numbers[:3]:  # three that one word solves
        done.click(f"#t{number} input[name=n]")
    done.press("r")
    done.write("Réseau rétabli.")
    done.click(".list-lot [value=resoudre]")
    agent.wait_for_selector("text=C’est fait pour les 3 tickets cochés.")
    for number in numbers[7:]:  # three to see tomorrow
        done.click(f"#t{number} input[name=n]")
    done.click(".list-lot [value=prendre-en-charge]")
    until(agent, f"document.querySelectorAll('.queue-item').length === 4 && {SELECTED} === 0")
    done.click(f"#t{numbers[3]} .queue-title")
    agent.wait_for_selector(".trail-walk")
    for number in numbers[3:5]:  # two that are solved
        done.press("s")
        until(agent, "document.activeElement.id === 'f-resoudre-texte'")
        done.write("Câble rebranché.")
        done.press("Control+Enter")
        until(agent, NEXT)
        done.press("Enter")
        agent.wait_for_url(f"**/tickets/{number + 1}")
        agent.wait_for_selector(".trail-walk")
    done.press("t")  # one for a colleague
    agent.wait_for_selector(".assign-list button:focus")
    done.press("Enter")
    until(agent, NEXT)
    done.press("Enter")
    agent.wait_for_url(f"**/tickets/{numbers[6]}")
    agent.wait_for_selector(".trail-walk")
    done.click("summary:has-text('Transmettre')")  # one for another party
    done.choose("#f-transmettre-raison", "besoin-intervention")
    done.click("button[name=transmettre-partie][value=academie]")
    agent.wait_for_selector(".flashes .alert-success")
    assert done.acts <= 25, vars(done)
    found = rows()
    assert [found[one].state for one in numbers[:5]] == ["resolved"] * 5
    assert found[numbers[5]].assignee_id not in (None, cast["d1.agent"].account_id)
    assert found[numbers[6]].holder_party == "academie"
    assert [found[one].assignee_id for one in numbers[7:]] == [cast["d1.agent"].account_id] * 3


def test_every_act_of_a_ticket_is_three_keys_away_at_most(agent: Any, numbers: list[int]) -> None:
    opened(agent, numbers[0])
    names = agent.eval_on_selector_all(
        ".card-steps .step > summary, .card-steps .step-link a",
        "found => found.map(one => [one.closest('.step').id || one.hash.slice(1), one.textContent.trim()])",
    )
    assert len(names) >= 8
    for step, name in names:
        done = Counted(agent)
        done.press("Control+k")
        agent.wait_for_selector("dialog.palette input:focus")
        done.write(name)
        done.press("Enter")
        agent.wait_for_selector(f"#{step}[open]")
        agent.wait_for_selector(".trail-walk")  # a page that was loaded has its script again
        assert done.keys <= 3, (name, vars(done))
    for key in ("s", "w", "m", "r", "n"):
        agent.evaluate("document.activeElement.blur()")
        agent.keyboard.press(key)
        until(agent, "document.activeElement.matches('textarea, select, input')")
    agent.evaluate("document.activeElement.blur()")
    agent.keyboard.press("a")
    agent.wait_for_selector(".flashes .alert-success")
    assert "Nadia" in agent.inner_text(".status")


def test_a_search_of_one_line_finds_the_wifi_of_last_month(
    live: Any, agent: Any, actor_as: Any, numbers: list[int]
) -> None:
    last = datetime.now(PARIS).replace(day=1) - timedelta(days=5)  # the month before, by the clock of the schools
    with live.app.app_context():
        draft = Draft(
            title="Le wifi de la salle 12 coupe",
            body="Toutes les dix minutes.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs", acquired_by="departement"),
        )
        wanted, _ = [desk.open_ticket(actor_as("c11.cmi"), draft, [], at) for at in (last, datetime.now(UTC))]
    done = Counted(agent)
    done.press("/")
    until(agent, "document.activeElement.id === 'f-q'")
    done.write("wifi Desaix, mois dernier")
    done.press("Enter")
    agent.wait_for_selector(f"#t{wanted}")
    assert agent.locator(".queue-item").count() == 1 and done.acts == 3, vars(done)
    assert agent.inner_text(".list-chips").startswith("Ouverts du 1er")


def test_the_list_begins_at_once_in_the_demonstration_too(
    live: Any, agent: Any, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = live.app.config["GUICHET"]
    monkeypatch.setitem(live.app.config, "GUICHET", settings.model_copy(update={"demo": True}))
    top = "document.querySelector('.queue-item').getBoundingClientRect().top"
    for size, most in (((1280, 900), 200), ((360, 740), 300)):
        agent.set_viewport_size({"width": size[0], "height": size[1]})
        agent.goto(f"{live.url}/tickets?etat=nouveaux")
        assert agent.is_visible(".demo") and agent.evaluate(top) <= most, size
