"""Test the comparison of two agreements, versions or drafts: within the mandate, and only differences by default."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import UTC, date, datetime

import pytest
from harness.cast import new_session

from matrix.changes import CellChange
from ticketing.amending import amendments
from ticketing.web.guards import cookie_name

HP, DEMO, DS = "hautes-pyrenees-2015", "arbizonne-lavasson-2023", "deux-sevres-2017"
A, B = f"{HP}@2015-09-01", f"{DEMO}@2023-09-01"
PAGE = "/qui-fait-quoi/comparer"


@pytest.fixture
def draft(app, cast, actor_as):
    """Return an open draft that changes two cells."""
    with app.app_context():
        return amendments.start(
            actor_as("a.admin"),
            HP,
            "avenant",
            amendments.DraftHeader("Antivirus <à> l’académie", date(2028, 9, 1)),
            datetime.now(UTC),
            [
                CellChange(service="antivirus", activity="mco", value="EN"),
                CellChange(service="inventaire", activity="conseil", value="CL"),
            ],
        )


def read(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


def offered(response) -> list[str]:
    """Return the choices of list A."""
    lists = re.search(r'<select[^>]*name="a".*?</select>', response.get_data(as_text=True), flags=re.DOTALL)
    return [value for value in re.findall(r'<option value="([^"]*)"', lists[0]) if value] if lists else []


def shown(response) -> tuple[int, int]:
    """Return the numbers on the page of cells that differ and of cells that are alike."""
    page = response.get_data(as_text=True)
    return page.count('<table class="compare-table"'), page.count('<p class="compare-same"')


def test_the_administrator_compares_the_agreements_of_the_academie_and_no_other(client_as):
    client = client_as("a.admin")
    response = client.get(PAGE)
    assert response.status_code == 200 and set(offered(response)) == {A, B}
    assert client.get(PAGE, query_string={"a": A, "b": f"{DS}@2017-01-01"}).status_code == 404
    response = client.get(PAGE, query_string={"a": A, "b": B})
    assert response.status_code == 200
    differing, alike = shown(response)
    assert differing > 20 and alike == 0
    total = re.search(r"(\d+) cases sur (\d+)", read(response))
    assert int(total[1]) == differing
    everything = client.get(PAGE, query_string={"a": A, "b": B, "tout": "1"})
    assert shown(everything) == (differing, int(total[2]) - differing)


def test_a_draft_is_compared_with_the_version_that_it_changes(client_as, draft):
    for sigle in ("a.admin", "d1.ref"):
        client = client_as(sigle)
        assert f"projet-{draft}" in offered(client.get(PAGE))
        response = client.get(PAGE, query_string={"a": A, "b": f"projet-{draft}"})
        assert shown(response) == (2, 0) and "2 cases sur" in read(response)
        assert "Antivirus <à> l’académie" in read(response) and "<à>" not in response.get_data(as_text=True)
        said = read(response)
        assert "Qui répond Le Département des Hautes-Pyrénées" in said.replace(" D ", " ")
        assert "L’Académie de Toulouse" in said and "Case en blanc" in said


@pytest.mark.parametrize("sigle", ["d1.agent", "a.tech", "a.lecture", "c11.cmi", "d2.agent"])
def test_who_may_not_see_a_draft_compares_none(client_as, draft, sigle):
    client = client_as(sigle)
    assert f"projet-{draft}" not in offered(client.get(PAGE))
    assert client.get(PAGE, query_string={"a": f"projet-{draft}", "b": A}).status_code == 404
    assert client.get(f"{PAGE}.csv", query_string={"a": f"projet-{draft}", "b": A}).status_code == 404


def test_with_one_version_of_one_agreement_there_is_nothing_to_compare(client_as):
    response = client_as("c11.cmi").get(PAGE)
    assert response.status_code == 200 and "Rien à comparer" in read(response)
    assert client_as("c11.cmi").get(PAGE, query_string={"a": A, "b": B}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"a": "rien", "b": A},
        {"a": f"{HP}@2016-01-01", "b": A},
        {"a": "projet-999999999999", "b": A},
        {"a": "'", "b": A},
    ],
)
def test_what_does_not_exist_is_404(client_as, asked):
    assert client_as("a.admin").get(PAGE, query_string=asked).status_code == 404


def test_one_side_alone_is_asked_at_its_field_and_the_other_kept(client_as):
    response = client_as("a.admin").get(PAGE, query_string={"a": B, "b": ""})
    assert response.status_code == 422 and "Choisissez ce que vous comparez." in read(response)
    page = response.get_data(as_text=True)
    assert 'href="#f-b"' in page and f'<option value="{B}" selected' in page


def test_a_draft_that_cannot_take_effect_says_why(client_as, draft, app):
    from charters.database import writing
    from ticketing.in_force.tables import MatrixDraft

    with app.app_context(), writing() as session:
        session.get(MatrixDraft, draft).effect_on = date(2015, 9, 1)
    response = client_as("a.admin").get(PAGE, query_string={"a": A, "b": f"projet-{draft}"})
    assert response.status_code == 422 and "ne peut pas prendre effet" in read(response)


def test_the_same_twice_differs_in_nothing(client_as):
    response = client_as("a.admin").get(PAGE, query_string={"a": A, "b": A})
    assert shown(response) == (0, 0) and "disent la même chose" in read(response)


def test_the_file_holds_what_the_page_shows(client_as, draft):
    client = client_as("a.admin")
    query = {"a": A, "b": f"projet-{draft}"}
    response = client.get(f"{PAGE}.csv", query_string=query)
    assert response.mimetype == "text/csv" and "attachment" in response.headers["Content-Disposition"]
    table = list(csv.reader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff")), delimiter=";"))
    assert [(row[1], row[3]) for row in table[1:]] == [("antivirus", "mco"), ("inventaire", "conseil")]
    everything = client.get(f"{PAGE}.csv", query_string=query | {"tout": "1"}).get_data(as_text=True)
    assert everything.count("\r\n") > 200
    assert client.get(f"{PAGE}.csv").status_code == client.get(f"{PAGE}.csv?a={A}").status_code == 404


def test_it_passes_axe_and_fits_a_phone(browser_page, live, cast, draft, axe):
    with live.app.app_context():
        token = new_session(cast["a.admin"])
        browser_page.context.add_cookies([{"name": cookie_name(), "value": token, "url": live.url}])
    browser_page.goto(f"{live.url}{PAGE}?a={A}&b=projet-{draft}")
    axe(browser_page, "comparer")
    browser_page.set_viewport_size({"width": 320, "height": 700})
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= 320
    axe(browser_page, "comparer-320")
    browser_page.locator("select[name=b]").select_option(B)
    browser_page.get_by_role("button", name="Comparer").press("Enter")
    browser_page.wait_for_url(f"**b={DEMO}*")
    assert browser_page.locator(".compare-table").count() > 20
