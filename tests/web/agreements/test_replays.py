"""Test the pages and the file of a replay: who may read them, what they say, what they refuse."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from harness.histories import D1, D2, A, open_ticket
from sqlalchemy import event, insert, text, update
from sqlalchemy.engine import Engine

from charters.database import writing
from matrix.changes import CellChange
from ticketing.amending import amendments
from ticketing.figures import nightly
from ticketing.in_force import routing
from ticketing.tables import Ticket, TicketScope

HP = "hautes-pyrenees-2015"
SECRET, BODY = "Titre que nul ne lit ici", "Corps que nul ne lit ici"


@pytest.fixture
def made(app: Any, cast: Any, actor_as: Callable[[str], Any]) -> dict[str, Any]:
    """Open tickets on the antivirus (two held by D1, one by A, one of D2), and begin a draft that gives it to A."""
    now = datetime.now(UTC)
    with app.app_context():
        lives = [
            open_ticket(now - timedelta(days=days), place, holder=holder, service="antivirus")
            for days, place, holder in (
                (40, "desaix-tarbes", D1),
                (30, "victor-hugo-tarbes", D1),
                (20, "desaix-tarbes", A),
            )
        ]
        other = open_ticket(now - timedelta(days=3), "les-trois-sources-vallombreuse", holder=D2, service="antivirus")
        lives[0].add("resolved", now - timedelta(days=35), D1)
        with writing() as session:
            session.execute(update(Ticket).values(title=SECRET, body=BODY))
            session.execute(
                insert(TicketScope),
                [
                    {
                        "key": f"org:{life.holder}",
                        "ticket_id": life.number,
                        "state": 0,
                        "rank": 1,
                        "etablissement": life.etablissement,
                        "service": life.service,
                    }
                    for life in lives
                ],
            )
        nightly.write_nightly(now)
        draft = amendments.start(
            actor_as("a.admin"),
            HP,
            "avenant",
            amendments.DraftHeader("Antivirus à l’académie", date(now.year + 1, 9, 1)),
            now,
            [
                CellChange(service="antivirus", activity="mco", value="EN", ref="VII", quote="=1+1 <b>essai</b>"),
                CellChange(service="inventaire", activity="conseil", value="CL"),
            ],
        )
    return {"draft": draft, "d1": [life.number for life in lives[:2]], "a": lives[2].number, "d2": other.number}


def shown(client: Any, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return html.unescape(str(response.get_data(as_text=True))).replace("\u00a0", " ").replace("\u202f", " ")


def listed(page: str) -> set[int]:
    return {int(number) for number in re.findall(r"n° (\d+)", page)}


def test_the_page_says_who_gains_who_loses_and_why(client_as: Callable[[str], Any], made: dict[str, Any]) -> None:
    page = shown(client_as("a.admin"), f"/projets/{made['draft']}/rejeu")
    assert "comme s’il avait pris effet avant la période" in page and "Rien n’est écrit" in page
    assert "Département des Hautes-Pyrénées → Académie de Toulouse : 3 tickets" in page
    assert "du Département des Hautes-Pyrénées à l’Académie de Toulouse, 3" in page
    assert listed(page) == {*made["d1"], made["a"]}
    assert "Visuel de fEN" in page and "=1+1 <b>essai</b>" in page  # the clause before, and the one after
    assert "aucun ticket dans la période" in page  # the other cell that the draft changes
    assert "cases sur 240 qu’aucun ticket n’a touchées" in page
    assert "C’est une durée de traitement" in page


def test_the_chart_is_whole_without_colour_and_runs_nothing(
    client_as: Callable[[str], Any], made: dict[str, Any]
) -> None:
    page = client_as("a.admin").get(f"/projets/{made['draft']}/rejeu").get_data(as_text=True)
    svg = re.search(r'<svg class="chart flows".*?</svg>', page, re.DOTALL)
    assert svg is not None
    tree = ElementTree.fromstring(svg[0])
    assert [one.tag for one in tree][:2] == ["title", "desc"]
    assert {one.get("class") for one in tree.iter("path")} == {"flow-moves"}
    assert "style" not in {name for one in tree.iter() for name in one.attrib}
    assert "<b>essai</b>" not in page and " style=" not in page


def test_nobody_reads_a_word_of_a_ticket(client_as: Callable[[str], Any], made: dict[str, Any]) -> None:
    for sigle in ("a.admin", "d1.ref"):
        client = client_as(sigle)
        for address in ("rejeu", "rejeu/tickets", "rejeu.csv"):
            page = shown(client, f"/projets/{made['draft']}/{address}")
            assert SECRET not in page and BODY not in page, (sigle, address)


def test_security_a_referent_counts_and_lists_the_tickets_of_the_perimeter_alone(
    client_as: Callable[[str], Any], made: dict[str, Any]
) -> None:
    client = client_as("d1.ref")
    for address in ("rejeu", "rejeu/tickets"):
        assert listed(shown(client, f"/projets/{made['draft']}/{address}")) == set(made["d1"])
    page = shown(client, f"/projets/{made['draft']}/rejeu")
    assert "Département des Hautes-Pyrénées → Académie de Toulouse : 2 tickets" in page
    assert "les tickets de votre périmètre" in page and " 3 tickets" not in page
    for number in made["d1"]:
        assert f'href="/tickets/{number}"' in page


def test_an_administrator_opens_only_what_the_academie_holds(
    client_as: Callable[[str], Any], made: dict[str, Any]
) -> None:
    page = shown(client_as("a.admin"), f"/projets/{made['draft']}/rejeu/tickets")
    assert f'href="/tickets/{made["a"]}"' in page
    assert not any(f'href="/tickets/{number}"' in page for number in made["d1"])


@pytest.mark.parametrize("sigle", ["a.tech", "a.lecture", "d1.agent", "d2.agent", "c11.chef", "c11.cmi", "c11.reseau"])
def test_for_anyone_else_there_is_no_replay(client_as: Callable[[str], Any], made: dict[str, Any], sigle: str) -> None:
    client = client_as(sigle)
    for address in ("rejeu", "rejeu/tickets", "rejeu.csv"):
        assert client.get(f"/projets/{made['draft']}/{address}").status_code == 404


def test_an_agreement_that_is_not_ones_own_is_not_there(
    app: Any, client_as: Callable[[str], Any], made: dict[str, Any]
) -> None:
    """A reader does not see the draft of an agreement signed by neither the reader's académie nor collectivité."""
    with app.app_context(), writing() as session:
        session.execute(text("UPDATE matrix_draft SET convention = 'deux-sevres-2017'"))
    for sigle in ("a.admin", "d1.ref"):
        for address in ("rejeu", "rejeu/tickets", "rejeu.csv"):
            assert client_as(sigle).get(f"/projets/{made['draft']}/{address}").status_code == 404


def test_the_tickets_of_another_academie_are_not_counted(
    app: Any, client_as: Callable[[str], Any], made: dict[str, Any]
) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(Ticket).where(Ticket.number.in_(made["d1"])).values(academie="academie-ailleurs"))
    page = shown(client_as("a.admin"), f"/projets/{made['draft']}/rejeu")
    assert "Académie de Toulouse : 1 ticket" in page and listed(page) == {made["a"]}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("depuis=2026-13-01&jusqua=2026-01-01", "Donnez le premier jour"),
        ("depuis=2026-01-01", "Donnez le dernier jour"),
        ("depuis=2026-02-01&jusqua=2026-01-01", "finit avant de commencer"),
        ("depuis=2001-01-01&jusqua=2026-01-01", "dépasse dix ans"),
        ("depuis=2190-01-01&jusqua=2190-02-01", "après aujourd’hui"),
        ("depuis=%3Cscript%3E&jusqua=x", "Donnez le premier jour"),
    ],
)
def test_bad_days_are_told_at_their_field_and_kept(
    client_as: Callable[[str], Any], made: dict[str, Any], query: str, words: str
) -> None:
    client, address = client_as("a.admin"), f"/projets/{made['draft']}/rejeu"
    page = shown(client, f"{address}?{query}", 422)
    assert words in page and 'aria-invalid="true"' in page
    raw = client.get(f"{address}?{query}").get_data(as_text=True)
    assert "<script>" not in raw.split("<main", 1)[1]
    for file in (".csv", "/tickets"):
        assert client.get(f"{address}{file}?{query}").status_code == 404


def test_a_period_without_tickets_says_so(client_as: Callable[[str], Any], made: dict[str, Any]) -> None:
    page = shown(client_as("a.admin"), f"/projets/{made['draft']}/rejeu?depuis=2016-01-01&jusqua=2016-02-01")
    assert "Aucun ticket dans cette période" in page and '<svg class="chart flows"' not in page


def test_the_file_opens_in_a_spreadsheet_and_computes_nothing(
    client_as: Callable[[str], Any], made: dict[str, Any]
) -> None:
    response = client_as("d1.ref").get(f"/projets/{made['draft']}/rejeu.csv")
    assert response.headers["Content-Type"].startswith("text/csv")
    assert response.headers["Content-Disposition"].startswith("attachment")
    told = response.get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(told.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert {row["Établissement"]: row["Tickets"] for row in rows} == {"desaix-tarbes": "1", "victor-hugo-tarbes": "1"}
    assert all(row["Partie après"] == "Académie de Toulouse" and "=1+1" in row["Clauses après"] for row in rows)
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_the_list_turns_its_pages(
    app: Any, client_as: Callable[[str], Any], made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ticketing.replays import run

    page = run.page
    monkeypatch.setattr(run, "page", lambda *args, **more: page(*args, **{**more, "size": 2}))
    client = client_as("a.admin")
    first = shown(client, f"/projets/{made['draft']}/rejeu/tickets")
    older = re.search(r'href="(/projets/[^"]*avant=[^"]*)"', first)
    assert older is not None
    second = shown(client, older[1])
    assert listed(first) | listed(second) == {*made["d1"], made["a"]} and not listed(first) & listed(second)
    shown(client, f"/projets/{made['draft']}/rejeu/tickets?avant=x")
    shown(client, f"/projets/{made['draft']}/rejeu/tickets?avant={'9' * 12}")


def test_a_replay_asks_as_few_questions_of_many_tickets(
    app: Any, client_as: Callable[[str], Any], made: dict[str, Any]
) -> None:
    client, address = client_as("a.admin"), f"/projets/{made['draft']}/rejeu"
    client.get(address)
    few = asked_by(client, address)
    with app.app_context():
        for rank in range(30):
            open_ticket(datetime.now(UTC) - timedelta(days=rank + 2), service="antivirus")
    assert asked_by(client, address) == few < 20


def asked_by(client: Any, address: str) -> int:
    """Return how many SQL statements a page sends, on the replay's own connections too.

    The router checks every two seconds whether the agreements changed; here it checks each time, so that the count does
    not depend on the speed of the machine.
    """
    routing.forget()
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert any("group_concat" in statement for statement in seen)
    return len(seen)
