"""What a text asks of people about a stolen tablet: 48 hours to report and to file a complaint, said once done."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from harness.http import post
from harness.written import COLLEGE, move, settings_with_examples
from sqlalchemy import select

from charters.database import db
from ticketing import model
from ticketing.tables import TicketEvent
from ticketing.tickets import desk

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 25, 10, 12, tzinfo=PARIS)


def text(response) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture
def settings(_database, tmp_path):
    """Return settings with the agreement of the tests, whose article 5 sets 48 hours on who lost a tablet."""
    return settings_with_examples(tmp_path, _database[0])


@pytest.fixture
def client(app, cast, client_as, time_machine):
    move(app, cast["c11.cmi"].account_id, COLLEGE)
    time_machine.move_to(NOW, tick=False)
    return client_as("c11.cmi")


def stolen(app, actor_as, incident="vol", ago=timedelta(hours=3)) -> int:
    with app.app_context():
        about = {"etablissement": COLLEGE, "service": "tablettes", "activity": "mco", "incident": incident}
        draft = model.Draft(title="Tablette disparue", body="Depuis la récréation.", **about)
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], NOW - ago)


def done(client, number, duty, words):
    return post(client, f"/tickets/{number}/demarches/{duty}", {f"demarche-{duty}-texte": words})


def test_the_ticket_counts_down_to_the_complaint_and_says_what_is_missing(app, client, actor_as):
    number = stolen(app, actor_as)
    shown = text(client.get(f"/tickets/{number}"))
    assert "Vol : à déclarer sous 48 heures" in shown
    assert "dans 1 jour" in shown
    assert "avant le <time" in shown
    assert "Le délai est compté depuis l’ouverture du ticket, le <time" in shown
    assert "Il manque : la date, le lieu et le numéro" in shown
    assert "L’article 5" in shown or "Article 5" in shown  # the clause stands beside it


def test_once_done_it_is_in_the_thread_and_no_longer_asked(app, client, actor_as):
    number = stolen(app, actor_as)
    assert done(client, number, "vol", "Au commissariat, n° 2026/123.").status_code == 303
    shown = text(client.get(f"/tickets/{number}"))
    assert "Démarche faite : vol : à déclarer sous 48 heures." in shown
    assert "Au commissariat, n° 2026/123." in shown
    assert "Il manque :" not in shown
    with app.app_context():
        last = db.session.execute(select(TicketEvent).order_by(TicketEvent.id.desc())).scalars().first()
        assert (last.kind, last.data["duty"]) == ("comment", "vol")


def test_past_the_delay_it_says_so(app, client, actor_as):
    number = stolen(app, actor_as, ago=timedelta(hours=60))
    assert "Délai passé <time" in text(client.get(f"/tickets/{number}"))
    done(client, number, "vol", "Déposée ce matin.")
    assert "après le délai" in text(client.get(f"/tickets/{number}"))


def test_words_are_asked_and_what_the_text_does_not_ask_is_refused(app, client, actor_as):
    number = stolen(app, actor_as)
    empty = done(client, number, "vol", " ")
    assert empty.status_code == 422
    assert "Dites quand et où c’est fait" in text(empty)
    other = done(client, number, "reparation", "Mots à garder")  # a delay of the Département, not of people
    assert other.status_code == 409
    assert "Mots à garder" in text(other)
    with app.app_context():
        assert all("duty" not in one.data for one in db.session.execute(select(TicketEvent)).scalars())


def test_nobody_says_it_of_a_ticket_that_they_do_not_see(app, client, client_as, actor_as):
    number = stolen(app, actor_as)
    assert done(client_as("c12.cmi"), number, "vol", "Faite.").status_code == 404


def test_pupils_data_are_asked_about_before_a_duty_is_said_to_be_done(app, client, actor_as):
    number = stolen(app, actor_as)
    asked = done(client, number, "vol", "Plainte pour 120890177FA.")
    assert asked.status_code == 422 and "un numéro INE" in text(asked) and "120890177FA" in text(asked)
    mark = re.search(r'name="verifie" value="([0-9a-f]+)"', asked.text)[1]
    words = {"demarche-vol-texte": "Plainte pour 120890177FA.", "verifie": mark}
    assert post(client, f"/tickets/{number}/demarches/vol", words).status_code == 303
