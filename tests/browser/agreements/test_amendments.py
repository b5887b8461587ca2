"""Test a draft that two people write and approve in two browsers, and a cell filled in on a small screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from harness import cast as cast_module

HP = "hautes-pyrenees-2015"


def enter(page: Any, live: Any, cast: Any, sigle: str) -> Any:
    from ticketing.web import guards

    with live.app.app_context():
        token, name = cast_module.new_session(cast[sigle]), guards.cookie_name()
    page.context.add_cookies([{"name": name, "value": token, "url": live.url}])
    return page


def test_two_people_make_a_version(live: Any, cast: Any, new_page: Callable[[], Any], axe: Any) -> None:
    referent, admin = (enter(new_page(), live, cast, sigle) for sigle in ("d1.ref", "a.admin"))
    referent.goto(f"{live.url}/projets")
    referent.get_by_role("link", name="Commencer un projet").first.click()
    referent.get_by_label("Intitulé").fill("Le conseil sur l’inventaire")
    referent.get_by_label("Jour d’effet").fill((datetime.now(UTC) + timedelta(days=40)).date().isoformat())
    referent.get_by_role("button", name="Commencer").click()
    referent.get_by_label("Ligne (service)").select_option("inventaire")
    referent.get_by_label("Colonne (activité)").select_option("conseil")
    referent.get_by_role("button", name="Ouvrir cette case").click()
    referent.get_by_label("Ce que dit la case").select_option("selon")
    referent.get_by_text("Les cas, si cela dépend des faits").click()
    case = referent.get_by_role("group", name="Cas 1")
    case.get_by_label("Si", exact=True).select_option("paid:Etab")
    case.get_by_label("Alors").select_option("college")
    referent.get_by_role("group", name="Cas 2").get_by_label("Alors").select_option("departement")
    referent.get_by_role("button", name="Ajouter un cas").click()
    assert referent.get_by_role("group", name="Cas 3").count() == 1  # nothing typed was lost
    axe(referent, "projet-case")
    referent.get_by_role("button", name="Enregistrer dans le projet").click()
    law = referent.locator(".law").inner_text()
    assert "reçoit la mention « Etab si l’établissement a payé ; CL dans les autres cas »." in law
    referent.get_by_role("button", name="Soumettre à l’approbation").click()
    admin.goto(live.url)
    admin.get_by_role("link", name="Le conseil sur l’inventaire").click()
    axe(admin, "projet")
    admin.get_by_role("button", name="Approuver").focus()
    admin.keyboard.press("Enter")
    admin.get_by_text("Votre approbation est enregistrée.").wait_for()
    referent.reload()
    referent.get_by_role("button", name="Approuver").click()
    referent.get_by_text("Toutes les parties ont approuvé").wait_for()


def test_a_cell_is_filled_in_on_a_small_screen(live: Any, cast: Any, browser_page: Any, axe: Any) -> None:
    page = enter(browser_page, live, cast, "a.admin")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{live.url}/administration/accords/{HP}")
    axe(page, "accord")
    page.get_by_role("link", name="Service d'inventaire, gestion de parc, Conseil / expertise").click()
    page.get_by_label("Ce que dit la case").select_option("CL")
    for name in ("Page", "Ligne", "Colonne"):
        page.get_by_label(name, exact=True).fill("9")
    page.get_by_role("button", name="Voir ce que cela changera").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    axe(page, "case-a-confirmer")
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_text("La case est remplie.").wait_for()
    page.goto(f"{live.url}/administration/accords/{HP}/savoir?connu=2026-01-01&jour=2026-01-01")
    axe(page, "savoir")
    assert "A changé" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
