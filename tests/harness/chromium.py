"""A real Chromium, driven by playwright, and axe-core on its pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.places import ROOT

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
OUTPUT = ROOT / "test-output"
#: Whether each page that axe checks leaves its picture, which takes as long as the check itself.
SCREENSHOTS = bool(os.environ.get("TEST_SCREENSHOTS"))


@contextmanager
def chromium(executable: str) -> Iterator[Any]:
    """A browser (playwright's `Browser`) while the block lasts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


#: Resolves once what was changed (size, colours) is painted, and no colour is on its way to another; after a second in
#: any case, since a page behind another is never painted and some animations have no end.
_SETTLED = """() => {
  const painted = new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const still = () => Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  return Promise.race([painted.then(still), new Promise((done) => setTimeout(done, 1000))]).then(() => null);
}"""


def check_page(page: Any, name: str) -> None:
    """Fail on a grave violation of axe, or on a page that scrolls sideways; save `test-output/<name>.png` if asked."""
    from axe_playwright_python.sync_playwright import Axe

    if SCREENSHOTS:
        OUTPUT.mkdir(exist_ok=True)
        page.screenshot(path=str(OUTPUT / f"{name}.png"), full_page=True)
    page.evaluate(_SETTLED)
    results = Axe().run(page).response
    grave = [
        f"{violation['id']} ({violation['impact']}): {violation['help']} — "
        + "; ".join(node["html"][:160] for node in violation["nodes"][:3])
        for violation in results["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert not grave, f"axe on {name} ({page.url}):\n" + "\n".join(grave)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 1, f"{name} ({page.url}) scrolls sideways by {too_wide} px"
