"""Test the pages of figures and administration in a real browser: axe and both widths."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness import cast as cast_module
from harness.histories import D1, PLACES, A, open_ticket

from ticketing.figures import nightly

PAGES = (
    ("a.admin", "/chiffres?periode=tout"),
    ("a.admin", "/chiffres"),
    ("c11.chef", "/chiffres?periode=tout"),
    ("a.admin", "/administration"),
    ("a.admin", "/administration/journal"),
    ("a.admin", "/administration/consultation"),
    ("a.admin", "/administration/accords"),
)


@pytest.fixture
def told(app: Any, cast: Any) -> None:
    """Open enough tickets over fourteen months for every chart to have something to draw."""
    now = datetime.now(UTC)
    with app.app_context():
        for index in range(28):
            at = now - timedelta(days=15 * index + 1)
            place = list(PLACES)[index % 2]
            life = open_ticket(at, place, D1 if index % 3 else A, "inventaire" if index % 4 else "antivirus")
            life.add("taken", at + timedelta(hours=3), life.holder)
            if index % 5:
                life.add("resolved", at + timedelta(hours=20), life.holder)
        nightly.write_nightly(now)


def enter(page: Any, live: Any, person: Any) -> None:
    from ticketing.web import guards

    with live.app.test_request_context():
        name = guards.cookie_name()
    with live.app.app_context():
        token = cast_module.new_session(person)
    page.context.add_cookies([{"name": name, "value": token, "url": live.url}])


@pytest.mark.parametrize(("sigle", "address"), PAGES)
def test_pages_pass_axe_and_fit(
    told: None, live: Any, cast: Any, browser_page: Any, axe: Callable[[Any, str], None], sigle: str, address: str
) -> None:
    enter(browser_page, live, cast[sigle])
    for width in (1280, 320):
        browser_page.set_viewport_size({"width": width, "height": 900})
        browser_page.goto(live.url + address)
        for fold in browser_page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true }")
        name = re.sub(r"\W+", "-", f"{sigle} {address} {width}")
        axe(browser_page, name)
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_chart_is_drawn_in_the_theme_s_colours_and_its_file_downloads(
    told: None, live: Any, cast: Any, browser_page: Any
) -> None:
    enter(browser_page, live, cast["a.admin"])
    browser_page.goto(f"{live.url}/chiffres?periode=tout")
    fills = browser_page.eval_on_selector_all(
        ".chart-marks rect", "marks => [...new Set(marks.map(mark => getComputedStyle(mark).fill))]"
    )
    assert len(fills) == 2 and "rgb(0, 0, 0)" not in fills
    with browser_page.expect_download() as download:
        browser_page.click("#services-titre ~ a")
    assert download.value.suggested_filename == "guichet-services-tout.csv"
