"""Test the advice (whom to call, what to do) in a real browser: both widths, keyboard, with and without a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import cast as cast_module
from harness.written import ACCORD, COLLEGE, move, settings_with_examples

OPENING = "/tickets/nouveau?service=tablettes&activity=mco"


@pytest.fixture
def settings(_database: Any, tmp_path: Any) -> Any:
    return settings_with_examples(tmp_path, _database[0])


@pytest.fixture
def page(live: Any, cast: Any, browser_page: Any) -> Any:
    """Return the page of a correspondant of the invented collège."""
    from ticketing.web import guards

    move(live.app, cast["c11.cmi"].account_id, COLLEGE)
    with live.app.test_request_context():
        name = guards.cookie_name()
    with live.app.app_context():
        token = cast_module.new_session(cast["c11.cmi"])
    browser_page.context.add_cookies([{"name": name, "value": token, "url": live.url}])
    return browser_page


@pytest.mark.parametrize("address", [f"{OPENING}&incident=vol", f"/qui-fait-quoi/{ACCORD}"])
def test_pages_pass_axe_and_fit(page: Any, live: Any, axe: Callable[[Any, str], None], address: str) -> None:
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(live.url + address)
        for fold in page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true }")
        axe(page, f"conseils {address.split('/')[1]} {width}".replace("?", "-"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_choosing_an_incident_shows_its_guidance_and_the_ticket_says_it(
    page: Any, live: Any, axe: Callable[[Any, str], None]
) -> None:
    page.goto(live.url + OPENING)
    assert page.locator("#decision").get_by_text("à déclarer sous 48 heures").count() == 0
    page.get_by_label("De quel incident s’agit-il ?").select_option("vol")
    page.locator("#decision").get_by_text("Vol : à déclarer sous 48 heures").wait_for()
    page.get_by_label("Que se passe-t-il ?").fill("Tablette disparue")
    page.locator("button.button-big", has_text="Envoyer").press("Enter")
    page.locator(".timeline").wait_for()
    assert page.locator(".timeline").get_by_text("Incident : Vol.").is_visible()
    page.set_viewport_size({"width": 320, "height": 900})
    fold = page.locator(".tip summary")
    fold.press("Enter")
    assert page.locator(".tip blockquote").is_visible()
    axe(page, "conseils-ticket-320")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
