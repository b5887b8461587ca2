"""A ticket waits until a day and then goes on by itself; a visit is on a day open for both sides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from harness.http import post
from icalendar import Calendar
from sqlalchemy import select

from charters.database import db, writing
from charters.days import today
from ticketing import jobs, model
from ticketing.hours import shapes
from ticketing.in_force import routing
from ticketing.mail import composing
from ticketing.tables import Notice, PartyHours, Ticket, TicketEvent
from ticketing.tickets import desk

ABOUT = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}
D1, C11 = "departement-hautes-pyrenees", "desaix-tarbes"
WEEK = (((510, 1020),),) * 5 + ((), ())


def text(response) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def row(number):
    db.session.expire_all()
    return db.session.execute(select(Ticket).where(Ticket.number == number)).scalar_one()


def hours(organisation, closed):
    """Set hours of a side that is closed on a day."""
    with writing() as session:
        closure = shapes.Closure(closed, closed, "journée pédagogique")
        columns = shapes.packed(shapes.Hours(date(2026, 1, 1), WEEK, closures=(closure,)))
        session.add(PartyHours(organisation=organisation, set_at=datetime.now(UTC), set_by=1, **columns))
    routing.forget()


@pytest.fixture
def number(app, actor_as):
    with app.app_context():
        draft = model.Draft(title="Écran noir", body="Noir.", facts=model.Facts(user_category="professeurs"), **ABOUT)
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC) - timedelta(hours=1))


def held(client, number, **more):
    given = {"version": "1", "attente-raison": "attente-piece", "attente-texte": "Un câble.", **more}
    return post(client, f"/tickets/{number}/attente", given)


def working_day(after: int) -> date:
    day = today(datetime.now(UTC)) + timedelta(days=after)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def test_it_goes_on_by_itself_on_its_day_and_not_before(app, client_as, number):
    client, day = client_as("d1.agent"), working_day(3)
    assert held(client, number, **{"attente-jour": day.isoformat()}).status_code == 303
    shown = text(client.get(f"/tickets/{number}"))
    assert "le ticket reprend alors" in shown
    assert "jusqu’au" in shown
    with app.app_context():
        wakes = row(number).wake_at
        assert today(wakes) == day
        assert jobs.run("wake", wakes - timedelta(seconds=1)) == 0
        assert row(number).state == "on_hold"
        assert jobs.run("wake", wakes) == 1
        assert jobs.run("wake", wakes) == 0
        kept = row(number)
        assert (kept.state, kept.wake_at, kept.held_since) == ("new", None, None)
        last = db.session.execute(select(TicketEvent).order_by(TicketEvent.id.desc())).scalars().first()
        assert (last.kind, last.author_id) == ("resumed", None)


@pytest.mark.parametrize(("day", "says"), [("hier", "Cette date n’existe pas"), ("2020-01-01", "un jour à venir")])
def test_a_day_that_cannot_be_is_said_at_its_field_and_the_words_are_kept(client_as, number, day, says):
    answer = held(client_as("d1.agent"), number, **{"attente-jour": day})
    assert answer.status_code == 422
    assert says in text(answer)
    assert "Un câble." in text(answer)


def test_a_visit_is_on_a_day_open_for_both_sides(app, client_as, number):
    day = working_day(7)
    with app.app_context():
        hours(D1, today(datetime.now(UTC)))
        hours(C11, day)
    client = client_as("d1.agent")
    visit = {"attente-raison": "attente-intervention", "attente-jour": day.isoformat()}
    answer = held(client, number, **visit)
    assert answer.status_code == 422
    assert "Personne ce jour-là (le collège Desaix" in text(answer)
    assert "journée pédagogique" in text(answer)
    piece = held(client, number, **{"attente-jour": day.isoformat()})  # a part may come that day
    assert piece.status_code == 303


def event(number, kind):
    """Return the calendar event that the notice of a visit goes with, and how often it was written."""
    asked = select(Notice).where(Notice.ticket_id == number, Notice.kind == kind).order_by(Notice.id)
    notices = db.session.execute(asked).scalars().all()
    mail = composing.message(notices[-1], "Guichet <guichet@guichet.example>")
    [part] = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    [found] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), part.get_param("method"), found, {one.recipient_id for one in notices}


def test_a_visit_goes_to_both_calendars_and_leaves_them_when_it_is_off(app, client_as, cast, number):
    client, day = client_as("d1.agent"), working_day(7)
    post(client, f"/tickets/{number}/prendre-en-charge", {"version": "1"})
    visit = {"version": "2", "attente-raison": "attente-intervention", "attente-jour": day.isoformat()}
    assert held(client, number, **visit).status_code == 303
    assert "Intervention le" in text(client.get("/tickets"))
    home = text(client_as("c11.cmi").get("/"))
    assert "Interventions prévues" in home
    assert "Interventions prévues" not in text(client_as("c12.cmi").get("/"))
    with app.app_context():
        method, said, planned, people = event(number, "visit")
        assert (method, said) == ("PUBLISH", "PUBLISH")
        assert planned["DTSTART"].dt == day
        assert planned["DTEND"].dt == day + timedelta(days=1)
        assert f"/tickets/{number}" in planned["DESCRIPTION"]
        assert people == {cast["c11.cmi"].account_id, cast["d1.agent"].account_id}
    post(client, f"/tickets/{number}/reprendre", {"version": "3"})
    assert "Interventions prévues" not in text(client_as("c11.cmi").get("/"))
    with app.app_context():
        method, said, off, people = event(number, "visit_off")
        assert (method, said, off["UID"]) == ("CANCEL", "CANCEL", planned["UID"])
        assert off["SEQUENCE"] > planned["SEQUENCE"]
        assert people == {cast["c11.cmi"].account_id, cast["d1.agent"].account_id}


def test_a_visit_whose_day_has_come_is_kept_and_one_given_up_leaves_by_the_step_s_own_mail(app, client_as, number):
    client, day = client_as("d1.agent"), working_day(3)
    held(client, number, **{"attente-raison": "attente-intervention", "attente-jour": day.isoformat()})
    with app.app_context():
        assert jobs.run("wake", row(number).wake_at) == 1
        assert not db.session.execute(select(Notice).where(Notice.kind == "visit_off")).scalars().all()
    held(client, number, version="3", **{"attente-raison": "attente-intervention", "attente-jour": day.isoformat()})
    post(client, f"/tickets/{number}/resoudre", {"version": "4", "resoudre-texte": "Fait à distance."})
    with app.app_context():
        assert event(number, "resolved")[0] == "CANCEL"


def test_who_takes_the_ticket_off_hold_before_leaves_nothing_to_wake(app, client_as, number):
    client = client_as("d1.agent")
    held(client, number, **{"attente-jour": working_day(3).isoformat()})
    post(client, f"/tickets/{number}/reprendre", {"version": "2"})
    with app.app_context():
        assert row(number).wake_at is None
        assert jobs.run("wake", datetime.now(UTC) + timedelta(days=30)) == 0
