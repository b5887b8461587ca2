"""Count what a person does on a page: acts (a click, a choice, a text, a key), keys alone, and pages loaded."""

from __future__ import annotations

from typing import Any


class Counted:
    """A page whose acts are counted: each method is one act, and `texts` says how many of them were texts typed."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.acts = self.keys = self.texts = 0
        self.loads: list[str] = []
        page.on("request", self._requested)

    def _requested(self, request: Any) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.loads.append(request.url)

    def click(self, selector: str) -> None:
        """Click once."""
        self.acts += 1
        self.page.click(selector)

    def choose(self, selector: str, value: str) -> None:
        """Choose in a list."""
        self.acts += 1
        self.page.select_option(selector, value)

    def press(self, *keys: str) -> None:
        """Press keys one after the other; keys held together are one (« Control+Enter »)."""
        for key in keys:
            self.acts += 1
            self.keys += 1
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        """Type a text where the focus is."""
        self.acts += 1
        self.texts += 1
        self.page.keyboard.type(words)
