"""Test the opening of a ticket in a real Chromium: a sentence, a tap, « Envoyer »; keyboard, 360 px, no script."""

from __future__ import annotations

import re
import time
from typing import Any

from harness import cast as cast_module
from harness.keyboard import SEND, reach

from charters.database import db
from ticketing.tables import Ticket

#: How many forms of this tab keep what was typed, beside the keys of drafts kept without a connection.
DRAFTS = "Object.keys(sessionStorage).filter(key => /^guichet:[^:]*:\\d+:/.test(key)).length"

TITLE = "L’imprimante du CDI n’imprime plus"
PHONE = {"width": 360, "height": 740}


def opened(live: Any, page: Any) -> Ticket:
    page.wait_for_url(re.compile(r"/tickets/\d+"))
    with live.app.app_context():
        found = db.session.get(Ticket, int(re.search(r"/tickets/(\d+)", page.url)[1]))  # type: ignore[index]
        assert found is not None
        return found


def test_a_sentence_is_enough_three_acts_on_a_telephone(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    page.set_viewport_size(PHONE)
    page.goto(f"{live.url}/tickets/nouveau")
    box = page.locator("#f-title").bounding_box()
    assert box["y"] + box["height"] < 520, "the one field is what shows first"
    assert not page.is_visible("[name=service]") and not page.is_visible("#f-body")
    axe(page, "ouvrir-vide-360")
    began = time.monotonic()
    page.fill("#f-title", TITLE)  # act 1
    offer = page.locator("[data-offer]").first
    offer.wait_for()
    assert "« imprimante »" in offer.inner_text() and "C’est en panne" in offer.inner_text()
    axe(page, "ouvrir-propositions-360")
    offer.click()  # act 2
    assert page.is_visible("[data-chosen]") and not page.is_visible("[data-offer]")
    assert page.is_checked("#service-equipement-bureautique") and page.is_checked("[name=activity][value=mco]")
    page.wait_for_selector(".decision-parties")
    axe(page, "ouvrir-choisi-360")
    page.click(SEND)  # act 3
    ticket = opened(live, page)
    assert time.monotonic() - began < 30
    assert (ticket.title, ticket.body, ticket.service) == (TITLE, TITLE, "equipement-bureautique")


def test_a_ticket_is_opened_for_a_caller_in_five_acts(live: Any, enter: Any, axe: Any) -> None:
    page = enter("d1.agent")
    page.goto(f"{live.url}/tickets/appel")
    axe(page, "appel-etablissements")
    page.click("text=Collège Desaix, Tarbes")  # act 1
    page.fill("#f-caller", "Ginette Balandreau")  # act 2
    page.fill("#f-title", "Plus de wifi au CDI")  # act 3
    page.click("[data-offer]")  # act 4
    page.wait_for_selector(".decision-parties")
    assert "« Le Département des Hautes-Pyrénées s’en occupe" in page.inner_text("#decision").replace("\u00a0", " ")
    axe(page, "appel-formulaire")
    page.set_viewport_size(PHONE)
    axe(page, "appel-formulaire-360")
    page.click(SEND)  # act 5
    ticket = opened(live, page)
    assert (ticket.etablissement, ticket.opened_by_name) == ("desaix-tarbes", "Ginette Balandreau")
    assert page.evaluate(DRAFTS) == 0


def test_a_trouble_that_was_reported_is_joined_in_three_acts(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", "Le wifi est coupé au CDI")
    page.click("[data-offer]")
    page.wait_for_selector(".decision-parties")
    page.click(SEND)
    first = opened(live, page).number
    page.set_viewport_size(PHONE)
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", "Plus de wifi au CDI")  # act 1
    page.click("[data-offer]")  # act 2
    me_too = page.get_by_role("button", name=f"Moi aussi : rejoindre le ticket n° {first}")
    me_too.wait_for()
    axe(page, "ouvrir-deja-signale-360")
    me_too.click()  # act 3
    assert opened(live, page).number == first
    assert "Moi aussi. Plus de wifi au CDI" in page.inner_text(".timeline")
    assert page.evaluate(DRAFTS) == 0


def test_proposals_follow_what_is_typed_and_the_list_stays_at_hand(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.post_data or "") if "sujets" in (sent.post_data or "") else None)
    page.locator("#f-title").press_sequentially("Le wifi est coupé", delay=20)
    page.wait_for_selector("[data-offer][value='prendre infrastructure-reseau mco']")
    assert len(asked) <= 3, "not at every key"
    page.fill("#f-title", "bonjour")
    page.wait_for_selector("[data-offer]", state="detached")
    assert not page.is_visible("#f-chercher")
    page.press("#f-title", "Tab")
    page.wait_for_selector("#f-chercher", state="visible")  # nothing is found: the list opens
    page.fill("#f-chercher", "pronote")
    page.wait_for_selector("#service-vie-scolaire-prive", state="visible")
    assert not page.is_visible("#service-gestion-eleves")
    page.click("text=Voir tous les sujets")
    page.click("summary:has-text('Ordinateur, imprimante')")
    page.check("#service-equipement-bureautique")
    page.check("[name=activity][value=mco]")
    page.wait_for_selector("[data-question=usage]:not([hidden])")
    assert "C’est en panne" in page.inner_text("[data-chosen]")
    assert not page.is_visible("#f-acquired_on")
    axe(page, "ouvrir-question")
    page.check("[name=usage][value=administration]")
    page.wait_for_selector(".decision-academie")
    assert "Académie de Toulouse" in page.inner_text("[data-said]")
    assert not page.is_visible("#f-user_category"), "one tap settles the party: the line is not asked"
    page.check("[name=usage][value=autre]")
    page.wait_for_selector("#f-user_category", state="visible")
    axe(page, "ouvrir-question-lequel")
    page.select_option("#f-user_category", "postes-parents")
    page.wait_for_selector(".decision-departement")
    page.click(".decision .clause summary")
    assert "hors matériels" in page.inner_text("#decision")
    axe(page, "ouvrir-decision")


def test_nothing_is_sent_without_a_subject(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", "Rien de connu")
    page.click("summary:has-text('Ajouter une photo')")
    page.set_input_files("#f-files", {"name": "photo.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.click(SEND)
    assert "Choisissez le sujet" in page.inner_text("[data-picker-status]")
    assert page.evaluate("document.activeElement.id") == "f-chercher"
    page.fill("#f-title", TITLE)
    page.wait_for_selector("[data-offer]")
    page.click(SEND)
    assert "Touchez le sujet" in page.inner_text("[data-offers-status]")
    assert page.evaluate("'offer' in document.activeElement.dataset")
    assert page.evaluate("document.querySelector('#f-files').files.length") == 1


def test_a_ticket_is_opened_by_keyboard_alone(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")

    reach(page, "#f-title")
    page.keyboard.type("Plus de connexion internet depuis dix heures")
    page.wait_for_selector("[data-offer]")
    reach(page, "[data-offer]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".decision-parties")
    reach(page, SEND)
    page.keyboard.press("Enter")
    assert opened(live, page).service == "raccordement-internet"
    page.goto(f"{live.url}/tickets/nouveau")
    reach(page, "#f-title")
    page.keyboard.type("Le wifi est coupé au CDI")
    page.wait_for_selector("[data-offer]")
    reach(page, "[data-offer]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".decision-parties")
    page.focus("#f-title")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+$"))
    assert "est envoyé" in page.inner_text(".flashes")


def test_without_javascript(live: Any, cast: Any, browser: Any) -> None:
    with live.app.app_context():
        token = cast_module.new_session(cast["c11.cmi"])
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    context.add_cookies([{"name": "guichet", "value": token, "url": live.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", TITLE)
    page.click("text=Proposer un sujet")
    page.click("[data-offer][value='prendre equipement-bureautique mco']")
    assert "C’est en panne" in page.inner_text("[data-chosen]")
    page.check("[name=usage][value=classe]")
    page.click("button[value=voir]:has-text('Voir qui')")
    assert "Département des Hautes-Pyrénées" in page.inner_text("#decision")
    assert page.input_value("#f-title") == TITLE
    page.click(SEND)
    assert opened(live, page).holder_party == "departement"
    context.close()


def test_the_label_of_a_thing_opens_a_ticket_in_two_acts(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    page.set_viewport_size(PHONE)
    page.goto(f"{live.url}/tickets/etiquette?service=equipement-bureautique&asset=PC-VS-02&room=B12")
    axe(page, "etiquette-360")
    address = page.get_by_role("link", name="Essayer").get_attribute("href")
    page.goto(live.url + address[address.index("/tickets") :])
    page.wait_for_selector(".decision-parties")
    page.fill("#f-title", "Écran noir")  # act 1
    page.click(SEND)  # act 2
    ticket = opened(live, page)
    assert (ticket.asset, ticket.room, ticket.activity) == ("PC-VS-02", "B12", "mco")
