"""Two tabs of one browser, one mandate: the form of the first, the drafts, and the pages that offer the ways out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from harness import cast as cast_module
from harness.waiting import until

from charters.database import db
from charters.model import Role
from charters.people import accounts
from charters.tables.access import Account
from ticketing.tables import Ticket

#: How many drafts the tab keeps.
DRAFTS = "Object.keys(sessionStorage).filter(key => /^guichet:[^:]*:\\d+:/.test(key)).length"
TITLE = "L’imprimante du CDI n’imprime plus"
C12 = "victor-hugo-tarbes"


@pytest.fixture
def page(live: Any, cast: Any, browser_page: Any) -> Any:
    """Return a page of the first collège's correspondant, who has a mandate of the second collège too."""
    with live.app.app_context():
        account = cast["c11.cmi"].account_id
        accounts.add_mandate(account, Role.CMI.value, C12, date(2026, 1, 1), actor=None, now=datetime.now(UTC))
        token = cast_module.new_session(cast["c11.cmi"])
    browser_page.context.add_cookies([{"name": "guichet", "value": token, "url": live.url}])
    return browser_page


def change(tab: Any, live: Any, name: str) -> None:
    tab.goto(f"{live.url}/compte")
    tab.click(".menu-mandate summary")
    tab.click(f".menu-item:has-text('{name}')")
    tab.wait_for_selector("text=Mandat actif : Correspondant")


def fill(tab: Any) -> None:
    tab.fill("#f-title", TITLE)
    tab.click("[data-offer][value='prendre equipement-bureautique mco']")


def test_the_first_tab_sends_under_its_own_mandate_or_not_at_all(live: Any, page: Any, axe: Any) -> None:
    page.goto(f"{live.url}/tickets/nouveau")
    fill(page)
    page.wait_for_selector("[data-question=usage]:not([hidden])")
    second = page.context.new_page()
    change(second, live, "Victor Hugo")
    page.check("[name=usage][value=classe]")  # the live decision would now be the other collège's
    page.wait_for_selector(".decision-other")
    page.click(".opening-send button[value=envoyer]")
    page.wait_for_selector("text=Ce formulaire n’est pas envoyé")
    axe(page, "autre-mandat")
    page.set_viewport_size({"width": 360, "height": 800})
    axe(page, "autre-mandat-360")
    page.click("text=Revenir à ce mandat et envoyer")
    page.wait_for_url(re.compile(r"/tickets/\d+"))
    with live.app.app_context():
        assert [one.etablissement for one in db.session.query(Ticket)] == ["desaix-tarbes"]
    page.goto(f"{live.url}/tickets/nouveau")
    assert page.input_value("#f-title") == "", "what was sent is no draft any more"


def test_a_draft_is_of_the_mandate_under_which_it_was_written(live: Any, page: Any) -> None:
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", TITLE)
    until(page, f"{DRAFTS} === 1")  # the draft is kept a moment after the last key
    change(page, live, "Victor Hugo")
    page.goto(f"{live.url}/tickets/nouveau")
    assert page.input_value("#f-title") == ""
    change(page, live, "Desaix")
    page.goto(f"{live.url}/tickets/nouveau")
    assert page.input_value("#f-title") == TITLE


def test_the_pages_of_ways_out_and_of_corrections_are_readable(live: Any, page: Any, cast: Any, axe: Any) -> None:
    page.goto(f"{live.url}/tickets/nouveau")
    fill(page)
    page.wait_for_selector("[data-question=usage]:not([hidden])")
    page.check("[name=usage][value=classe]")
    page.wait_for_selector(".decision-departement")
    page.click(".opening-send button[value=envoyer]")
    page.wait_for_url(re.compile(r"/tickets/\d+"))
    address = page.url.split("#")[0]
    change(page, live, "Victor Hugo")
    page.goto(address)
    assert page.is_visible("text=Cette page se lit sous un autre de vos mandats")
    axe(page, "sous-un-autre-mandat")
    page.goto(f"{live.url}/compte/correction")
    axe(page, "demander-une-correction")
    page.set_viewport_size({"width": 360, "height": 800})
    axe(page, "demander-une-correction-360")
    page.goto(address)
    axe(page, "sous-un-autre-mandat-360")
    page.click("text=Prendre le mandat")
    page.wait_for_selector(f"text={TITLE}")
    assert page.url.split("#")[0] == address
    with live.app.app_context():
        token = cast_module.new_session(cast["a.admin"])
        account = db.session.query(Account).filter(Account.sigle == "c11.cmi").one().id
    page.context.add_cookies([{"name": "guichet", "value": token, "url": live.url}])
    page.goto(f"{live.url}/administration/comptes/{account}/correction")
    axe(page, "corriger-360")
    page.set_viewport_size({"width": 1280, "height": 900})
    axe(page, "corriger")
