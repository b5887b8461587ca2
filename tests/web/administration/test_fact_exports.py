"""The export of facts: who may, what is written down, and that no name, number or small group is in it."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from click.testing import CliRunner
from harness.histories import D1, D2, A, open_ticket
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.access import JournalLine
from ticketing.figures import nightly
from ticketing.figures.export import writing as exporting
from ticketing.tables import Ticket

GIVEN = {"periode": "tout", "format": "csv", "sortie": "dehors", "raison": "Étude du rectorat"}


@pytest.fixture
def figures(app: Any, cast: Any) -> None:
    """Open six tickets of Desaix by six people, two of Victor Hugo by one, one of the neighbour's collège."""
    now = datetime.now(UTC)
    with app.app_context():
        numbers = []
        for rank in range(6):
            life = open_ticket(now - timedelta(days=40), holder=D1 if rank else A, service="antivirus")
            life.add("resolved", now - timedelta(days=39), life.holder)
            numbers.append(life.number)
        for _ in range(2):
            open_ticket(now - timedelta(days=40), "victor-hugo-tarbes", service="inventaire")
        open_ticket(now - timedelta(days=19), "les-trois-sources-vallombreuse", holder=D2)
        with writing() as session:
            for number, sigle in zip(
                numbers, ("d1.ref", "d1.agent", "c11.cmi", "c11.chef", "c12.cmi", "a.tech"), strict=True
            ):
                session.execute(update(Ticket).where(Ticket.number == number).values(opened_by=cast[sigle].account_id))
        nightly.write_nightly(now)


def archive(response: Any) -> tuple[dict[str, str], list[dict[str, str]]]:
    assert response.status_code == 200 and response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.get_data())) as found:
        files = {name: found.read(name).decode("utf-8-sig") for name in found.namelist()}
    return files, list(csv.DictReader(io.StringIO(files["faits.csv"], newline=""), delimiter=";"))


def test_what_leaves_names_no_place_and_tells_nothing_of_fewer_than_five(figures: None, client_as: Any) -> None:
    client = client_as("a.admin")
    files, lines = archive(post(client, "/chiffres/faits", GIVEN))
    assert set(files) == {"faits.csv", "dictionnaire.csv", "lisez-moi.txt"}
    assert "desaix" not in files["faits.csv"] and "victor" not in files["faits.csv"]
    opened = [line for line in lines if int(line["ouverts"])]
    # D1 got five tickets of Desaix by five people: told. A's one, Victor Hugo's and the neighbour's are by two people.
    assert [(line["ouverts"], line["service"], line["partie"]) for line in opened] == [("5", "antivirus", D1)]
    assert re.fullmatch(r"E-[0-9a-f]{12}", opened[0]["etablissement"])
    assert {line["jour"] for line in lines} == {""}
    _, again = archive(post(client, "/chiffres/faits", GIVEN))
    assert again[0]["etablissement"] != opened[0]["etablissement"], "each export has its own names"
    words = files["dictionnaire.csv"]
    assert all(name in words for name in lines[0])


def test_security_the_order_of_what_leaves_does_not_tell_which_place_is_which(
    figures: None, client_as: Any, app: Any, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has the list of établissements in its order would else count the pseudonyms."""
    now = datetime.now(UTC)
    with app.app_context():
        for sigle in ("d1.ref", "d1.agent", "c11.cmi", "c11.chef", "c12.cmi"):
            number = open_ticket(now - timedelta(days=40), "victor-hugo-tarbes", service="antivirus").number
            with writing() as session:
                own = update(Ticket).where(Ticket.number == number).values(opened_by=cast[sigle].account_id)
                session.execute(own)
        nightly.write_nightly(now, everything=True)
    for first, last in (("desaix-tarbes", "victor-hugo-tarbes"), ("victor-hugo-tarbes", "desaix-tarbes")):
        drawn = {first: "E-1", last: "E-2"}
        monkeypatch.setattr(exporting.reading, "pseudonym", lambda _, place, drawn=drawn: drawn.get(place, "E-3"))
        _, lines = archive(post(client_as("a.admin"), "/chiffres/faits", GIVEN))
        opened = [line["etablissement"] for line in lines if int(line["ouverts"]) and line["etablissement"] != "tu"]
        assert opened == ["E-1", "E-2"], first


def test_what_stays_has_every_fact_by_day_and_no_number_of_a_ticket(figures: None, client_as: Any, app: Any) -> None:
    files, lines = archive(post(client_as("a.admin"), "/chiffres/faits", GIVEN | {"sortie": "dedans"}))
    assert sum(int(line["ouverts"]) for line in lines) == 9 and sum(int(line["resolus"]) for line in lines) == 6
    assert {line["etablissement"] for line in lines} >= {"desaix-tarbes", "victor-hugo-tarbes"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", line["jour"]) for line in lines)
    assert not {"ticket", "numero", "ticket_id"} & set(lines[0]) and "reste dans le périmètre" in files["lisez-moi.txt"]
    with app.app_context():
        (line,) = db.session.scalars(select(JournalLine).where(JournalLine.event == "facts.exported"))
        said = json.loads(line.details)
        assert said["motif"] == "Étude du rectorat" and said["kind"] == "reste dans le périmètre"
        assert line.sigle == "a.admin"


@pytest.mark.parametrize("sigle", ["a.lecture", "a.tech", "d1.ref", "c11.chef", "c11.cmi"])
def test_nobody_but_an_administrator_exports(figures: None, client_as: Any, app: Any, sigle: str) -> None:
    client = client_as(sigle)
    assert client.get("/chiffres/faits").status_code == post(client, "/chiffres/faits", GIVEN).status_code == 404
    if sigle in ("a.lecture", "d1.ref", "c11.chef"):
        assert "/chiffres/faits" not in client.get("/chiffres/question").get_data(as_text=True)
    with app.app_context():
        assert "facts.exported" not in db.session.scalars(select(JournalLine.event)).all()


def test_a_refusal_says_what_lacks_keeps_what_was_typed_and_writes_nothing(
    figures: None, client_as: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_as("a.admin")
    assert 'href="/chiffres/faits"' in client.get("/chiffres/question").get_data(as_text=True)
    monkeypatch.setattr(exporting, "has_parquet", lambda: False)
    assert "pyarrow, qui n’est pas installée" in unescape(client.get("/chiffres/faits").get_data(as_text=True))
    for given, said in (
        ({"raison": "  "}, "Dites pourquoi"),
        ({"format": "parquet"}, "pyarrow, qui n’est pas installée"),
        ({"format": "exe"}, "Choisissez CSV ou Parquet"),
        ({"periode": "hier"}, "Choisissez une période"),
    ):
        refused = post(client, "/chiffres/faits", GIVEN | given)
        page = unescape(refused.get_data(as_text=True))
        assert refused.status_code == 422 and said in page, given
        assert "raison" in given or 'value="Étude du rectorat"' in page
    with app.app_context():
        assert "facts.exported" not in db.session.scalars(select(JournalLine.event)).all()


def test_a_cell_that_would_be_a_formula_is_text() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as found:
        assert exporting._csv(found, iter([{"month": "2026-10", "service": "=1+1", "opened": 3}])) == 1
    with zipfile.ZipFile(kept) as found:
        assert ";'=1+1;" in found.read("faits.csv").decode()


def test_the_command_writes_the_archive_once_and_says_why_not(
    figures: None, app: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager

    from ticketing.commands import cli, operation

    @contextmanager
    def here(**_: Any) -> Any:
        with app.app_context():
            yield app, None

    monkeypatch.setattr(operation, "application", here)
    target = tmp_path / "faits.zip"
    asked = ["facts", "export", "academie-toulouse", "--to", str(target), "--reason"]
    refused = CliRunner().invoke(cli.main, [*asked, " "])
    assert refused.exit_code == 2 and "Dites pourquoi" in refused.output and not target.exists()
    done = CliRunner().invoke(cli.main, [*asked, "Étude", "--inside"])
    assert done.exit_code == 0 and str(target) in done.output
    with zipfile.ZipFile(target) as found:
        lines = found.read("faits.csv").decode("utf-8-sig").splitlines()
    assert f"{len(lines) - 1} lignes" in done.output and len(lines) > 9
    again = CliRunner().invoke(cli.main, [*asked, "Étude"])
    assert again.exit_code == 2 and "existe déjà" in again.output
    with app.app_context():
        events = db.session.scalars(select(JournalLine.event)).all()
    assert events.count("facts.exported") == 1
