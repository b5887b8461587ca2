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
    assert "en salle 12" in client.get(href.replace("&amp;", "&")).get_data(as_text=True)


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


def test_filters_in_words_are_told_as_chips_that_take_them_away(client_as: Any, ticket: int) -> None:
    client = client_as("c11.cmi")
    asked = "son etat:ouvert collège:desaix, ce mois agent:personne-ici"
    answer = client.get("/tickets", query_string={"q": asked}).get_data(as_text=True)
    said = page(client, q=asked)
    for chip in ("État : ouvert", "Établissement : desaix", "Ouverts du 1er ", "En charge : personne ici"):
        assert chip in said, chip
    assert "Personne de ce nom n’a de ticket en charge ici" in said
    assert "Rien ne s’appelle" not in said, "the one établissement of a correspondant has its name too"
    links = re.findall(r'<a href="([^"]*)" title="Enlever ce filtre"', answer)
    assert len(links) == 4
    found = client.get(links[2].replace("&amp;", "&")).get_data(as_text=True)
    assert f'href="/tickets/{ticket}"' in found, "without the agent, the ticket is there"


def test_the_tabs_change_the_state_that_a_search_says(client_as: Any, ticket: int) -> None:
    answer = client_as("c11.cmi").get("/tickets", query_string={"q": "son etat:clos"}).get_data(as_text=True)
    assert re.search(r'href="/tickets\?etat=clos&amp;q=son" aria-current="page"', answer)
    assert 'href="/tickets?etat=ouverts&amp;q=son"' in answer


def test_matches_are_marked_in_the_title_or_in_an_excerpt(client_as: Any, ticket: int) -> None:
    client = client_as("c11.cmi")
    assert "Plus de <mark>son</mark> en" in client.get("/tickets?q=sons").get_data(as_text=True)
    assert 'queue-around">Depuis ce <mark>matin</mark>' in client.get("/tickets?q=matin").get_data(as_text=True)
    assert "<mark>" not in client.get("/tickets").get_data(as_text=True)


def test_a_typing_error_is_told_in_the_words_of_the_tickets(client_as: Any, ticket: int) -> None:
    assert "Rien pour « mattin » : voici ce qui correspond à « matin »." in page(client_as("c11.cmi"), q="mattin")
    assert "Rien ne correspond" in page(client_as("c12.cmi"), q="mattin")


def test_filters_of_the_form_are_dates_people_and_waiting(client_as: Any, ticket: int) -> None:
    client = client_as("c11.cmi")
    for address, there in (
        ({"depuis": "hier"}, True),
        ({"avant": "2020-01-01"}, False),
        ({"depuis": "2020-01-01", "avant": "2021-01-01"}, False),
        ({"attend": "piece"}, False),
        ({"agent": "moi"}, False),
        ({"depuis": "nimporte"}, True),
        ({"attend": "nimporte"}, True),
    ):
        found = client.get("/tickets", query_string=address).get_data(as_text=True)
        assert (f'href="/tickets/{ticket}"' in found) is there, address
