"""The hours that a party sets on `/horaires`: from a day to come, by its référent alone, and journalled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from charters.database import db
from charters.days import today
from charters.tables.access import JournalLine
from tests.harness.http import post
from ticketing.hours import known, shapes

WEEK = {
    f"{day}_{rank}": text
    for day in shapes.DAYS[:5]
    for rank, text in enumerate(("08:30", "12:30", "13:30", "17:00"), 1)
}
D1 = "departement-hautes-pyrenees"


def _typed(days: int, **more):
    day = today(datetime.now(UTC)) + timedelta(days=days)
    return {"since": day.isoformat(), "territory": "metropole", "zone": "", **WEEK, **more}


def test_a_referent_sets_hours_that_hold_from_their_day(app, client_as):
    client = client_as("d1.ref")
    assert "Aucun horaire connu" in client.get("/horaires").text
    assert post(client, "/horaires", _typed(0)).status_code == 303
    assert post(client, "/horaires", _typed(30, mon_1="10:00")).status_code == 303
    page = client.get("/horaires").text
    assert "en vigueur" in page
    assert "à venir" in page
    with app.app_context():
        start = today(datetime.now(UTC))
        hours = known.calendar(D1)
        assert hours.on(start).week[0] == ((510, 750), (810, 1020))
        assert hours.on(start + timedelta(days=30)).week[0][0] == (600, 750)
        first = known.set_hours(D1)[0].id
        assert known.calendar(D1, upto=first).on(start + timedelta(days=30)).week[0][0] == (510, 750)
        line = db.session.execute(select(JournalLine).where(JournalLine.event == "hours.set")).scalars().first()
        assert line is not None
        assert line.subject == D1


def test_what_is_past_or_already_begun_is_not_changed(client_as):
    client = client_as("d1.ref")
    post(client, "/horaires", _typed(0))
    for days in (0, -3):
        answer = post(client, "/horaires", _typed(days, tue_1="09:15"))
        assert answer.status_code == 422
        assert "Choisissez un jour à venir" in answer.text
        assert 'value="09:15"' in answer.text


def test_each_fault_stands_at_its_field_and_nothing_typed_is_lost(client_as):
    answer = post(
        client_as("d1.ref"), "/horaires", _typed(1, wed_2="08:00", closure_1_first="2026-02-30", closure_1_label="Pont")
    )
    assert answer.status_code == 422
    assert "Mercredi : les heures se suivent" in answer.text
    assert 'value="Pont"' in answer.text


@pytest.mark.parametrize(("sigle", "status"), [("d1.agent", 404), ("c11.cmi", 404), ("a.lecture", 404)])
def test_nobody_else_sets_hours(client_as, sigle, status):
    assert client_as(sigle).get("/horaires").status_code == status


def test_one_sets_the_hours_of_ones_own_side_only(app, client_as):
    client = client_as("c11.chef")
    post(client, "/horaires", _typed(0, organisation="departement-hautes-pyrenees"))
    with app.app_context():
        assert known.calendar("departement-hautes-pyrenees") is None
        assert known.calendar("desaix-tarbes") is not None


def test_the_hours_of_article_4_of_the_deux_sevres_ship_with_their_clause(app, app_context):
    given = known.text_hours("departement-deux-sevres")
    assert given.hours.week == (((510, 750), (810, 1020)),) * 5 + ((), ())
    assert {one.ref for one in given.citations} == {"4"}
    assert known.text_hours("academie-poitiers").hours.week[0] == ((480, 1050),)
    assert known.calendar("departement-deux-sevres") is not None
    assert known.calendar(D1) is None
