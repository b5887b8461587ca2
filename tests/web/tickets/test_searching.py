"""The search of the queue on screen: what was looked for when nothing is found, and the way out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from ticketing.model import Draft, Facts
from ticketing.tickets import desk


@pytest.fixture
def ticket(app: Any, actor_as: Any) -> int:
    draft = Draft(
        title="Plus de son en salle 12",
        body="Depuis ce matin.",
        etablissement="desaix-tarbes",
        service="equipement-bureautique",
        activity="mco",
        facts=Facts(user_category="professeurs", acquired_by="departement"),
    )
    with app.app_context():
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC))


def page(client: Any, **asked: str) -> str:
    text = client.get("/tickets", query_string=asked).get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").split())


def test_a_word_of_the_title_finds_its_ticket(client_as: Any, ticket: int) -> None:
    client = client_as("c11.cmi")
    for word in ("son", "Plus", "de", "salle", "12", "Desaix", "salle12"):
        assert "Plus de son en salle 12" in page(client, q=word), word


def test_when_nothing_is_found_the_page_says_what_was_looked_for(client_as: Any, ticket: int) -> None:
    client = client_as("c11.cmi")
    said = page(client, q="la tablette de l’élève")
    assert "Rien ne correspond à « la tablette de l’élève »" in said
    assert "Cherchés ensemble : « tablette », « élève ». Laissés de côté : « la », « de »." in said
    assert "Un mot de moins trouve davantage." in said and "Tout effacer" in said
    assert "Cherché : « tablette »." in page(client, q="tablette")
    assert "Écrivez au moins un mot ou un numéro." in page(client, q="?!")
    assert "<script>" not in client.get("/tickets", query_string={"q": "<script>alert(1)</script>"}).get_data(
        as_text=True
    )


def test_filters_that_hide_what_is_searched_are_lifted_in_one_click(client_as: Any, ticket: int) -> None:
    client = client_as("c11.cmi")
    answer = client.get("/tickets", query_string={"q": "son", "etat": "clos"}).get_data(as_text=True)
    assert "Les filtres limitent la recherche." in answer
    [href] = re.findall(r'<a[^>]* href="([^"]*)"[^>]*>(?:(?!</a>).)*Chercher sans les filtres', answer, re.DOTALL)
    assert "Plus de son en salle 12" in client.get(href.replace("&amp;", "&")).get_data(as_text=True)


def test_an_administrator_finds_a_telephone_typed_as_one_number(app: Any, client_as: Any, actor_as: Any) -> None:
    """A number that is no ticket's is a word: a telephone, an inventory tag."""
    from harness.http import post

    with app.app_context():
        facts = Facts(user_category="professeurs", acquired_by="departement")
        draft = Draft(
            title="Rappel",
            body="Au 05 62 12 34 56.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=facts,
        )
        number = desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC))
    admin = client_as("a.admin")
    post(admin, "/administration/consultation/tous", {"reason": "recherche", "words": ""})
    search = "/administration/consultation/recherche"
    for asked in ("0562123456", "05.62.12.34.56", "desaix rappel", str(number)):
        assert "Rappel" in admin.get(search, query_string={"q": asked}).get_data(as_text=True), asked
    assert "Rien ne correspond à" in admin.get(search, query_string={"q": "zzzz"}).get_data(as_text=True)
