"""Test the pages of tickets in a real Chromium: drafts kept after a session, a stale save, 320 px."""

from __future__ import annotations

import re
from typing import Any

from harness.waiting import until

from charters.database import db, writing
from charters.tables.access import WebSession
from ticketing.tables import Ticket

#: How many forms of this tab keep what was typed, beside the keys of drafts kept without a connection.
DRAFTS = "Object.keys(sessionStorage).filter(key => /^guichet:[^:]*:\\d+:/.test(key)).length"

TITLE = "L’imprimante du CDI n’imprime plus"


def open_one(page: Any, live: Any) -> int:
    """Fill the form in and send it; return the ticket's number."""
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", TITLE)
    page.click("[data-offer][value='prendre equipement-bureautique mco']")
    page.wait_for_selector("[data-question=usage]:not([hidden])")
    page.check("[name=usage][value=classe]")
    page.wait_for_selector(".decision-departement")
    page.click(".opening-send button[value=envoyer]")
    page.wait_for_url(re.compile(r"/tickets/\d+"))
    return int(re.search(r"/tickets/(\d+)", page.url)[1])  # type: ignore[index]


def test_sent_words_leave_no_draft(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    open_one(page, live)
    assert "est envoyé" in page.inner_text(".flashes")
    assert page.evaluate(DRAFTS) == 0
    axe(page, "ticket-correspondant")


def test_words_outlive_the_session(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    number = open_one(page, live)
    page.fill("#f-commenter-texte", "Elle bourre à chaque page.")
    with live.app.app_context(), writing():
        db.session.query(WebSession).delete()
    page.click("text=Publier le commentaire")
    page.wait_for_selector("[name=sigle]")  # the login, which keeps what was sent too late
    enter("c11.cmi")
    page.goto(f"{live.url}/tickets/{number}")
    assert page.input_value("#f-commenter-texte") == "Elle bourre à chaque page."
    assert "a été retrouvé" in page.inner_text(".restored")
    page.click("text=Publier le commentaire")
    page.wait_for_selector(".event-comment:has-text('Elle bourre')")
    assert page.input_value("#f-commenter-texte") == ""
    assert page.evaluate(DRAFTS) == 0


def test_words_are_not_shown_to_somebody_else(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", "Entre nous.")
    until(page, f"{DRAFTS} === 1")  # drafts are saved a moment after the last key press
    enter("c11.reseau")
    page.goto(f"{live.url}/tickets/nouveau")
    assert page.input_value("#f-title") == ""


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
    late.select_option("#f-transmettre-raison", "autre")
    late.fill("#f-transmettre-texte", "Un mot qui ne doit pas se perdre.")
    late.click("[name=transmettre-partie][value=academie]")
    late.wait_for_selector("text=a changé pendant que vous écriviez")
    assert late.input_value("textarea") == "Un mot qui ne doit pas se perdre."
    axe(late, "deux-textes")
    late.click("text=Transmettre quand même")
    late.wait_for_selector(".flashes")
    with live.app.app_context():
        assert db.session.get(Ticket, number).holder_party == "academie"  # type: ignore[union-attr]


def test_on_a_small_screen(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    page.set_viewport_size({"width": 320, "height": 700})
    number = open_one(page, live)
    for name, address in {"ouvrir": "/tickets/nouveau", "liste": "/tickets", "ticket": f"/tickets/{number}"}.items():
        page.goto(live.url + address)
        axe(page, f"{name}-320")
