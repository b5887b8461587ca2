"""Test searches and exports with a reason, outside the reader's assignment, and who is told of them (PER-09)."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.access import JournalLine
from ticketing.model import Draft, Facts
from ticketing.oversight import consultation, searching
from ticketing.oversight.tables import Consultation, ConsultationGrant
from ticketing.tables import Ticket
from ticketing.tickets import desk

FIELD, OURS = "canari-dehors-3c1a", "canari-dedans-8e2f"
ASK, SEARCH, EXPORT = (f"/administration/consultation/{name}" for name in ("tous", "recherche", "export"))


@pytest.fixture
def tickets(app: Any, actor_as: Any) -> tuple[int, int]:
    """Return the numbers of a ticket of Victor Hugo, held by the département, and of Desaix, held by the académie."""
    now = datetime.now(UTC)
    with app.app_context():
        return (
            desk.open_ticket(
                actor_as("c12.cmi"),
                Draft(
                    title=f"=Poste {FIELD}",
                    body="Écran noir.",
                    etablissement="victor-hugo-tarbes",
                    service="equipement-bureautique",
                    activity="mco",
                    facts=Facts(user_category="professeurs", acquired_by="departement"),
                ),
                [],
                now,
            ),
            desk.open_ticket(
                actor_as("c11.cmi"),
                Draft(
                    title=f"Poste {OURS}",
                    body="Compte bloqué.",
                    etablissement="desaix-tarbes",
                    service="gestion-financiere",
                    activity="mco",
                    facts=Facts(),
                ),
                [],
                now,
            ),
        )


def lines(app: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the readings in the journal: (subject, details)."""
    with app.app_context():
        return [
            (line.subject, json.loads(line.details))
            for line in db.session.scalars(
                select(JournalLine).where(JournalLine.event == "ticket.read_with_reason").order_by(JournalLine.number)
            )
        ]


def rows(app: Any) -> list[tuple[int, str, str]]:
    with app.app_context():
        return [
            tuple(row)
            for row in db.session.execute(
                select(Consultation.ticket_number, Consultation.way, Consultation.reason).order_by(Consultation.id)
            )
        ]


def test_the_right_to_search_reads_no_ticket_not_even_the_one_that_its_own_number_names(
    app: Any, client_as: Any, tickets: tuple[int, int]
) -> None:
    """« 0 » stands for the whole académie in the table of rights: no address reads it as the number of a ticket."""
    admin = client_as("a.admin")
    assert post(admin, ASK, {"reason": "recherche", "words": ""}).status_code == 303
    for address in ("/tickets/0", "/tickets/0/acces", f"/tickets/0/fichiers/{'0' * 8}-0000-0000-0000-{'0' * 12}"):
        assert admin.get(address).status_code == 404
    assert admin.get(f"/tickets/{tickets[0]}").status_code == 404
    assert lines(app) == [] and rows(app) == []


def test_per_09_with_each_reason_the_administrator_opens_searches_and_exports_each_read_with_its_line(
    app: Any, client_as: Any, tickets: tuple[int, int]
) -> None:
    """PER-09. The weekly report by mail is in tests/integration (`reading_reports`); d1.ref gets 404 everywhere."""
    outer, _ = tickets
    admin = client_as("a.admin")
    assert admin.get(f"/tickets/{outer}").status_code == 404
    assert FIELD not in admin.get(SEARCH).get_data(as_text=True)
    assert lines(app) == [], "nothing is read without a reason"
    for reason, label in consultation.REASONS.items():
        before = len(lines(app))
        asked = {"number": f"n°\u00a0{outer}", "reason": reason, "words": f"Pour {reason}"}  # as pages write it
        assert post(admin, "/administration/consultation", asked).status_code == 303
        assert FIELD in admin.get(f"/tickets/{outer}").get_data(as_text=True)
        assert post(admin, ASK, {"reason": reason, "words": f"Pour {reason}"}).status_code == 303
        found = admin.get(SEARCH, query_string={"q": "poste"}).get_data(as_text=True)
        assert FIELD in found and OURS in found
        file = post(admin, EXPORT, {"q": "poste"}).get_data(as_text=True)
        cells = list(csv.reader(io.StringIO(file.removeprefix("\ufeff")), delimiter=";"))
        assert sorted(row[1] for row in cells[1:]) == [f"'=Poste {FIELD}", f"Poste {OURS}"]
        new = lines(app)[before:]
        assert [details["lu"] for _, details in new] == ["la page du ticket", "recherche", "export"]
        assert {details["motif"] for _, details in new} == {label}
        assert {details["precision"] for _, details in new} == {f"Pour {reason}"}
        assert rows(app)[-3:] == [(outer, way, reason) for way in ("page", "recherche", "export")]
    assert {number for number, _, _ in rows(app)} == {outer}, "what the académie holds is no reading outside"
    referent = client_as("d1.ref")
    for address in ("/administration/consultation", SEARCH):
        assert referent.get(address).status_code == 404
    for address in ("/administration/consultation", ASK, EXPORT):
        assert post(referent, address, {"number": str(outer), "reason": "recherche", "words": ""}).status_code == 404
    assert len(lines(app)) == 12


def test_the_words_sought_stay_out_of_the_journal(app: Any, client_as: Any, tickets: tuple[int, int]) -> None:
    admin = client_as("a.admin")
    post(admin, ASK, {"reason": "reglage", "words": ""})
    admin.get(SEARCH, query_string={"q": "Jeanne Dupont", "etat": "new"})
    assert lines(app)[-1][1] == {
        "lu": "recherche",
        "motif": "Réglage",
        "precision": "",
        "etablissement": "",
        "etat": "new",
        "mots": True,
    }


def test_the_right_to_search_ends_and_no_other_academie_is_searched(
    app: Any, client_as: Any, tickets: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = client_as("a.admin")
    refused = post(admin, ASK, {"reason": "curiosite", "words": "gardé"})
    assert refused.status_code == 422 and "Choisissez l’un des quatre motifs" in refused.get_data(as_text=True)
    assert 'value="gardé"' in refused.get_data(as_text=True)
    post(admin, ASK, {"reason": "recherche", "words": ""})
    monkeypatch.setattr(searching, "SIZE", 1)
    first = admin.get(SEARCH).get_data(as_text=True)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following and OURS in first and FIELD not in first
    second = admin.get(following[1].replace("&amp;", "&")).get_data(as_text=True)
    assert FIELD in second and 'rel="next"' not in second
    with app.app_context(), writing() as session:
        session.execute(update(Ticket).where(Ticket.number == tickets[0]).values(academie="academie-rennes"))
    assert FIELD not in admin.get(SEARCH, query_string={"q": "dehors"}).get_data(as_text=True)
    assert FIELD not in post(admin, EXPORT, {}).get_data(as_text=True)
    with app.app_context(), writing() as session:
        session.execute(update(ConsultationGrant).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    count = len(lines(app))
    assert OURS not in admin.get(SEARCH).get_data(as_text=True)
    assert post(admin, EXPORT, {}).status_code == 303
    assert len(lines(app)) == count


def test_who_read_is_told_on_the_ticket_and_by_week_to_those_who_answer_for_it(
    app: Any, client_as: Any, tickets: tuple[int, int]
) -> None:
    outer, _ = tickets
    admin = client_as("a.admin")
    post(admin, "/administration/consultation", {"number": str(outer), "reason": "reglage", "words": "Essai <b>"})
    admin.get(f"/tickets/{outer}")
    referent = client_as("d1.ref")
    assert "Qui a consulté ce dossier" in referent.get(f"/tickets/{outer}").get_data(as_text=True)
    for page in (f"/tickets/{outer}/acces", "/consultations"):
        html = referent.get(page).get_data(as_text=True)
        assert "(a.admin)" in html and "Réglage : Essai &lt;b&gt;" in html, page
    assert f"/administration/consultation?ticket={outer}" in admin.get("/consultations").get_data(as_text=True)
    for sigle in ("c12.cmi", "d1.agent"):
        html = client_as(sigle).get(f"/tickets/{outer}/acces").get_data(as_text=True)
        assert "(a.admin)" not in html and "Qui a consulté" not in html
        assert client_as(sigle).get("/consultations").status_code == 404
    other = client_as("c11.chef").get("/consultations").get_data(as_text=True)
    assert "Aucune lecture" in other and "(a.admin)" not in other


def test_weeks_go_back_a_year_and_no_further(app: Any, client_as: Any, tickets: tuple[int, int]) -> None:
    outer, _ = tickets
    now = datetime.now(UTC)
    admin, chef = client_as("a.admin"), client_as("d1.ref")
    post(admin, "/administration/consultation", {"number": str(outer), "reason": "reglage", "words": ""})
    admin.get(f"/tickets/{outer}")
    with app.app_context(), writing() as session:
        session.execute(update(Consultation).values(at=now - timedelta(days=14)))
    assert "Aucune lecture" in chef.get("/consultations").get_data(as_text=True)
    day = (now - timedelta(days=14)).date()
    assert "(a.admin)" in chef.get(f"/consultations?semaine={day}").get_data(as_text=True)
    for bad in ("hier", "2019-01-01", str(now.date() + timedelta(days=9))):
        assert chef.get("/consultations", query_string={"semaine": bad}).status_code == 404
    address: str | None = "/consultations"
    count = 0
    while address:
        found = re.search(r'rel="prev" href="([^"]+)"', chef.get(address).get_data(as_text=True))
        address, count = (found[1], count + 1) if found else (None, count)
    assert 51 <= count <= 53
