"""The list of tickets: what its rows offer, and the lists that one may choose from."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post

from charters.permissions import perimeter
from ticketing.model import Draft, Facts
from ticketing.tickets import desk, queries

OPENED = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def opened(app: Any, actor_as: Any) -> Callable[..., int]:
    """Return `opened(title=…, who=…)`: the number of a ticket that the Département holds."""

    def make(title: str = "Panne", who: str = "c11.cmi", resolved: bool = False) -> int:
        facts = Facts(user_category="professeurs", acquired_by="departement")
        place = {"c11": "desaix-tarbes", "c12": "victor-hugo-tarbes"}[who.split(".")[0]]
        draft = Draft(
            title=title,
            body="Ne marche plus.",
            etablissement=place,
            service="equipement-bureautique",
            activity="mco",
            facts=facts,
        )
        with app.app_context():
            number = desk.open_ticket(actor_as(who), draft, [], OPENED)
            if resolved:
                desk.take_charge(actor_as("d1.agent"), number, 1, OPENED)
                desk.resolve(actor_as("d1.agent"), number, 2, "Câble changé.", OPENED)
        return number

    return make


def page(client: Any, address: str = "/tickets") -> str:
    return html.unescape(client.get(address).get_data(as_text=True))


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'class="queue-title" href="/tickets/(\d+)"', text)]


def test_a_solution_is_confirmed_from_the_list_and_the_list_comes_back(
    app: Any, client_as: Any, actor_as: Any, opened: Any
) -> None:
    number, client = opened(resolved=True), client_as("c11.cmi")
    text = page(client, "/tickets?etat=resolus")
    [(action, version)] = re.findall(r'formaction="([^"]+)" name="version" value="(\d+)"', text)
    [back] = re.findall(r'name="retour" value="([^"]+)"', text)
    assert f'href="/tickets/{number}?etape=rouvrir#etape-rouvrir"' in text
    answer = post(client, action, {"version": version, "retour": back})
    assert answer.status_code == 303 and answer.location == "/tickets?etat=resolus#fait"
    assert "Merci : le ticket est clos." in page(client, answer.location)
    with app.app_context():
        actor = actor_as("c11.cmi")
        assert queries.ticket(perimeter(actor), actor, number).state == "closed"


def test_only_the_requester_s_side_is_offered_to_confirm(client_as: Any, opened: Any) -> None:
    opened(resolved=True)
    assert "est-ce réglé ?" in page(client_as("c11.cmi"), "/tickets?etat=resolus")
    for who in ("c11.chef", "d1.agent", "d1.ref"):
        text = page(client_as(who), "/tickets?etat=resolus&suivis=1")
        assert numbers(text) and "formaction" not in text and 'id="agir"' not in text, who


@pytest.mark.parametrize(
    "back",
    ["https://ailleurs.example/", "//ailleurs.example/tickets", "/tickets/../../", "/ticketsx", "/tickets?\r\nA: b"],
)
def test_security_a_step_leads_back_to_a_list_of_tickets_and_nowhere_else(
    client_as: Any, opened: Any, back: str
) -> None:
    number = opened(resolved=True)
    answer = post(client_as("c11.cmi"), f"/tickets/{number}/confirmer", {"version": "3", "retour": back})
    assert answer.location == f"/tickets/{number}#fait"


def test_my_requests_are_those_that_i_opened(client_as: Any, opened: Any) -> None:
    mine = opened("La mienne")
    opened("Celle du réseau", who="c11.reseau")
    client = client_as("c11.cmi")
    assert len(numbers(page(client))) == 2
    text = page(client, "/tickets?demandes=1")
    assert numbers(text) == [mine] and "<title>Mes demandes" in text
    assert 'aria-current="true">Mes demandes' in text
    assert numbers(page(client_as("c12.cmi"), "/tickets?demandes=1")) == []
    assert "Mes demandes" not in page(client_as("d1.agent")), "who opens nothing has no requests"


def test_the_first_link_of_a_list_leads_to_its_tickets(client_as: Any, opened: Any) -> None:
    opened()
    for who, address in (("c11.cmi", "/tickets"), ("d2.agent", "/tickets")):
        text = page(client_as(who), address)
        assert text.split("<body")[1].index('href="#liste">Aller aux tickets') < text.split("<body")[1].index(
            "#contenu"
        )
        assert text.count('id="liste"') == 1, "the place is there, with rows or without"


def test_the_list_is_downloaded_as_one_sees_it_and_no_cell_is_a_formula(client_as: Any, opened: Any) -> None:
    client = client_as("d1.agent")
    number = opened("=HYPERLINK(1)")
    opened("+33 à rappeler")
    answer = client.get("/tickets/liste.csv")
    text = answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"] == "attachment; filename=tickets.csv"
    assert text.splitlines()[0].removeprefix("\ufeff").startswith("Numéro;Titre;Établissement")
    assert f"{number};'=HYPERLINK(1);" in text and "'+33 à rappeler" in text and "À prendre en charge" in text
    assert "HYPERLINK" not in client.get("/tickets/liste.csv?q=rappeler").get_data(as_text=True), (
        "the filters of the list"
    )
    chosen = client.get("/tickets/liste.csv?col=agent&col=date").get_data(as_text=True)
    named = chosen.splitlines()[0].removeprefix("\ufeff")
    assert named == "Numéro;Titre;En charge;Ouvert le;À traiter avant;Étiquettes"
    listed = page(client, "/tickets?col=pourquoi")
    assert f"Pourquoi le n° {number} est le premier : ouvert depuis" in listed and 'class="col-pourquoi"' in listed
    assert "est le premier" not in page(client, "/tickets?tri=recents")
    book = client.get("/tickets/liste.ods")
    with zipfile.ZipFile(io.BytesIO(book.data)) as package:
        content = package.read("content.xml").decode()
    assert "'=HYPERLINK(1)" in html.unescape(content) and "table:formula" not in content
    with zipfile.ZipFile(io.BytesIO(client.get("/tickets/liste.xlsx").data)) as package:
        pages = "".join(package.read(name).decode() for name in package.namelist() if name.endswith(".xml"))
    assert "'=HYPERLINK(1)" in html.unescape(pages) and "<f>" not in pages


def test_security_a_downloaded_list_holds_no_ticket_out_of_sight(client_as: Any, opened: Any) -> None:
    opened("Panne zirconium")
    for who in ("c12.cmi", "d2.agent", "c11.reseau"):
        for form in ("csv", "ods", "xlsx", "json"):
            answer = client_as(who).get(f"/tickets/liste.{form}?etat=tous&suivis=1")
            assert answer.status_code == 200
            data = answer.data
            if form in ("ods", "xlsx"):
                package = zipfile.ZipFile(io.BytesIO(data))
                data = b"".join(package.read(name) for name in package.namelist())
            assert b"zirconium" not in data and b"[1,1]" not in data, (who, form)


def test_an_open_list_asks_what_is_new_and_mostly_gets_nothing(client_as: Any, opened: Any) -> None:
    number, client = opened(), client_as("d1.agent")
    first = client.get("/tickets/liste.json")
    assert first.json == {"counts": first.json["counts"], "tickets": [[number, 1]]}
    assert first.json["counts"]["open"] == first.json["counts"]["all"] == 1
    again = client.get("/tickets/liste.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    opened("Une autre")
    changed = client.get("/tickets/liste.json", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and len(changed.json["tickets"]) == 2
    assert client.get("/tickets/liste.json?etat=clos").json["tickets"] == []
    assert "private" in first.headers["Cache-Control"]


def test_sort_and_columns_are_in_the_address(client_as: Any, opened: Any) -> None:
    old, new = opened("Ancien"), opened("Nouveau")
    client = client_as("d1.agent")
    assert numbers(page(client, "/tickets?tri=recents")) == [new, old]
    assert numbers(page(client, "/tickets?tri=anciens&etat=tous")) == [old, new]
    assert 'aria-sort="descending"' in page(client, "/tickets?tri=recents")
    text = page(client, "/tickets?col=agent&col=demandeur.chez&col=inconnu")
    heads = re.findall(r'<th scope="col" class="col-([a-z]+)"', text)
    assert heads == ["chez", "agent", "demandeur"] and "Thomas Escalère" in text
    assert "col=agent.demandeur.chez" in text, "links keep the columns"
    counted = page(client, "/tickets?col=agent.demandeur&tri=recents&etat=nouveaux")
    assert counted.count('class="tab-count"') == page(client, "/tickets").count('class="tab-count"') > 0
    assert 'data-tab="new"' not in page(client, "/tickets?service=equipement-bureautique&tri=recents"), "not counted"


def test_what_is_not_read_is_marked(client_as: Any, opened: Any) -> None:
    opened()
    assert "Non lu : " in page(client_as("d1.agent"))
    assert "Non lu : " not in page(client_as("c11.cmi")), "who opened it knows of it"


def test_the_way_back_from_a_ticket_keeps_the_filters_of_its_list(client_as: Any, opened: Any) -> None:
    number, client = opened(), client_as("c11.cmi")
    for came, back in (
        ("http://localhost/tickets?etat=tous&q=panne", "/tickets?etat=tous&q=panne"),
        ("http://localhost/tickets", "/tickets"),
        ("http://ailleurs.example/tickets?etat=tous", "/tickets"),
        ("http://localhost/tickets/1?etat=tous", "/tickets"),
        ("javascript:alert(1)//localhost/tickets?x", "/tickets"),
        ("http://localhost/tickets?q=%22%3E%3Cscript%3E", "/tickets?q=%22%3E%3Cscript%3E"),
    ):
        answer = client.get(f"/tickets/{number}", headers={"Referer": came})
        text = html.unescape(answer.get_data(as_text=True))
        assert f'<a href="{back}">Tickets</a>' in text, came
