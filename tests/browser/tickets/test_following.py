"""Test, in a real Chromium, how a ticket is followed: acts counted, the keyboard alone, a telephone, paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.keyboard import reach
from sqlalchemy import select

from charters.database import db
from ticketing.demo.cast import actor
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket, TicketOpinion, TicketSeen
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)
TELEPHONE = {"width": 360, "height": 740}


@pytest.fixture
def opened(live: Any) -> Callable[..., int]:
    """Return `opened(category)`: a ticket of C11; without a category its decision lacks an answer."""

    def make(category: str | None = "professeurs") -> int:
        with live.app.app_context():
            draft = Draft(
                title="Le poste du CDI ne démarre plus",
                body="Écran noir depuis ce matin.\n\n" * 8,
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category=category),
            )
            return desk.open_ticket(actor("c11.cmi"), draft, [], BEFORE)

    return make


def version(number: int) -> int:
    return int(db.session.scalar(select(Ticket.version).where(Ticket.number == number)) or 0)


def test_a_question_is_answered_in_three_acts_from_home_and_its_asker_reads_who_saw_it(
    live: Any, enter: Any, opened: Any, axe: Any
) -> None:
    number = opened()
    with live.app.app_context():
        desk.hold(actor("d1.agent"), number, version(number), "attente-demandeur", "Un **bip** au démarrage ?", BEFORE)
    page = enter("c11.cmi")
    page.goto(live.url)
    page.click("text=Le poste du CDI")  # 1
    assert "bip" in page.inner_text(".answer-question")
    axe(page, "suivre-question")
    page.fill("#f-commenter-texte", "Trois bips.")  # 2
    page.click("text=Envoyer la réponse")  # 3
    page.wait_for_selector(".event-comment:has-text('Trois bips')")
    with live.app.app_context():
        assert db.session.get(Ticket, number).state == "new"  # type: ignore[union-attr]
        assert db.session.scalars(select(TicketSeen.side)).all() == ["desaix-tarbes"], "the page marked the visit"


def test_the_one_question_of_a_decision_is_answered_by_the_keyboard_alone(
    live: Any, enter: Any, opened: Any, axe: Any
) -> None:
    number = opened(None)
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/{number}")
    axe(page, "suivre-precision")

    reach(page, "#f-preciser-user_category")
    page.keyboard.type("Les prof")
    reach(page, ".card-question button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flashes")
    assert "Département des Hautes-Pyrénées" in page.inner_text(".status")


def test_on_a_telephone_the_answer_stays_at_the_bottom_and_unfolds(
    live: Any, enter: Any, opened: Any, axe: Any
) -> None:
    number = opened()
    page = enter("d1.agent")
    page.set_viewport_size(TELEPHONE)
    page.goto(f"{live.url}/tickets/{number}")
    bar = page.locator(".card-answer").bounding_box()
    assert bar["y"] + bar["height"] <= 741 and bar["height"] < 90
    status = page.locator(".status").bounding_box()
    assert status["y"] < 440, "who has it stands on the first screen"
    axe(page, "suivre-telephone")
    page.focus("#f-commenter-texte")
    assert page.is_visible("text=Note interne") and page.is_visible(".card-answer button")
    page.fill("#f-commenter-texte", "Je passe demain.")
    page.locator("h1").click()
    assert page.locator(".card-answer").bounding_box()["height"] > 200, "what is being written stays in sight"
    axe(page, "suivre-telephone-ecrire")
    page.click(".card-answer button")
    page.wait_for_selector(".event-comment:has-text('Je passe demain')")


def test_a_ticket_prints_with_its_clauses_and_without_controls(live: Any, enter: Any, opened: Any) -> None:
    number = opened()
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/{number}")
    assert not page.is_visible(".status blockquote")
    page.emulate_media(media="print")
    assert page.is_visible(".status blockquote")
    shown = page.evaluate(
        "Array.from(document.querySelectorAll('main :is(button, input, textarea, select)'))"
        ".filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 80))"
    )
    assert shown == []


def test_satisfaction_is_one_click(live: Any, enter: Any, opened: Any, axe: Any) -> None:
    number = opened()
    with live.app.app_context():
        desk.take_charge(actor("d1.agent"), number, version(number), BEFORE)
        desk.resolve(actor("d1.agent"), number, version(number), "Câble changé.", BEFORE)
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/{number}")
    axe(page, "suivre-satisfaction")
    page.click(".opinion button >> nth=0")
    page.wait_for_selector("text=Satisfaction : oui")
    with live.app.app_context():
        assert db.session.scalars(select(TicketOpinion.score)).all() == [3]
