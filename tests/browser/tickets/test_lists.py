"""The list of tickets in a real Chromium: how many rows are in sight, from where on, and how many keys lead there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.keyboard import skip_to_content

from ticketing.model import Draft, Facts
from ticketing.tickets import desk


@pytest.fixture
def enter(live: Any, actor_as: Any, enter: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return `enter("d1.agent")`: the page of a browser in which that person sees thirty tickets, two resolved."""
    facts = Facts(user_category="professeurs", acquired_by="departement")
    with live.app.app_context():
        for index in range(30):
            opened = datetime.now(UTC) - timedelta(hours=40 - index)
            draft = Draft(
                title=f"Le vidéoprojecteur de la salle {index} s’éteint au bout de dix minutes",
                body="Depuis lundi.",
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=facts,
            )
            number = desk.open_ticket(actor_as("c11.cmi"), draft, [], opened)
            if index < 2:
                desk.take_charge(actor_as("d1.agent"), number, 1, opened)
                desk.resolve(actor_as("d1.agent"), number, 2, "Filtre nettoyé.", opened)

    return enter


def tops(page: Any) -> list[tuple[float, float]]:
    """Return the top and the bottom of each row, in pixels of the window."""
    found = page.evaluate(
        "[...document.querySelectorAll('.queue-item')].map(row => {"
        " const box = row.getBoundingClientRect(); return [box.top, box.bottom]; })"
    )
    return [(top, bottom) for top, bottom in found]


def test_a_morning_fits_on_a_screen(live: Any, enter: Any, axe: Any) -> None:
    for sigle in ("d1.agent", "c11.cmi"):
        page = enter(sigle)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{live.url}/tickets?etat=tous")
        rows = tops(page)
        assert rows[0][0] <= 200, (sigle, rows[0])
        assert sum(bottom <= 900 for _, bottom in rows) >= 14, sigle
        hidden = page.evaluate(
            "(tabs => tabs.scrollWidth - tabs.clientWidth)(document.querySelector('.list-bar .tabs ul'))"
        )
        assert hidden <= 1, "no tab, nor half of its count, is out of sight"
        axe(page, f"liste-{sigle[0]}-large")
        page.set_viewport_size({"width": 360, "height": 740})
        assert tops(page)[0][0] <= 300, sigle
        assert not page.is_visible("#f-college, #f-service"), "filters are folded"
        axe(page, f"liste-{sigle[0]}-telephone")
        page.click("text=Filtres")
        assert page.is_visible("#f-miens") or page.is_visible(".list-filters .button")
        axe(page, f"liste-{sigle[0]}-filtres")


def test_the_keyboard_reaches_the_first_ticket_and_confirms(live: Any, enter: Any) -> None:
    page = enter("d1.agent")
    page.goto(f"{live.url}/tickets")
    skip_to_content(page)
    for key in ("Tab", "Tab"):  # the box of the first ticket, then its title
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.className") == "queue-title"
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets?etat=resolus")
    skip_to_content(page)
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("text=Merci : le ticket est clos.")
    assert "/tickets?etat=resolus" in page.url and len(tops(page)) == 1


def test_the_keyboard_clears_a_queue(live: Any, enter: Any, axe: Any) -> None:
    """Take, open, resolve and go on without the mouse; close three at once; a list of the keys, which can be cut."""
    page = enter("d1.agent")
    page.goto(f"{live.url}/tickets?etat=nouveaux")
    keys = page.keyboard
    for key in ("j", "x", "j", "x", "j", "x"):
        keys.press(key)
    assert page.inner_text("[data-checked]") == "3\u00a0tickets cochés"
    axe(page, "liste-cochee")
    keys.press("r")
    keys.type("Doublons du premier.")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.value") == "commenter", "« Entrée » in the text publishes it"
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_selector("text=C’est fait pour les 3 tickets cochés.")
    assert page.url.endswith("/tickets?etat=nouveaux") and not page.is_visible(".list-lot")

    keys.press("j")
    first = page.evaluate("document.activeElement.textContent")
    keys.press("o")
    page.wait_for_selector(f"h1:has-text('{first}')")
    assert page.get_attribute(".trail a", "href") == "/tickets?etat=nouveaux", "the way back keeps the filters"
    keys.press("a")
    page.wait_for_selector(".flashes .alert-success")
    assert "Suivant" in page.evaluate("document.activeElement.textContent"), "the next ticket is one key away"
    keys.press("s")
    keys.type("Filtre nettoyé.")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_selector("text=Le ticket est résolu")
    keys.press("Enter")
    page.wait_for_selector(".trail-walk")
    assert not page.is_visible(f"h1:has-text('{first}')")
    keys.press("r")
    assert page.evaluate("document.activeElement.id") == "f-commenter-texte"
    keys.type("jjj")
    assert page.input_value("#f-commenter-texte") == "jjj", "what is typed in a field is no key"

    page.goto(f"{live.url}/tickets")
    keys.press("?")
    assert page.is_visible("dialog.keys")
    axe(page, "touches")
    page.uncheck("#touches-actives")
    keys.press("Escape")
    before = page.evaluate("document.activeElement.className")
    keys.press("j")
    assert page.evaluate("document.activeElement.className") == before, "keys are cut"
    page.click("text=Touches du clavier")
    page.check("#touches-actives")
    keys.press("Escape")
    for key in ("g", "s"):
        keys.press(key)
    page.wait_for_url("**/tickets?suivis=1")
