"""Test, in a real Chromium, the way of an article: from a solution, to an opening that it ends, into an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from charters.database import db
from ticketing.articles.tables import Article
from ticketing.demo.cast import actor
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket, TicketEvent
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)
TELEPHONE = {"width": 360, "height": 740}
SOLUTION = "1. Débrancher l’imprimante une minute.\n2. La rebrancher, puis imprimer une page de test."


@pytest.fixture
def opened(live: Any) -> Callable[[], int]:
    """Return `opened()`: a ticket of C11 that the département has in charge."""

    def make() -> int:
        with live.app.app_context():
            draft = Draft(
                title="L’imprimante du secrétariat n’imprime plus",
                body="Voyant rouge.",
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs"),
            )
            number = desk.open_ticket(actor("c11.cmi"), draft, [], BEFORE)
            desk.take_charge(actor("d1.agent"), number, 1, BEFORE)
            return number

    return make


def resolve(live: Any, number: int) -> None:
    with live.app.app_context():
        version = db.session.scalar(select(Ticket.version).where(Ticket.number == number)) or 0
        desk.resolve(actor("d1.agent"), number, version, f"Bonjour M. Fauré,\n\n{SOLUTION}", BEFORE)


def held(page: Any) -> bool:
    """Whether the page fits its width."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_solution_becomes_an_article_that_ends_an_opening(live: Any, enter: Any, opened: Any, axe: Any) -> None:
    number = opened()
    resolve(live, number)
    page = enter("d1.agent")
    page.goto(f"{live.url}/tickets/{number}")
    axe(page, "article-depuis-le-ticket")
    page.get_by_role("link", name="En faire un article").click()
    assert page.get_by_label("Ce qu’il faut faire").input_value() == f"Bonjour […],\n\n{SOLUTION}"
    axe(page, "article-formulaire")
    page.set_viewport_size(TELEPHONE)
    axe(page, "article-formulaire-360")
    assert held(page)
    page.get_by_label("Ce qu’il faut faire").fill(SOLUTION)
    page.get_by_label("Qui le lira").select_option("accord:hautes-pyrenees-2015")
    page.get_by_role("button", name="Publier").press("Enter")
    page.get_by_text("L’article est publié.").wait_for()
    axe(page, "article-publie-360")
    assert held(page)

    page = enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    page.get_by_label("Que se passe-t-il ?").fill("Notre imprimante n’imprime plus du tout")
    page.locator("[data-offer]").first.click()
    found = page.locator("summary", has_text="L’imprimante du secrétariat")
    found.press("Enter")
    page.get_by_text("Débrancher l’imprimante une minute.").wait_for()
    axe(page, "article-a-l-ouverture-360")
    assert held(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    axe(page, "article-a-l-ouverture-sombre")
    page.get_by_role("button", name="Ça m’a suffi").press("Enter")
    page.get_by_text("Aucun ticket n’est ouvert").wait_for()
    axe(page, "article-suffi-sombre")
    with live.app.app_context():
        assert db.session.execute(select(func.count(Ticket.number))).scalar() == 1
        assert db.session.scalars(select(Article.useful)).all() == [1]
    page.goto(f"{live.url}/articles?q=imprimantes")
    axe(page, "articles-sombre")
    page.goto(f"{live.url}/tickets/nouveau")
    assert page.get_by_label("Que se passe-t-il ?").input_value() == "", "what was enough is not offered again"


def test_an_article_goes_into_an_answer_and_a_chosen_file_stays(
    live: Any, enter: Any, opened: Any, axe: Any, tmp_path: Any
) -> None:
    from ticketing.articles import writing

    number = opened()
    with live.app.app_context():
        day = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
        form = writing.ArticleForm("Relancer", SOLUTION, (), (), "accord:hautes-pyrenees-2015", day)
        writing.save(actor("d1.agent"), None, form, BEFORE, publish=True)
    photo = tmp_path / "note.txt"
    photo.write_text("mesures")
    page = enter("d1.agent")
    page.goto(f"{live.url}/tickets/{number}")
    page.get_by_label("Votre texte").fill("Bonjour,")
    page.set_input_files("input[name=commenter-fichiers]", str(photo))
    page.get_by_text("note.txt est ajouté").wait_for()
    page.get_by_role("button", name="Insérer un article").click()
    page.get_by_role("heading", name="Insérer un article").wait_for()
    axe(page, "article-a-inserer")
    page.set_viewport_size(TELEPHONE)
    axe(page, "article-a-inserer-360")
    assert held(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Insérer le texte de : Relancer").press("Enter")
    page.get_by_text("ont été retrouvés").wait_for()
    assert page.get_by_label("Votre texte").input_value() == f"Bonjour,\n\n{SOLUTION}"
    axe(page, "article-insere")
    with live.app.app_context():
        words = db.session.scalars(select(TicketEvent.body).where(TicketEvent.kind == "comment")).all()
        assert words == [], "nothing left before its author sent it"
