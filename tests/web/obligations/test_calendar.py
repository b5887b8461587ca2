"""Test the page of obligations: who sees it, what a side states of its own, what others see, errors kept in place."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import JournalLine
from ticketing.obligations import stating
from ticketing.obligations.tables import ObligationStatement

HP = "hautes-pyrenees-2015"
LIST = f"/obligations/{HP}/liste-correspondants/2026"
COMMITTEE = f"/obligations/{HP}/comite-evaluation/2026"
WORDS = "Courrier du 12 octobre, référence 118"


@pytest.fixture(autouse=True)
def november() -> Any:
    with time_machine.travel(datetime(2026, 11, 30, 11, 0, tzinfo=UTC), tick=True):
        yield


def text(response: Any) -> str:
    return html.unescape(response.get_data(as_text=True))


def test_the_page_says_the_day_the_owner_the_state_and_the_words_of_the_clause(client_as: Callable[[str], Any]) -> None:
    page = text(client_as("d1.ref").get("/obligations"))
    assert "Au mois d’octobre : au plus tard le 31 octobre 2026." in page
    assert "annuellement (en octobre) la liste des correspondants maintenance informatique" in page
    assert "Jour passé, rien de déclaré" in page and "Doit : Académie de Toulouse." in page
    assert "sans jour fixé par le texte" in page
    assert "6 mois avant la fin de la plate-forme d’assistance, dont aucun jour n’est enregistré." in page


@pytest.mark.parametrize("sigle", ["d1.agent", "a.tech", "a.lecture", "c11.cmi", "c11.reseau"])
def test_whoever_signs_nothing_has_no_page(client_as: Callable[[str], Any], sigle: str) -> None:
    client = client_as(sigle)
    assert client.get("/obligations").status_code in (403, 404)
    assert post(client, LIST, {"kind": "done", "on": "2026-10-12", "words": WORDS}).status_code in (403, 404)


def test_a_chef_whose_college_does_not_sign_has_no_page(client_as: Callable[[str], Any]) -> None:
    client = client_as("c11.chef")
    assert client.get("/obligations").status_code == 404
    assert "/obligations" not in text(client.get("/"))
    assert post(client, LIST, {"kind": "done", "on": "2026-10-12", "words": WORDS}).status_code == 404


def test_the_owner_states_it_done_and_the_other_party_reads_it(app: Any, client_as: Callable[[str], Any]) -> None:
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    made = post(admin, LIST, {"kind": "done", "on": "2026-10-12", "words": WORDS})
    assert (made.status_code, made.headers["Location"]) == (303, "/obligations#liste-correspondants-2026")
    own, other = text(admin.get("/obligations")), text(referent.get("/obligations"))
    assert WORDS in own and WORDS in other and "Déclarée faite" in other
    assert "Hélène Vidalon" in own  # the author, for the author's own side alone
    assert "Vidalon" not in other.split("<main", 1)[1]
    with app.app_context():
        lines = db.session.scalars(select(JournalLine).where(JournalLine.event == "obligation.stated")).all()
        assert len(lines) == 1 and WORDS not in str(lines[0].details)


def test_nobody_states_what_another_party_owes(app: Any, client_as: Callable[[str], Any]) -> None:
    referent = client_as("d1.ref")
    answer = post(referent, LIST, {"kind": "done", "on": "2026-10-12", "words": WORDS})
    assert answer.status_code == 303
    assert "Seule la partie qui doit cette obligation la déclare." in text(referent.get("/obligations"))
    with app.app_context():
        assert db.session.scalars(select(ObligationStatement)).all() == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"on": "2026-12-01", "words": WORDS}, "Ce jour n’est pas encore venu"),
        ({"on": "le 12", "words": WORDS}, "Donnez le jour, par exemple 2026-10-12."),
        ({"on": "2026-10-12", "words": "  "}, "Dites ce qui le montre"),
        ({"on": "2026-10-12", "words": "x" * 1001}, "Abrégez : 1000 caractères au plus."),
    ],
)
def test_a_fault_is_said_in_place_and_what_was_typed_is_kept(
    client_as: Callable[[str], Any], typed: dict[str, str], sentence: str
) -> None:
    answer = post(client_as("a.admin"), LIST, {"kind": "done", **typed})
    page = text(answer)
    assert answer.status_code == 422 and sentence in page and "Erreur : Obligations" in page
    assert f'value="{typed["words"].strip()}"' in page or not typed["words"].strip()


def test_every_field_has_its_own_id_and_the_fault_leads_to_the_one_that_has_it(client_as: Callable[[str], Any]) -> None:
    client = client_as("d1.ref")
    for answer in (client.get("/obligations"), post(client, COMMITTEE, {"kind": "done", "on": "2026-11-20"})):
        ids, labels = (re.findall(pattern, answer.text) for pattern in (r' id="(f-[^"]+)"', r' for="(f-[^"]+)"'))
        assert len(labels) > 2 and len(ids) == len(set(ids)) and set(labels) <= set(ids)
    assert 'href="#f-words"' in answer.text and "f-words" in ids


def test_a_meeting_gets_its_day_and_either_party_may_say_it_held(client_as: Callable[[str], Any]) -> None:
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    assert post(referent, COMMITTEE, {"kind": "planned", "on": "2027-03-16"}).status_code == 303
    assert "Jour enregistré : " in text(admin.get("/obligations"))
    assert post(admin, COMMITTEE, {"kind": "done", "on": "2026-11-02", "words": WORDS}).status_code == 303
    assert text(referent.get("/obligations")).count("Déclarée faite") == 1


def test_the_day_of_an_event_gives_its_warning_a_day(client_as: Callable[[str], Any]) -> None:
    admin = client_as("a.admin")
    made = post(admin, f"/obligations/{HP}/abandon-plate-forme/evenement", {"kind": "planned", "on": "2027-08-31"})
    assert made.status_code == 303
    assert "au plus tard le 28 février 2027" in text(admin.get("/obligations"))


def test_a_statement_is_withdrawn_by_its_side_alone_and_once(app: Any, client_as: Callable[[str], Any]) -> None:
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    post(admin, LIST, {"kind": "done", "on": "2026-10-12", "words": WORDS})
    with app.app_context():
        number = db.session.scalar(select(ObligationStatement.id))
    assert post(referent, f"/obligations/declarations/{number}/retirer").status_code == 404
    assert post(admin, f"/obligations/declarations/{number}/retirer").status_code == 303
    assert post(admin, f"/obligations/declarations/{number}/retirer").status_code == 404
    assert WORDS not in text(admin.get("/obligations"))
    with app.app_context():
        row = db.session.scalars(select(ObligationStatement)).one()
        assert row.withdrawn_by_name == "Hélène Vidalon" and row.words == WORDS


def test_the_same_statement_sent_twice_stands_once_and_no_side_fills_the_table(
    app: Any, client_as: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = client_as("a.admin")
    for _ in range(2):
        assert post(admin, LIST, {"kind": "done", "on": "2026-10-12", "words": WORDS}).status_code == 303
    with app.app_context():
        assert len(db.session.scalars(select(ObligationStatement)).all()) == 1
    monkeypatch.setattr(stating, "MOST", 3)
    for month in range(1, 9):
        post(admin, COMMITTEE, {"kind": "planned", "on": f"2027-0{month}-16"})
    assert "3 déclarations sont déjà faites ici" in text(admin.get("/obligations"))
    with app.app_context():
        days = db.session.scalars(select(ObligationStatement.on).where(ObligationStatement.kind == "planned")).all()
        assert [day.month for day in days] == [1, 2, 3]


@pytest.mark.parametrize("key", ["0000", "0001", "9999", "²²²²", "٢٠٢٦", "x" * 3000])
@pytest.mark.parametrize("obligation", ["liste-correspondants", "abandon-plate-forme"])
def test_a_year_that_no_calendar_has_is_absent(client_as: Callable[[str], Any], obligation: str, key: str) -> None:
    typed = {"kind": "done", "on": "2026-10-12", "words": WORDS}
    assert post(client_as("a.admin"), f"/obligations/{HP}/{obligation}/{quote(key)}", typed).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        f"/obligations/{HP}/liste-correspondants/2013",
        f"/obligations/{HP}/inconnue/2026",
        "/obligations/bouches-du-rhone-2017/note-accompagnement/2018",
        "/obligations/inconnu/socle/2026",
    ],
)
def test_what_is_not_there_is_absent(client_as: Callable[[str], Any], address: str) -> None:
    typed = {"kind": "done", "on": "2026-10-12", "words": WORDS}
    assert post(client_as("a.admin"), address, typed).status_code == 404


@pytest.mark.parametrize("year", ["2013", "2099", "deux", "20266", "²026"])
def test_a_year_without_agreement_is_absent(client_as: Callable[[str], Any], year: str) -> None:
    assert client_as("a.admin").get(f"/obligations?annee={year}").status_code == 404


def test_an_earlier_year_keeps_its_address(client_as: Callable[[str], Any]) -> None:
    admin = client_as("a.admin")
    typed = {"kind": "done", "on": "2025-10-20", "words": WORDS, "annee": "2025"}
    made = post(admin, f"/obligations/{HP}/liste-correspondants/2025", typed)
    assert made.headers["Location"] == "/obligations?annee=2025#liste-correspondants-2025"
    assert WORDS in text(admin.get("/obligations?annee=2025"))
    assert WORDS not in text(admin.get("/obligations"))


def test_what_the_side_owes_stands_on_its_home_until_it_is_stated(client_as: Callable[[str], Any]) -> None:
    admin, referent = client_as("a.admin"), client_as("d1.ref")
    assert "Liste des correspondants maintenance informatique" in text(admin.get("/"))
    assert "Liste des correspondants maintenance informatique" not in text(referent.get("/"))
    post(admin, LIST, {"kind": "done", "on": "2026-10-12", "words": WORDS})
    home = text(admin.get("/"))
    assert "Liste des correspondants" not in home and "Liste des gestionnaires" in home
