"""Questions to the figures kept under a name: kept, shared, answered in the reader's own perimeter, forgotten."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.histories import D1, D2, open_ticket
from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import JournalLine
from ticketing.figures import nightly, periods
from ticketing.workbench import forgetting
from ticketing.workbench.tables import SavedView

ALL = "mesure=ouverts&par=partie&periode=tout"


@pytest.fixture
def figures(app: Any, cast: Any) -> None:
    """Open two tickets that the first Département holds, and one that the second holds."""
    now = datetime.now(UTC)
    with app.app_context():
        open_ticket(now - timedelta(days=75), holder=D1)
        open_ticket(now - timedelta(days=35), holder=D1)
        open_ticket(now - timedelta(days=19), "les-trois-sources-vallombreuse", holder=D2)
        nightly.write_nightly(now)


def keep(client: Any, name: str, address: str = ALL, **more: str) -> Any:
    return post(client, "/chiffres/questions", {"nom": name, "adresse": address, **more})


def said(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def total(client: Any, address: str) -> str:
    found = re.search(r'figures-total"><strong>([^<]*)', said(client.get(address)))
    return found[1] if found else ""


def test_a_question_is_kept_has_an_address_and_is_removed(figures: None, client_as: Any) -> None:
    client = client_as("d1.ref")
    answer = keep(client, "  Qui en a  ", ALL + "&partie=" + D1 + "&autre=1&dit=x")
    assert answer.status_code == 303
    page = said(client.get(answer.location))
    assert '<h2 class="figures-kept-title">Qui en a</h2>' in page and "Tickets ouverts par partie" in page
    assert total(client, answer.location) == "2"
    (row,) = db_rows(client)
    assert row == ("Qui en a", f"mesure=ouverts&par=partie&periode=tout&partie={D1}", "chiffres", False)
    assert f'href="{answer.location}"' in said(client.get("/chiffres/questions"))
    assert f'href="{answer.location}"' in said(client.get("/chiffres/question")), "one tap away from any question"

    again = keep(client, "Qui en a", "mesure=resolus")
    assert again.location == answer.location, "the same name keeps its address"
    assert "Qui en a" not in said(client.get("/tickets")), "a question is no list"
    assert keep(client, "Rien", "mesure=rien").status_code == 404

    number = answer.location.rsplit("/", 1)[1]
    assert post(client, "/tickets/vues/retirer", {"vue": number}).status_code == 404, "nor is it removed as one"
    assert post(client, "/chiffres/questions/retirer", {"question": number}).status_code == 303
    assert client.get(answer.location).status_code == 404 and not db_rows(client)


def db_rows(client: Any) -> list[tuple[str, str, str, bool]]:
    with client.application.app_context():
        rows = db.session.scalars(select(SavedView))
        return [(row.title, row.filters, row.page, row.shared) for row in rows]


def test_security_a_shared_question_is_answered_to_each_in_the_own_perimeter(
    figures: None, client_as: Any, app: Any
) -> None:
    shared = keep(client_as("a.admin"), "Zkpartage", partager="1").location
    assert total(client_as("a.admin"), shared) == total(client_as("a.lecture"), shared) == "3"
    own = keep(client_as("d1.ref"), "Zkd1", partager="1").location
    private = keep(client_as("a.lecture"), "Zkprive").location
    assert total(client_as("d1.ref"), own) == "2"
    for sigle, address in (
        ("d1.ref", shared),
        ("c11.chef", shared),
        ("a.admin", own),
        ("c11.chef", own),
        ("a.admin", private),
        ("d1.agent", own),
        ("a.tech", shared),
    ):
        client = client_as(sigle)
        assert client.get(address).status_code == 404, (sigle, address)
        listed = client.get("/chiffres/questions").get_data(as_text=True)
        assert all(word not in listed for word in ("Zkd1", "Zkpartage", "Zkprive") if (sigle, word) not in MAY_READ)
        number = address.rsplit("/", 1)[1]
        assert post(client, "/chiffres/questions/retirer", {"question": number}).status_code == 404
    with app.app_context():
        assert "question.shared" in db.session.scalars(select(JournalLine.event))
    number = shared.rsplit("/", 1)[1]
    assert post(client_as("a.lecture"), "/chiffres/questions/retirer", {"question": number}).status_code == 403
    assert keep(client_as("a.lecture"), "Pour tous", partager="1").status_code == 403
    assert post(client_as("a.admin"), "/chiffres/questions/retirer", {"question": number}).status_code == 303
    with app.app_context():
        assert "question.unshared" in db.session.scalars(select(JournalLine.event))


MAY_READ = {("a.admin", "Zkpartage"), ("d1.ref", "Zkd1"), ("a.lecture", "Zkprive"), ("a.lecture", "Zkpartage")}


def test_a_question_follows_the_school_year_or_stays_where_it_was(figures: None, client_as: Any) -> None:
    client, year = client_as("a.admin"), periods.year_of(periods.month_of(datetime.now(UTC)))
    asked = f"mesure=ouverts&par=mois&periode={year}"
    keep(client, "Suit", asked, suivre="1")
    keep(client, "Reste", asked)
    keep(client, "Ancienne", "mesure=ouverts&par=mois&periode=annee-2020", suivre="1")
    assert [filters for _, filters, _, _ in db_rows(client)] == [
        "mesure=ouverts&par=mois",
        asked,
        "mesure=ouverts&par=mois&periode=annee-2020",
    ]


def test_what_cannot_be_kept_is_said_beside_its_field_and_nothing_typed_is_lost(figures: None, client_as: Any) -> None:
    client = client_as("a.admin")
    refused = keep(client, "  ", ALL, partager="1")
    page = said(refused)
    assert refused.status_code == 422 and "Donnez un nom à cette question" in page
    assert 'value="mesure=ouverts&par=partie&periode=tout"' in page and re.search(r'name="partager"[^>]*checked', page)
    assert "un numéro INE" in said(keep(client, "L’élève 1234567890A"))
    for rank in range(20):
        keep(client, f"Question {rank}")
    assert "20 questions sont déjà gardées" in said(keep(client, "Une de trop"))
    assert keep(client, "Partagée", partager="1").status_code == 303, "what is shared is counted apart"


def test_the_questions_of_a_person_go_with_the_person_and_shared_ones_stay(app_context: Any, cast: Any) -> None:
    me, now = cast["d1.ref"].account_id, datetime.now(UTC)
    for shared in (True, False):
        row = SavedView(side="x", account_id=me, shared=shared, title=f"{shared}", filters=ALL, at=now, page="chiffres")
        db.session.add(row)
    db.session.flush()
    forgetting.forget_person(db.session(), me)
    assert [(row.title, row.account_id) for row in db.session.scalars(select(SavedView))] == [("True", None)]
