"""The technician's bench in a real Chromium: acts and page loads counted, by the mouse and by the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import cast as cast_module


@pytest.fixture
def numbers(opened: Callable[[int, int], list[int]]) -> list[int]:
    """Open six tickets of Desaix that the first Département holds."""
    return opened(6, 9)


def test_a_colleague_gets_a_ticket_by_two_acts_and_without_leaving_the_page(
    live: Any, numbers: list[int], enter: Callable[[str], Any], axe: Any
) -> None:
    page = enter("d1.agent")
    page.goto(f"{live.url}/tickets?etat=nouveaux")
    page.click(f"#t{numbers[0]} .queue-title")
    page.wait_for_selector(".trail-walk")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.fill("#f-commenter-texte", "À moitié écrit")
    page.click("text=Attribuer à…")
    page.wait_for_selector(".assign-list button:focus")
    axe(page, "attribuer")
    page.click(".assign-list button >> nth=0")
    page.wait_for_selector(".flashes .alert-success")
    assert loads == [], "two acts, no page load"
    assert page.input_value("#f-commenter-texte") == "À moitié écrit"
    assert "Attribué" in page.inner_text(".timeline")
    assert "Suivant" in page.evaluate("document.activeElement.textContent"), "the next ticket is one key away"
    page.keyboard.press("t")
    page.wait_for_selector(".assign-list button:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".timeline .event >> nth=2")
    assert loads == []


def test_every_act_and_page_is_reached_by_its_name(
    live: Any, numbers: list[int], enter: Callable[[str], Any], axe: Any
) -> None:
    page = enter("d1.agent")
    page.goto(f"{live.url}/articles")
    keys = page.keyboard
    keys.press("Control+k")
    page.wait_for_selector("dialog.palette input:focus")
    axe(page, "palette")
    keys.type(f"n° {numbers[2]}")
    keys.press("Enter")
    page.wait_for_selector("h1:has-text('Le poste 2 ne démarre plus')")
    keys.press("Control+k")
    page.wait_for_selector("dialog.palette input:focus")
    keys.type("resou")
    assert "Résoudre" in page.inner_text(".palette-list [aria-selected=true]")
    assert page.inner_text(".palette [role=status]").endswith(("commande", "commandes"))
    keys.press("Enter")
    page.wait_for_selector("#f-resoudre-texte:focus")
    keys.press("Control+k")
    page.wait_for_selector("dialog.palette input:focus")
    keys.type("zzz")
    assert page.inner_text(".palette-list li").startswith("Chercher « zzz »"), "nothing of that name: a search"
    keys.press("Escape")
    assert page.evaluate("document.activeElement.id") == "f-resoudre-texte", "the focus comes back"
    page.set_viewport_size({"width": 360, "height": 740})
    keys.press("Control+k")
    page.wait_for_selector("dialog.palette input:focus")
    axe(page, "palette-telephone")
    keys.type("tickets")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Enter")
    page.wait_for_selector("table.queue")


def test_a_colleague_is_named_by_the_keyboard_alone(
    live: Any, numbers: list[int], enter: Callable[[str], Any], axe: Any, actor_as: Any
) -> None:
    with live.app.app_context():
        name = actor_as("d1.ref").name
    page = enter("d1.agent")
    page.goto(f"{live.url}/tickets/{numbers[0]}")
    page.check("input[value=internal]")
    page.focus("#f-commenter-texte")
    keys = page.keyboard
    keys.type("Vu avec p@college.example ; @")
    page.wait_for_selector(".mentions li[aria-selected=true]")
    assert page.get_attribute("#f-commenter-texte", "aria-activedescendant") == "personne-0"
    axe(page, "mentions")
    assert "@c11.cmi" not in page.inner_text(".mentions"), "a note is read by one's own side"
    keys.type(name.split()[-1][:4].lower())
    page.wait_for_selector(f".mentions li >> text={name}")
    keys.press("Enter")
    assert page.input_value("#f-commenter-texte") == "Vu avec p@college.example ; @d1.ref "
    assert page.is_hidden(".mentions")
    keys.type("@")
    page.wait_for_selector(".mentions li")
    keys.press("Escape")
    assert page.is_hidden(".mentions") and page.input_value("#f-commenter-texte").endswith("@")
    keys.press("Backspace")
    keys.press("Control+Enter")
    page.wait_for_selector(".flashes .alert-success")
    assert "Personne n’a été prévenu" not in page.inner_text(".flashes")


def test_a_colleague_who_writes_is_named_on_the_page(
    live: Any, numbers: list[int], enter: Callable[[str], Any], new_page: Any, actor_as: Any, cast: Any, axe: Any
) -> None:
    with live.app.app_context():
        name = actor_as("d1.ref").name
        token = cast_module.new_session(cast["d1.ref"])
    page, other = enter("d1.agent"), new_page()
    other.context.add_cookies([{"name": "guichet", "value": token, "url": live.url}])
    page.goto(f"{live.url}/tickets/{numbers[0]}")
    other.goto(f"{live.url}/tickets/{numbers[0]}")
    with other.expect_response(lambda one: one.url.endswith("/ecrit") and one.request.method == "POST") as kept:
        other.fill("#f-commenter-texte", "Je regarde")
    assert kept.value.status == 204 and "Je" not in (kept.value.request.post_data or "")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector(f".writers >> text={name} écrit une réponse")
    axe(page, "ecrit")
