"""Test the page of a signed text in a real browser: axe, both widths, and a citation followed with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import cast as cast_module
from harness.written import ACCORD, COLLEGE, move, settings_with_examples

PAGE = f"/qui-fait-quoi/{ACCORD}/texte"
TEXT = """Article 1 : Objet

La présente convention vise à répartir les tâches du numérique dans les collèges.

Article 5 : Tablettes

Le Département maintient les tabiettes pendant le temps scolaire. Le Département veille au bon fonctionnement des
tablettes. Les parties souhaitent promouvoir les usages numériques. Le collège répare les imprimantes.

- un point de liste ;

Objet\tPar qui\tQuand
Antivirus\t\tL'Académie gère l'antivirus
"""


@pytest.fixture
def settings(_database: Any, tmp_path: Any) -> Any:
    made = settings_with_examples(tmp_path, _database[0])
    (tmp_path / "textes").mkdir()
    (tmp_path / "textes" / "rive-douce.txt").write_text(TEXT, encoding="utf-8")
    return made.model_copy(update={"texts_dir": tmp_path / "textes"})


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


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}?voir=reste"])
def test_the_text_passes_axe_and_fits(page: Any, live: Any, axe: Callable[[Any, str], None], address: str) -> None:
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(live.url + address)
        for fold in page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true }")
        axe(page, f"texte {address.partition('?')[2]} {width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_citation_is_followed_with_the_keyboard_to_its_sentence(page: Any, live: Any) -> None:
    page.goto(f"{live.url}/qui-fait-quoi/{ACCORD}/tablettes/mco")
    page.get_by_role("link", name="Lire à sa place dans le texte").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PAGE}#p*")
    said = page.locator(":target").inner_text()
    assert said == "Le Département maintient les tabiettes pendant le temps scolaire."
    assert page.evaluate("document.activeElement === document.querySelector(':target')")
