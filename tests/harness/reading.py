"""Read a charter to its end in a browser, which enables its button to sign."""

from __future__ import annotations

from typing import Any


def read_through(page: Any) -> None:
    """Turn the pages of a charter with the keyboard until the button to sign is enabled."""
    sign = page.get_by_role("button", name="Signer la charte")
    page.keyboard.press("Control+Home")
    for _ in range(60):
        if sign.get_attribute("aria-disabled") is None:
            return
        page.keyboard.press("PageDown")
        page.wait_for_timeout(30)
    raise AssertionError("the button never woke")
