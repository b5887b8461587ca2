"""The question bar in a real browser: axe at both widths, light and dark; the keyboard alone, from words to tickets."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.histories import D1, PLACES, A, open_ticket

from ticketing.figures import nightly

ASKED = ("mesure=passages&par=partie", "mesure=ouverts&par=mois", "mesure=en-attente&par=partie", "par=service")


@pytest.fixture
def told(app: Any, cast: Any) -> None:
    """Open tickets over fourteen months; every third one passes from a party to the other, some of them and back."""
    now = datetime.now(UTC)
    with app.app_context():
        for index in range(28):
            at = now - timedelta(days=15 * index + 1)
            place = list(PLACES)[index % 2]
            life = open_ticket(at, place, D1 if index % 3 else A, "inventaire" if index % 4 else "antivirus")
            life.add("taken", at + timedelta(hours=3), life.holder)
            if index % 3 == 0:
                life.hand_on(at + timedelta(hours=5), D1)
            if index % 6 == 0:
                life.hand_on(at + timedelta(hours=7), A, kind="contested")
            if index % 5:
                life.add("resolved", at + timedelta(hours=20), life.holder)
        nightly.write_nightly(now)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_bar_passes_axe_and_fits(
    told: None, live: Any, enter: Callable[[str], Any], axe: Callable[[Any, str], None], width: int, scheme: str
) -> None:
    page = enter("a.admin")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900 if width > 400 else 740})
    for asked in ASKED:
        page.goto(f"{live.url}/chiffres/question?periode=tout&avant=1&{asked}")
        for fold in page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true }")
        assert page.locator(".chart").count() >= 1, asked
        axe(page, re.sub(r"\W+", "-", f"question {asked} {width} {scheme}"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, asked


def test_the_keyboard_alone_goes_from_words_to_a_bar_and_to_its_tickets(
    told: None, live: Any, enter: Callable[[str], Any]
) -> None:
    page = enter("d1.ref")
    page.goto(f"{live.url}/chiffres/question")
    page.get_by_label("Votre question").focus()
    page.keyboard.type("combien de tickets par service depuis le début")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chiffres/question?*dit=*")
    assert "Tickets ouverts par service" in page.inner_text("h2 >> nth=0")

    page.get_by_label("Période").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('.figures-answer svg.chart')"):
            break
    else:
        pytest.fail("no bar takes the keyboard")
    said = page.evaluate("document.activeElement.getAttribute('aria-label')")
    frame = page.evaluate("getComputedStyle(document.activeElement.querySelector('.chart-room')).stroke")
    assert frame not in ("none", ""), "the bar on which the keyboard stands is framed"
    page.keyboard.press("Enter")
    page.wait_for_url("**/chiffres/question?*service=*")
    assert page.inner_text(".figures-total strong") == said.rsplit(" : ", 1)[1], "inside, its own number"
    page.get_by_role("link", name="Voir les tickets").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets?*")


def test_the_days_of_a_calendar_take_no_key_and_its_table_leads_to_them(
    told: None, live: Any, enter: Callable[[str], Any]
) -> None:
    page = enter("a.admin")
    page.goto(f"{live.url}/chiffres/question?periode=tout&par=service")
    days = page.locator(".heat-calendar a")
    assert days.count() and set(days.evaluate_all("all => all.map(one => one.tabIndex)")) == {-1}
    page.locator(".figure-table summary").last.press("Enter")
    page.locator(".figure-table[open] tbody a").first.press("Enter")
    page.wait_for_url("**par=jour*")
    page.locator(".figures-answer tbody a").first.press("Enter")
    page.wait_for_url("**jour=*")
    assert re.search(r"Jour : \d\d/\d\d/\d{4}", page.inner_text(".figures-chips"))
