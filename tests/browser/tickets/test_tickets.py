"""Test the pages of tickets in a real Chromium: the live decision, drafts kept after a session, keyboard, 320 px."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from harness import cast as cast_module

from charters.database import db, writing
from charters.tables.access import WebSession
from ticketing.tables import Ticket

TITLE = "L’imprimante du CDI n’imprime plus"


@pytest.fixture
def enter(live: Any, cast: Any, browser_page: Any) -> Callable[[str], Any]:
    """Return a function: `enter("c11.cmi")` gives the page of a browser in which that person is logged in."""

    def log_in(sigle: str) -> Any:
        with live.app.app_context():
            token = cast_module.new_session(cast[sigle])
        browser_page.context.clear_cookies()
        browser_page.context.add_cookies([{"name": "guichet", "value": token, "url": live.url}])
        return browser_page

    return log_in


def open_one(page: Any, live: Any) -> int:
    """Fill the form in and send it; return the ticket's number."""
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", TITLE)
    page.press("#f-title", "Tab")
    page.fill("#f-body", "Voyant rouge depuis ce matin.")
    page.check("#service-equipement-bureautique")
    page.check("[name=activity][value=mco]")
    page.wait_for_selector("[data-question=user_category]:not([hidden])")
    page.select_option("#f-user_category", "professeurs")
    page.wait_for_selector(".decision-departement")
    page.click(".opening-send button[value=envoyer]")
    page.wait_for_url(re.compile(r"/tickets/\d+"))
    return int(re.search(r"/tickets/(\d+)", page.url)[1])  # type: ignore[index]


def test_the_decision_forms_while_one_types(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    axe(page, "ouvrir-vide")
    page.fill("#f-title", TITLE)
    page.press("#f-title", "Tab")
    assert page.is_visible("#service-equipement-bureautique")  # the sentence proposes its subject
    assert not page.is_visible("#service-gestion-eleves")
    page.click("text=Voir tous les sujets")
    page.fill("#f-chercher", "pronote")
    page.wait_for_selector("#service-vie-scolaire-prive", state="visible")
    page.fill("#f-chercher", "")
    page.wait_for_selector("#service-vie-scolaire-prive", state="hidden")
    page.click("summary:has-text('Ordinateur, imprimante')")
    page.check("#service-equipement-bureautique")
    page.check("[name=activity][value=mco]")
    page.wait_for_selector("[data-question=user_category]:not([hidden])")
    assert not page.is_visible("#f-acquired_on")
    assert "Académie de Toulouse" in page.inner_text("#decision")
    axe(page, "ouvrir-question")
    page.select_option("#f-user_category", "equipe-gestion")
    page.wait_for_selector(".decision-academie")
    assert "Académie de Toulouse" in page.inner_text("[data-said]")
    page.select_option("#f-user_category", "professeurs")
    page.wait_for_selector(".decision-departement")
    page.click(".decision .clause summary")
    assert "hors matériels" in page.inner_text("#decision")
    axe(page, "ouvrir-decision")


def test_sent_words_leave_no_draft(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    open_one(page, live)
    assert "est envoyé" in page.inner_text(".flashes")
    assert page.evaluate("sessionStorage.length") == 0
    axe(page, "ticket-correspondant")


def test_words_outlive_the_session(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    number = open_one(page, live)
    page.fill("#f-commenter-texte", "Elle bourre à chaque page.")
    with live.app.app_context(), writing():
        db.session.query(WebSession).delete()
    page.click("text=Publier le commentaire")
    page.wait_for_url(re.compile("/connexion"))
    enter("c11.cmi")
    page.goto(f"{live.url}/tickets/{number}")
    assert page.input_value("#f-commenter-texte") == "Elle bourre à chaque page."
    assert "a été retrouvé" in page.inner_text(".restored")
    page.click("text=Publier le commentaire")
    page.wait_for_selector(".event-comment:has-text('Elle bourre')")
    assert page.input_value("#f-commenter-texte") == ""
    assert page.evaluate("sessionStorage.length") == 0


def test_words_are_not_shown_to_somebody_else(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-body", "Entre nous.")
    for _ in range(200):  # drafts are saved a moment after the last key press
        if page.evaluate("sessionStorage.length"):
            break
        page.wait_for_timeout(50)
    assert page.evaluate("sessionStorage.length") == 1
    enter("c11.reseau")
    page.goto(f"{live.url}/tickets/nouveau")
    assert page.input_value("#f-body") == ""


def test_a_form_without_a_subject_is_held_back_with_its_files(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", "Rien de connu")
    page.fill("#f-body", "Mots")
    page.set_input_files("#f-files", {"name": "photo.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.check("[name=activity][value=mco]")
    page.click(".opening-send button[value=envoyer]")
    assert "Choisissez le sujet" in page.inner_text("[data-picker-status]")
    assert page.evaluate("document.querySelector('#f-files').files.length") == 1
    assert page.evaluate("document.activeElement.id") == "f-chercher"


def test_the_technician_at_work_and_a_stale_save(live: Any, enter: Any, browser: Any, cast: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    number = open_one(page, live)
    page = enter("d1.agent")
    page.goto(f"{live.url}/tickets")
    axe(page, "file-technicien")
    page.click(f"text={TITLE}")
    axe(page, "ticket-technicien")
    late = page.context.new_page()
    late.goto(f"{live.url}/tickets/{number}")
    page.click("text=Prendre en charge")
    page.wait_for_selector(".flashes")
    late.click("summary:has-text('Transmettre')")
    late.check("[name=transmettre-partie][value=academie]")
    late.select_option("#f-transmettre-raison", "autre")
    late.fill("#f-transmettre-texte", "Un mot qui ne doit pas se perdre.")
    late.click("#etape-transmettre button")
    late.wait_for_selector("text=a changé pendant que vous écriviez")
    assert late.input_value("textarea") == "Un mot qui ne doit pas se perdre."
    axe(late, "deux-textes")
    late.click("text=Transmettre quand même")
    late.wait_for_selector(".flashes")
    with live.app.app_context():
        assert db.session.get(Ticket, number).holder_party == "academie"  # type: ignore[union-attr]


def test_a_ticket_is_opened_by_keyboard_alone(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")

    def reach(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is out of reach")

    reach("#f-title")
    page.keyboard.type("Plus de connexion internet")
    reach("#f-body")
    page.keyboard.type("Depuis dix heures.")
    reach("#f-chercher")
    page.keyboard.type("fibre")
    page.wait_for_selector("#service-raccordement-internet", state="visible")
    reach("[name=service]")
    page.keyboard.press("Space")
    reach("[name=activity]")
    page.keyboard.press("Space")
    page.wait_for_selector(".decision-parties")
    reach(".opening-send button[value=envoyer]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+"))


def test_on_a_small_screen(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    page.set_viewport_size({"width": 320, "height": 700})
    number = open_one(page, live)
    for name, address in {"ouvrir": "/tickets/nouveau", "liste": "/tickets", "ticket": f"/tickets/{number}"}.items():
        page.goto(live.url + address)
        axe(page, f"{name}-320")


def test_without_javascript(live: Any, cast: Any, browser: Any) -> None:
    with live.app.app_context():
        token = cast_module.new_session(cast["c11.cmi"])
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    context.add_cookies([{"name": "guichet", "value": token, "url": live.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", TITLE)
    page.fill("#f-body", "Sans script.")
    page.fill("#f-chercher", "imprimante")
    page.click("button[value=chercher]")
    page.check("#service-equipement-bureautique")
    page.check("[name=activity][value=mco]")
    page.click("button[value=voir]")
    page.select_option("#f-user_category", "professeurs")
    page.click("button[value=voir]")
    assert "Département des Hautes-Pyrénées" in page.inner_text("#decision")
    assert page.input_value("#f-body") == "Sans script."
    page.click(".opening-send button[value=envoyer]")
    page.wait_for_url(re.compile(r"/tickets/\d+"))
    context.close()
