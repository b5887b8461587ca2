"""Walk a page with the keyboard alone."""

from __future__ import annotations

from typing import Any

from harness.waiting import until

#: The button that sends a new ticket.
SEND = ".opening-send button[value=envoyer]"


def reach(page: Any, selector: str, limit: int = 120) -> None:
    """Press Tab until the focused element matches `selector`; fail after `limit` presses."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard never reaches {selector}")


def skip_to_content(page: Any) -> None:
    """Follow the first link of the page, which leads past its head, and wait until the focus starts from there."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "location.hash !== ''")
