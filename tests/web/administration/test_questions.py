"""The question bar: what each perimeter answers, that nothing of another shows, and that each address opens."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from harness.histories import D1, D2, A, open_ticket
from harness.http import post
from sqlalchemy import update

from charters.database import writing
from ticketing.figures import nightly
from ticketing.figures.board.measures import DIMENSIONS, MEASURES, dimensions_of
from ticketing.figures.tables import FigureRun
from ticketing.tables import DecisionRow, TicketOpinion
from ticketing.web import limiting

MAY = ("a.admin", "a.lecture", "d1.ref", "c11.chef")
ALL = {"periode": "tout"}


@pytest.fixture
def figures(app: Any, cast: Any) -> None:
    """Open two tickets of Desaix (D1, then A and handed on), one of Victor Hugo (D1 to A), one of D2's collège."""
    now = datetime.now(UTC)
    with app.app_context():
        first = open_ticket(now - timedelta(days=75))
        first.add("taken", now - timedelta(days=74), D1).add("resolved", now - timedelta(days=40), D1)
        second = open_ticket(now - timedelta(days=35), holder=A, service="antivirus")
        second.hand_on(now - timedelta(days=30), D1).hand_on(now - timedelta(days=29), A, kind="contested")
        open_ticket(now - timedelta(days=20), "victor-hugo-tarbes", activity="conseil").hand_on(now, A)
        open_ticket(now - timedelta(days=19), "les-trois-sources-vallombreuse", holder=D2)
        nightly.write_nightly(now)


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the file, by which these tests read answers, out of what is counted by account."""
    monkeypatch.delitem(limiting.COSTLY, "questions.csv_file")


def lines(client: Any, **asked: str) -> list[list[str]]:
    """Return the lines of the file of an answer, without its heading and its definition."""
    response = client.get("/chiffres/question.csv", query_string=ALL | asked)
    assert response.status_code == 200
    found = list(csv.reader(io.StringIO(response.get_data(as_text=True)[1:], newline=""), delimiter=";"))
    return found[1 : found.index([])]


def page(client: Any, **asked: str) -> str:
    response = client.get("/chiffres/question", query_string=ALL | asked)
    assert response.status_code == 200, asked
    return str(response.get_data(as_text=True))


def total(client: Any, **asked: str) -> str:
    found = [line[1] for line in lines(client, **asked) if line[0] == "Ensemble"]
    return found[0] if found else ""


def test_each_counts_the_perimeter_alone(client_as: Callable[[str], Any], figures: None) -> None:
    counted = {sigle: total(client_as(sigle), par="partie") for sigle in MAY}
    assert counted == {"a.admin": "4", "a.lecture": "4", "d1.ref": "3", "c11.chef": "2"}


def test_passages_are_told_party_by_party(client_as: Callable[[str], Any], figures: None) -> None:
    client = client_as("a.admin")
    assert lines(client, mesure="passages", par="partie") == [
        ["Département des Hautes-Pyrénées", "2"],
        ["Académie de Toulouse", "1"],
        ["Ensemble", "3"],
    ]
    assert lines(client, mesure="passages", par="vers", partie=D1) == [["Académie de Toulouse", "2"], ["Ensemble", "2"]]
    assert total(client, mesure="allers-retours", par="partie") == "1"
    assert total(client, mesure="contestations", par="partie") == "1"
    html = page(client, mesure="passages", par="partie")
    assert "matrice-titre" in html and "flux-titre" in html


@pytest.mark.parametrize("sigle", ["a.tech", "d1.agent", "c11.cmi", "c11.reseau"])
def test_nobody_else_has_the_bar(client_as: Callable[[str], Any], figures: None, sigle: str) -> None:
    client = client_as(sigle)
    for address in ("/chiffres/question", "/chiffres/question.csv", "/chiffres/question?q=tickets"):
        assert client.get(address).status_code == 404, address


def test_security_no_address_shows_another_perimeter(client_as: Callable[[str], Any], figures: None) -> None:
    """Each measure by each dimension, alone and filtered by what is another's, names and counts nothing of it."""
    foreign = {"c11.chef": ("Victor Hugo", "Trois Sources"), "d1.ref": ("Trois Sources",)}
    asked = {
        "c11.chef": ({"etablissement": "victor-hugo-tarbes"}, {"partie": D2}, {"scope": "academie:x"}),
        "d1.ref": ({"etablissement": "les-trois-sources-vallombreuse"}, {"partie": D2}, {"perimetre": f"org:{D2}"}),
    }
    for sigle, words in foreign.items():
        client, own = client_as(sigle), sigle == "c11.chef"
        for measure in MEASURES.values():
            for dimension in dimensions_of(measure, own):
                said = lines(client, mesure=measure.id, par=dimension.id)
                assert not [word for word in words if word in str(said)], (sigle, measure.id, dimension.id)
        for given in asked[sigle]:
            if "scope" not in given and "perimetre" not in given:
                assert lines(client, **given) in ([], [["Ensemble", "0"]]), given
            assert total(client, **given) in ("", "0", total(client))


def test_every_question_opens_and_its_dimensions_agree(client_as: Callable[[str], Any], figures: None) -> None:
    """Whatever the measure, each dimension gives the same total; the page says what the file says."""
    client = client_as("a.admin")
    for measure in MEASURES.values():
        totals = {
            dimension.id: total(client, mesure=measure.id, par=dimension.id)
            for dimension in dimensions_of(measure, own=False)
            if dimension.id != "semaine"
        }
        assert len(set(totals.values())) == 1, (measure.id, totals)
        html = page(client, mesure=measure.id, par="partie")
        assert measure.definition in html and measure.clause in html
        assert "style=" not in html


def test_a_question_inside_counts_what_its_line_says(client_as: Callable[[str], Any], figures: None) -> None:
    client = client_as("a.admin")
    for measure in ("ouverts", "passages", "tenu"):
        for dimension in ("partie", "service", "mois", "statut", "jour"):
            html = page(client, mesure=measure, par=dimension).split("figures-answer")[1].split("</section>")[0]
            said = dict(line[:2] for line in lines(client, mesure=measure, par=dimension))
            links = re.findall(r'<th scope="row"><a href="(/chiffres/question\?[^"]+)">([^<]+)</a>', html)
            assert links
            for address, name in links:
                if unescape(name) in said:
                    inside = parse_qs(urlsplit(unescape(address)).query)
                    assert total(client, **{one: values[0] for one, values in inside.items()}) == said[unescape(name)]


def test_security_satisfaction_of_others_is_in_no_figure_nor_in_any_difference(
    app: Any, client_as: Callable[[str], Any], figures: None
) -> None:
    """Only the answers on tickets of the own side count, under any filter, so that no total minus one's own tells."""
    now = datetime.now(UTC)
    with app.app_context():
        with writing() as session:
            session.add_all(
                TicketOpinion(ticket_id=number, score=score, account_id=None, at=now)
                for number, score in ((1, 3), (2, 1))  # the first held by D1, the second by A
            )
        nightly.follow(now + timedelta(minutes=1))
    for sigle, own, other, said in (("a.admin", A, D1, "0"), ("d1.ref", D1, A, "100")):
        client = client_as(sigle)
        assert total(client, mesure="satisfaction", par="partie").startswith(said)
        assert total(client, mesure="satisfaction", par="partie", partie=own).startswith(said)
        assert lines(client, mesure="satisfaction", par="partie", partie=other) in ([], [["Ensemble", ""]])
        for dimension in dimensions_of(MEASURES["satisfaction"], own=False):
            assert total(client, mesure="satisfaction", par=dimension.id).startswith(said), dimension.id
    assert total(client_as("a.lecture"), mesure="satisfaction", par="partie") in ("", "–")
    assert total(client_as("c11.chef"), mesure="satisfaction", par="partie").startswith("50")


def test_a_sentence_leads_to_its_address_and_says_what_it_left(client_as: Callable[[str], Any], figures: None) -> None:
    client = client_as("d1.ref")
    answer = client.get(
        "/chiffres/question", query_string={"q": "combien de tickets zorglub wifi à Desaix l’an dernier"}
    )
    assert answer.status_code == 302
    said = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    assert said["etablissement"] == "desaix-tarbes" and said["service"] == "infrastructure-reseau"
    html = client.get(answer.location).get_data(as_text=True)
    assert "Mots laissés de côté : zorglub" in html and "combien de tickets zorglub wifi" in html
    assert client.get("/chiffres/question", query_string={"q": ""}).status_code == 302


def test_tickets_are_linked_for_who_lists_them(client_as: Callable[[str], Any], figures: None) -> None:
    for sigle in ("d1.ref", "c11.chef"):
        client = client_as(sigle)
        html = page(client, par="service")
        links = [one.replace("&amp;", "&") for one in re.findall(r'href="(/tickets\?[^"]+)"', html)]
        assert links
        for address in links:
            assert client.get(address).status_code == 200
    for sigle in ("a.lecture", "a.admin"):
        assert 'href="/tickets?' not in page(client_as(sigle), par="service").split("<main")[1]


@pytest.mark.parametrize("query", ["mesure=x", "periode=2026-13", "priorite=a", "partie=" + "x" * 200])
def test_what_is_no_question_does_not_exist(client_as: Callable[[str], Any], figures: None, query: str) -> None:
    assert client_as("a.admin").get(f"/chiffres/question?{query}").status_code == 404


def test_a_page_costs_eight_statements_at_most(
    app: Any, client_as: Callable[[str], Any], figures: None, queries_of: Any
) -> None:
    client = client_as("a.admin")
    page(client)
    for asked in (
        {"mesure": "passages", "par": "partie", "avant": "1", "periode": "annee-2026"},
        {"mesure": "en-attente", "par": "etablissement"},
        {"mesure": "resolution", "par": "case", "avant": "1", "periode": "annee-2025"},
    ):
        with app.app_context(), queries_of() as sent:
            page(client, **asked)
        assert len(sent) <= 8, (asked, [str(one)[:90] for one in sent])
        with app.app_context(), queries_of() as again:
            page(client, **asked)
        assert len(again) < len(sent), "the answer is kept until the facts are made again"


def test_the_cells_that_cost_most_lead_to_their_page_and_to_an_amendment(
    app: Any, client_as: Callable[[str], Any], figures: None
) -> None:
    """The blank cells of an agreement, with their tickets and hours; only who may fill or amend them is led there."""
    with app.app_context(), writing() as session:
        given = {"status": "to_qualify", "convention": "hautes-pyrenees-2015"}
        session.execute(update(DecisionRow).where(DecisionRow.ticket_id == 1).values(given))
        session.execute(update(FigureRun).values(event_id=0))
    with app.app_context():
        nightly.write_nightly(datetime.now(UTC))
    asked = {"mesure": "tenu", "par": "case", "statut": "to_qualify"}
    client = client_as("a.admin")
    html = page(client, **asked)
    # Held by D1 from its opening to its resolution, 35 days later: its hours stand beside its one ticket.
    row = next(one for one in html.split("<tr>") if "Ouvrir la case" in one)
    assert '<td class="num">1</td>' in row and "\u00a0h" in row
    for name, words in (("cases/inventaire/mco", "case"), ("projets/nouveau", "La case à changer")):
        address = re.search(rf'href="([^"]*{name}[^"]*)"', html)
        assert address
        there = client.get(unescape(address[1]))
        assert there.status_code == 200 and words in there.text
    begun = post(
        client,
        "/projets/nouveau/hautes-pyrenees-2015",
        {"kind": "annexe", "title": "", "service": "inventaire", "activity": "mco"},
    )
    assert begun.status_code == 422 and 'name="activity" value="mco"' in begun.text, "a refusal keeps the cell"
    given = {"kind": "annexe", "title": "Inventaire", "effect_on": f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}"}
    begun = post(client, "/projets/nouveau/hautes-pyrenees-2015", given | {"service": "inventaire", "activity": "mco"})
    assert begun.status_code == 303 and begun.location.endswith("/cases/inventaire/mco")
    assert client.get(begun.location).status_code == 200
    again = client.get(unescape(address[1])).text
    assert f'href="{begun.location}"' in again, "an open draft takes the cell as well"
    odd = post(client, "/projets/nouveau/hautes-pyrenees-2015", given | {"service": "x", "activity": "mco"})
    assert re.fullmatch(r"/projets/[0-9]+", odd.location), "a cell that nobody knows is no cell"
    for sigle, amends in (("a.lecture", False), ("d1.ref", True)):
        other = page(client_as(sigle), **asked)
        assert "Ouvrir la case" not in other and "/administration/accords/" not in other
        assert ("/projets/nouveau/hautes-pyrenees-2015" in other) is amends, "whose party signs may propose"


def test_a_filter_of_each_kind_narrows(client_as: Callable[[str], Any], figures: None) -> None:
    client = client_as("a.admin")
    for given, expected in (
        ({"partie": A}, "1"),
        ({"etablissement": "desaix-tarbes"}, "2"),
        ({"service": "inventaire"}, "3"),
        ({"activite": "conseil"}, "1"),
        ({"statut": "routed"}, "4"),
        ({"priorite": "0"}, "4"),
        ({"etablissement": "desaix-tarbes", "service": "antivirus", "partie": A}, "1"),
    ):
        assert total(client, par="mois", **given) == expected, given
        assert total(client, par="partie", **given) == expected, given
    assert set(DIMENSIONS) >= {"partie", "etablissement"}


@pytest.mark.parametrize("address", ["/chiffres", "/chiffres/question"])
def test_what_is_remembered_of_figures_holds_the_prefix_of_no_other_request(
    figures: None, client_as: Any, address: str
) -> None:
    client = client_as("d1.ref")
    for prefix in ("/ailleurs", "", "/ailleurs"):
        shown = client.get(address, query_string=ALL, environ_overrides={"SCRIPT_NAME": prefix})
        led = set(re.findall(r'class="figure-file" href="(.*?/chiffres|/chiffres)/', str(shown.get_data(as_text=True))))
        assert led == {f"{prefix}/chiffres"}


def test_what_waits_is_that_of_the_last_sunday_even_where_nothing_waits_any_more(app: Any, client_as: Any) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        open_ticket(now - timedelta(days=40)).add("resolved", now - timedelta(days=20), D1)
        open_ticket(now - timedelta(days=19), "les-trois-sources-vallombreuse", holder=D2)
        nightly.write_nightly(now)
    asked = {"mesure": "en-attente", "par": "partie"}
    assert [line[1] for line in lines(client_as("a.admin"), **asked)] == ["1", "1"]
    assert [line[1] for line in lines(client_as("d1.ref"), **asked)] == ["0"]


def test_bars_squares_and_ribbons_are_links_that_open_and_a_picture_with_links_is_no_image(
    client_as: Callable[[str], Any], figures: None
) -> None:
    client = client_as("a.admin")
    for asked in (
        {"mesure": "passages", "par": "partie"},
        {"mesure": "ouverts", "par": "mois"},
        {"mesure": "ouverts", "par": "jour"},
        {"mesure": "en-attente", "par": "age"},
    ):
        for drawing in re.findall(r"<svg class=\"chart.*?</svg>", page(client, **asked), re.DOTALL):
            led = [unescape(one) for one in re.findall(r'<a href="([^"]+)"[^>]*>', drawing)]
            assert ('role="group"' in drawing) is bool(led)
            for address in set(led):
                assert client.get(address).status_code == 200, address
            assert led or "chart-area" in drawing, asked


def test_what_waited_on_a_past_sunday_is_counted_on_that_sunday(client_as: Callable[[str], Any], figures: None) -> None:
    client = client_as("a.admin")
    weeks = {line[0]: line[1] for line in lines(client, mesure="en-attente", par="semaine")}
    assert len(set(weeks.values())) > 1
    for week, counted in weeks.items():
        day = f"{week[6:]}-{week[3:5]}-{week[:2]}"
        assert total(client, mesure="en-attente", par="partie", jour=day) == counted, week
