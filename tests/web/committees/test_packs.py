"""Dossiers of committees: asked for by a button, made by a job, read by who may and by nobody else."""

from __future__ import annotations

import html
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.histories import A, lived
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.access import JournalLine
from ticketing import jobs
from ticketing.committees import packs
from ticketing.committees.tables import CommitteePack
from ticketing.figures import nightly
from ticketing.tables import DecisionRow

AGREEMENT = f"hautes-pyrenees-2015@{A}"
NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
ASKED = {"accord": AGREEMENT, "annee": "2025-2026"}


@pytest.fixture
def figures(app: Any, cast: Any) -> None:
    with app.app_context():
        lived()
        with writing() as session:
            session.execute(update(DecisionRow).values(convention="hautes-pyrenees-2015"))
        nightly.write_nightly(NOW)


def made(app: Any) -> int:
    with app.app_context():
        return jobs.run("packs", datetime.now(UTC))


def ask(client: Any, **more: str) -> str:
    answer = post(client, "/chiffres/comites", ASKED | more)
    assert answer.status_code == 303, answer.get_data(as_text=True)[:500]
    return str(answer.location)


def said(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def test_a_dossier_is_asked_for_made_by_the_job_and_read_as_files(figures: None, client_as: Any, app: Any) -> None:
    client = client_as("a.admin")
    address = ask(client, reunion="2026-11-18")
    waits = client.get(address)
    assert waits.headers["Refresh"] == "3" and "Il attend son tour" in said(waits)
    assert client.get(f"{address}/xlsx").status_code == 404
    assert ask(client, reunion="2026-11-18") == address, "what is waited for is not asked for twice"
    assert made(app) == 1
    page = client.get(address)
    assert "Refresh" not in page.headers and "Empreinte des données" in said(page)
    assert address in said(client.get("/chiffres/comites"))
    with zipfile.ZipFile(io.BytesIO(client.get(f"{address}/csv").data)) as archive:
        assert "dictionnaire.csv" in archive.namelist() and len(archive.namelist()) == 16
    for form, start in (("xlsx", b"PK"), ("ods", b"PK")):
        first = client.get(f"{address}/{form}")
        assert first.data.startswith(start) and first.data == client.get(f"{address}/{form}").data
        assert "comite-hautes-pyrenees-2015-2025-2026" in first.headers["Content-Disposition"]
    with app.app_context():
        assert "committee.asked" in db.session.scalars(select(JournalLine.event)).all()


def test_security_a_dossier_is_read_in_its_own_perimeter_alone(figures: None, client_as: Any, app: Any) -> None:
    whole = ask(client_as("a.admin"), entier="1")
    party = ask(client_as("d1.ref"), entier="1")
    made(app)
    for sigle, fine in (("a.admin", whole), ("a.lecture", whole), ("d1.ref", party)):
        client = client_as(sigle)
        for address in (whole, party):
            wanted = 200 if address == fine else 404
            assert client.get(address).status_code == wanted, (sigle, address)
            assert client.get(f"{address}/csv").status_code == wanted, (sigle, address)
    for sigle in ("c11.chef", "c11.cmi", "d1.agent", "a.tech", "d2.agent"):
        client = client_as(sigle)
        for address in (whole, party, f"{whole}/ods", "/chiffres/comites"):
            assert client.get(address).status_code == 404, (sigle, address)
        assert post(client, "/chiffres/comites", ASKED).status_code == 404
    assert post(client_as("a.lecture"), "/chiffres/comites", ASKED).status_code == 404, "a reader of figures only reads"
    with app.app_context():
        rows = {row.side: row for row in db.session.scalars(select(CommitteePack))}
        assert rows[""].everything and not rows["departement-hautes-pyrenees"].everything
        assert "Victor Hugo" not in str(rows["departement-hautes-pyrenees"].content)


def test_no_side_fills_the_scheduler_with_dossiers(figures: None, client_as: Any, app: Any) -> None:
    client = client_as("d1.ref")
    for day in range(1, packs.WAITING + 1):
        ask(client, reunion=f"2026-11-{day:02d}")
    refused = post(client, "/chiffres/comites", ASKED | {"reunion": "2026-11-30"})
    assert refused.status_code == 422 and "déjà en train de se faire" in said(refused)
    ask(client, reunion="2026-11-01")  # that one waits already
    ask(client_as("a.admin"), reunion="2026-11-30")  # another side's turn is its own
    with app.app_context():
        assert len(db.session.scalars(select(CommitteePack.id)).all()) == packs.WAITING + 1
    assert made(app) == packs.WAITING + 1
    ask(client, reunion="2026-11-30")


def test_what_is_wrong_is_said_at_its_place_and_what_was_typed_stays(figures: None, client_as: Any) -> None:
    client = client_as("a.admin")
    answer = post(client, "/chiffres/comites", {"accord": "autre@x", "annee": "2030-2031", "reunion": "bientôt"})
    page = said(answer)
    assert answer.status_code == 422
    for sentence in ("Choisissez un accord.", "Cette année scolaire n’a pas commencé.", "Donnez un jour, par exemple"):
        assert sentence in page
    assert 'value="bientôt"' in page


def test_a_dossier_whose_maker_was_killed_is_made_by_another(figures: None, client_as: Any, app: Any) -> None:
    ask(client_as("a.admin"))
    with app.app_context():
        with writing() as session:
            session.execute(update(CommitteePack).values(state="making", begun_at=datetime.now(UTC)))
        assert packs.make_asked(datetime.now(UTC)) == 0, "somebody makes it"
        assert packs.make_asked(datetime.now(UTC) + timedelta(minutes=11)) == 1
        assert db.session.scalar(select(CommitteePack.state)) == "made"


def test_a_party_that_no_longer_signs_gets_nothing(
    figures: None, client_as: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = ask(client_as("d1.ref"))
    with app.app_context(), writing() as session:
        session.execute(update(CommitteePack).values(side="departement-arbizonne"))
    made(app)
    with app.app_context():
        assert db.session.scalar(select(CommitteePack.state)) == "failed"
    assert client_as("d1.ref").get(address).status_code == 404
