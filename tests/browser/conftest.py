"""Fixtures of all tests in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import cast as cast_module


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
