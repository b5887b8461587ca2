"""Test the pages of the footer in Chromium: no grave fault for axe, nothing cut on a telephone, in the dark too."""

from __future__ import annotations

import pytest

from ticketing.web.information.pages import HELP


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_the_footer_are_accessible_on_a_telephone(live, browser_page, axe, scheme):
    page = browser_page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{live.url}/connexion")
    footer = page.get_by_role("navigation", name="Pied de page")
    paths = footer.get_by_role("link").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert paths == ["/aide", "/accessibilite", "/mentions-legales", "/donnees-personnelles"]
    for path in [*paths, *(f"/aide/{slug}" for slug, *_ in HELP.values()), "/hors-ligne"]:
        page.goto(live.url + path)
        axe(page, f"pied-{path.strip('/').replace('/', '-')}-{scheme}-360")
