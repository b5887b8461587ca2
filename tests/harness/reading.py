"""Read a charter to its end in a browser, which enables its button to sign."""

from __future__ import annotations

from typing import Any

from harness.waiting import until


def read_through(page: Any) -> None:
    """Turn the pages of a charter with the keyboard until the button to sign is enabled."""
    sign = page.get_by_role("button", name="Signer la charte")
    page.keyboard.press("Control+Home")

    def read() -> bool:
        page.keyboard.press("PageDown")
        return sign.get_attribute("aria-disabled") is None

    until(page, read)
