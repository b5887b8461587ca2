"""Test the page and files of the figures: whose they are, what they say, and that nothing in them is executed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from harness.histories import D1, D2, PLACES, A, open_ticket
from harness.places import ROOT
from sqlalchemy import delete, select, update

from charters.database import writing
from ticketing.figures import dashboards, nightly, statistics
from ticketing.figures.tables import Figure
from ticketing.following import satisfaction
from ticketing.tables import Ticket, TicketOpinion
from ticketing.web.administration import figures as figures_module

FILES = (*dashboards.OVER_TIME, *dashboards.DIMENSIONS)
MAY = ("a.admin", "a.lecture", "d1.ref", "c11.chef")
MAY_NOT = ("a.tech", "d1.agent", "c11.cmi", "c11.reseau")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def figures(app: Any, cast: Any) -> None:
    """Open two tickets of Desaix (one held by D1, one by A), one of Victor Hugo (D1) and one of a collège of D2."""
    now = datetime.now(UTC)
    with app.app_context():
        first = open_ticket(now - timedelta(days=75))
        first.add("taken", now - timedelta(days=74), D1).add("resolved", now - timedelta(days=40), D1)
        open_ticket(now - timedelta(days=35), holder=A, service="antivirus")
        open_ticket(now - timedelta(days=3), "victor-hugo-tarbes", activity="conseil").hand_on(now, A)
        open_ticket(now - timedelta(days=2), "les-trois-sources-vallombreuse", holder=D2)
        nightly.write_nightly(now)


def page(client: Any, **query: str) -> str:
    response = client.get("/chiffres", query_string=query)
    assert response.status_code == 200
    return str(response.get_data(as_text=True))


def rows(client: Any, name: str, **query: str) -> list[list[str]]:
    response = client.get(f"/chiffres/{name}.csv", query_string=query)
    assert response.status_code == 200, name
    assert response.headers["Content-Type"].startswith("text/csv")
    assert response.headers["Content-Disposition"].startswith("attachment")
    text = response.get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";"))


@pytest.mark.parametrize("sigle", MAY)
def test_who_has_figures_sees_them(client_as: Callable[[str], Any], figures: None, sigle: str) -> None:
    client = client_as(sigle)
    assert "Comment lire ces chiffres" in page(client)
    assert rows(client, "mois")[0][:3] == ["Mois", "Ouverts", "Résolus"]


@pytest.mark.parametrize("sigle", MAY_NOT)
def test_nobody_else_has_a_page_or_a_file(client_as: Callable[[str], Any], figures: None, sigle: str) -> None:
    client = client_as(sigle)
    for address in ("/chiffres", *(f"/chiffres/{name}.csv" for name in FILES)):
        assert client.get(address).status_code == 404, address


def opened(client: Any) -> int:
    return sum(int(row[1]) for row in rows(client, "mois", periode="tout")[1:])


def test_each_counts_the_tickets_of_the_perimeter_alone(client_as: Callable[[str], Any], figures: None) -> None:
    assert {sigle: opened(client_as(sigle)) for sigle in MAY} == {
        "a.admin": 4,
        "a.lecture": 4,
        "d1.ref": 2,
        "c11.chef": 2,
    }


def test_nothing_of_another_perimeter_shows_by_any_path(client_as: Callable[[str], Any], figures: None) -> None:
    foreign = {
        "c11.chef": ["Victor Hugo", "Trois Sources", "Arbizonne"],
        "d1.ref": ["Trois Sources", "Arbizonne"],
    }
    for sigle, words in foreign.items():
        client = client_as(sigle)
        seen = [page(client, periode="tout"), page(client)]
        seen += [str(rows(client, name, periode="tout")) for name in FILES if name != "colleges"]
        for query in ({"scope": f"academie:{A}"}, {"perimetre": f"org:{D2}"}, {"periode": "tout", "scope": "etab:x"}):
            seen.append(page(client, **query))
        for text in seen:
            assert not [word for word in words if word in text]


def test_services_are_in_plain_words_and_the_agreement_s_words_stand_in_the_last_column(
    client_as: Callable[[str], Any], figures: None
) -> None:
    client = client_as("a.admin")
    head, *lines = rows(client, "services", periode="tout")
    assert (head[0], head[-1]) == ("Service", "Dans l’accord")
    names = {line[-1]: line[0] for line in lines}
    assert names and all(plain != kept for kept, plain in names.items())
    assert "Dans l’accord" not in rows(client, "parties", periode="tout")[0]
    assert all(plain.split("’")[0] in page(client, periode="tout") for plain in names.values())


def test_a_chef_has_no_file_by_college(client_as: Callable[[str], Any], figures: None) -> None:
    assert client_as("c11.chef").get("/chiffres/colleges.csv").status_code == 404


@pytest.mark.parametrize("period", ["1999-01", "annee-1999", "2026-13", "x", "' OR '1'='1", "../tout", "%"])
def test_a_period_that_is_none_does_not_exist(client_as: Callable[[str], Any], figures: None, period: str) -> None:
    client = client_as("a.lecture")
    assert client.get("/chiffres", query_string={"periode": period}).status_code == 404
    assert client.get("/chiffres/mois.csv", query_string={"periode": period}).status_code == 404


@pytest.mark.parametrize("name", ["total", "etablissement", "", "x", "mois.csv", "..%2fmois"])
def test_a_file_that_is_none_does_not_exist(client_as: Callable[[str], Any], figures: None, name: str) -> None:
    assert client_as("a.lecture").get(f"/chiffres/{name}.csv").status_code == 404


def test_every_period_offered_opens(client_as: Callable[[str], Any], figures: None) -> None:
    client = client_as("a.lecture")
    offered = re.findall(r'<option value="([^"]+)"', page(client))
    assert len(offered) >= 4
    for period in offered:
        page(client, periode=period)
        rows(client, "services", periode=period)


def test_charts_are_well_formed_named_and_without_style(client_as: Callable[[str], Any], figures: None) -> None:
    html = page(client_as("a.lecture"), periode="tout")
    assert "style=" not in html and "<style" not in html
    assert not re.search(r"\son\w+=", html)
    charts = re.findall(r"<svg class=\"chart .*?</svg>", html, re.DOTALL)
    assert len(charts) == len(FILES)
    for chart in charts:
        root = ElementTree.fromstring(chart.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))
        assert root.get("role") == "img"
        named = (root.get("aria-labelledby") or "").split()
        texts = {child.get("id"): child.text for child in root if child.tag in (f"{SVG}title", f"{SVG}desc")}
        assert [bool(texts.get(name)) for name in named] == [True, True]
        assert not [element for element in root.iter() if element.get("style")]
    assert len(re.findall(r"<figure>", html)) == len(re.findall(r"<figcaption>", html)) == len(FILES)
    identifiers = re.findall(r'\sid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))


def test_a_table_says_what_its_chart_draws(app: Any, figures: None) -> None:
    with app.app_context():
        board = statistics.dashboard(dashboards.Scope(f"academie:{A}", "academie"), "tout", datetime.now(UTC))
    assert len(board.sections) == len(FILES)
    for section in board.sections:
        cells = {cell for row in section.table.rows for cell in row}
        drawn = [mark.title for mark in section.chart.marks]
        drawn += [point.title for line in section.chart.lines for point in line.points]
        drawn += [row.bar.title for row in section.chart.rows]
        assert drawn
        for title in drawn:
            where, said = title.rsplit(" : ", 1)
            row = next(row for row in section.table.rows if where.startswith(row[0]))
            if section.id in dashboards.OVER_TIME:
                column = where.removeprefix(row[0] + ", ")
                assert row[section.table.columns.index(column)] == said
            else:
                assert row[1] == said
            assert said in cells


def test_a_name_is_never_a_formula_nor_markup(app: Any, client_as: Callable[[str], Any], figures: None) -> None:
    name = '=HYPERLINK("http://x")<script>alert(1)</script>'
    with app.app_context(), writing() as session:
        session.execute(update(Figure).where(Figure.dimension == "etablissement").values(label=name))
    client = client_as("a.lecture")
    assert {row[0] for row in rows(client, "colleges", periode="tout")[1:]} == {"'" + name}
    html = page(client, periode="tout")
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html


def test_the_first_page_before_any_night_says_so(client_as: Callable[[str], Any]) -> None:
    client = client_as("a.lecture")
    assert "Pas encore de chiffres" in page(client)
    assert client.get("/chiffres/mois.csv").status_code == 404
    assert client.get("/chiffres", query_string={"periode": "tout"}).status_code == 404


def test_an_administrator_makes_them_now(app: Any, client_as: Callable[[str], Any], figures: None) -> None:
    with app.app_context():
        open_ticket(datetime.now(UTC))
    assert opened(client_as("a.admin")) == 4
    client = client_as("a.admin")
    answer = client.post("/chiffres/recalculer", data={"csrf_token": token(client)})
    assert answer.status_code == 303
    assert opened(client) == 5


@pytest.mark.parametrize("sigle", ["a.lecture", "d1.ref", "c11.chef"])
def test_nobody_else_makes_them(client_as: Callable[[str], Any], figures: None, sigle: str) -> None:
    client = client_as(sigle)
    assert "Recalculer" not in page(client)
    assert client.post("/chiffres/recalculer", data={"csrf_token": token(client)}).status_code == 404


def token(client: Any) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/compte").get_data(as_text=True))
    assert found
    return found[1]


def test_the_page_costs_few_queries_whatever_it_counts(
    app: Any, client_as: Callable[[str], Any], figures: None, queries_of: Any
) -> None:
    client = client_as("a.admin")
    page(client)
    with app.app_context(), queries_of() as few:
        page(client, periode="tout")
    with app.app_context():
        for place in PLACES:
            for service in ("inventaire", "antivirus"):
                open_ticket(datetime.now(UTC) - timedelta(days=400), place, service=service)
        nightly.write_nightly(datetime.now(UTC))
    page(client)  # the satisfaction is counted once a night, whatever the period
    with app.app_context(), queries_of() as many:
        page(client, periode="tout")
    assert len(few) == len(many) <= 8


def test_files_name_french_numbers(client_as: Callable[[str], Any], figures: None) -> None:
    table = rows(client_as("a.lecture"), "delais", periode="tout")
    assert table[0] == [
        "Mois",
        "Première réponse, médiane en heures ouvrées",
        "Résolution, médiane en heures ouvrées",
    ]
    hours = [cell for row in table[1:] for cell in row[1:] if cell]
    assert hours and all(re.fullmatch(r"\d+,\d\d", cell) for cell in hours)


def test_what_is_kept_is_never_shown_to_another_scope_nor_after_a_night(
    app: Any, client_as: Callable[[str], Any], figures: None
) -> None:
    clients = {sigle: client_as(sigle) for sigle in MAY}
    for _ in range(2):
        assert "Trois Sources" in page(clients["a.admin"], periode="tout")
        assert "Trois Sources" not in page(clients["d1.ref"], periode="tout")
        assert "Victor Hugo" not in page(clients["c11.chef"], periode="tout")
        assert "Recalculer maintenant" not in page(clients["a.lecture"], periode="tout")
    before = page(clients["c11.chef"], periode="tout")
    with app.app_context():
        open_ticket(datetime.now(UTC))
        nightly.write_nightly(datetime.now(UTC))
    after = page(clients["c11.chef"], periode="tout")
    assert '<span class="stat-value">2</span>' in before and '<span class="stat-value">3</span>' in after


def test_nothing_of_a_person_is_kept_in_the_board() -> None:

    text = (ROOT / "templates/administration/figures/board.html").read_text(encoding="utf-8")
    assert not re.search(r"\bcsrf|\bg\.|\bsession\b|\bactor\b|\bflash", text.split("-#}", 1)[1])


def answered(app: Any, scores: dict[str, list[int]]) -> None:
    """Keep answers on tickets of each holder, one a ticket, the first ones of C11."""
    with app.app_context(), writing() as session:
        session.execute(delete(TicketOpinion))
        for holder, given in scores.items():
            of = select(Ticket.number).where(Ticket.holder_organisation == holder).order_by(Ticket.number)
            numbers = session.scalars(of.limit(len(given))).all()
            assert len(numbers) == len(given), holder
            now = datetime.now(UTC)
            session.add_all(
                TicketOpinion(ticket_id=number, score=score, account_id=None, at=now)
                for number, score in zip(numbers, given, strict=True)
            )


def told(client: Any) -> list[tuple[str, ...]]:
    """Return the lines of the satisfaction on the page."""
    text = client.get("/chiffres").text
    if "satisfaction-titre" not in text:
        return []
    body = text.split('id="satisfaction-titre"')[1].split("</table>")[0].split("<tbody>")[1]
    return [tuple(re.findall(r">([^<>]+)</t[hd]>", line)) for line in body.split("</tr>") if "<th" in line]


def test_security_few_answers_of_another_party_are_not_shown(
    app: Any, client_as: Callable[[str], Any], figures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under five answers, their counts would say who said what; the reader's own perimeter is no secret."""
    answered(app, {"departement-hautes-pyrenees": [1], "academie-toulouse": [2, 3]})
    clients = {sigle: client_as(sigle) for sigle in ("a.admin", "a.lecture", "d1.ref", "c11.chef")}
    academie, few = "Académie de Toulouse", ("Département des Hautes-Pyrénées", "moins de 5")
    assert told(clients["a.admin"]) == [(academie, "1", "1", "0"), few]
    assert told(clients["a.lecture"]) == [(academie, "moins de 5"), few]
    assert told(clients["d1.ref"]) == [(few[0], "0", "0", "1")]
    assert len(told(clients["c11.chef"])) == 2 and "moins de" not in str(told(clients["c11.chef"]))
    assert told(clients["a.admin"]) == [(academie, "1", "1", "0"), few], "after another's page"
    monkeypatch.setattr(satisfaction, "FEWEST", 1)
    figures_module._satisfaction.cache_clear()
    assert told(clients["a.lecture"]) == [(academie, "1", "1", "0"), (few[0], "0", "0", "1")]
