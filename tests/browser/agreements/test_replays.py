"""Test a replay in a real browser: axe, both widths and both colour schemes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from harness import cast as cast_module
from harness.histories import D1, PLACES, A, open_ticket

from matrix.changes import CellChange
from ticketing.amending import amendments


@pytest.fixture
def draft(app: Any, cast: Any, actor_as: Callable[[str], Any]) -> int:
    """Return the number of a draft that moves some tickets of the last three months and leaves others."""
    now = datetime.now(UTC)
    with app.app_context():
        for index in range(12):
            at = now - timedelta(days=8 * index + 2)
            open_ticket(at, list(PLACES)[index % 2], D1 if index % 3 else A, "antivirus" if index % 4 else "inventaire")
        return amendments.start(
            actor_as("a.admin"),
            "hautes-pyrenees-2015",
            "avenant",
            amendments.DraftHeader("Antivirus à l’académie", date(now.year + 1, 9, 1)),
            now,
            [
                CellChange(service="antivirus", activity="mco", value="EN"),
                CellChange(service="inventaire", activity="mco", value="Etab"),
            ],
        )


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_pages_of_a_replay_pass_axe_and_fit(
    draft: int, live: Any, cast: Any, browser_page: Any, axe: Callable[[Any, str], None], colours: str
) -> None:
    from ticketing.web import guards

    with live.app.test_request_context():
        name = guards.cookie_name()
    with live.app.app_context():
        token = cast_module.new_session(cast["a.admin"])
    browser_page.context.add_cookies([{"name": name, "value": token, "url": live.url}])
    browser_page.emulate_media(color_scheme=colours)
    for address in ("rejeu", "rejeu/tickets"):
        for width in (1280, 320):
            browser_page.set_viewport_size({"width": width, "height": 900})
            browser_page.goto(f"{live.url}/projets/{draft}/{address}")
            for fold in browser_page.locator("main details").all():
                fold.evaluate("fold => { fold.open = true }")
            axe(browser_page, f"{address.replace('/', '-')}-{colours}-{width}")
            assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
    assert browser_page.locator("main table tbody tr").count() == 12
