"""What a party promises shows before sending, is frozen on the ticket, begins anew for the party it is handed to."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db, writing
from charters.days import today as day_of
from ticketing import model
from ticketing.hours import known, shapes
from ticketing.in_force import routing
from ticketing.model import Filters, HandOnReason
from ticketing.tables import PartyHours, PartyPromise, Ticket
from ticketing.tickets import desk, queries

D1, A = "departement-hautes-pyrenees", "academie-toulouse"
ALWAYS = (((240, 1439),),) * 7  # nearly always open, so that a test does not depend on the hour at which it runs
ABOUT = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}
ASKED = "service=equipement-bureautique&activity=mco&user_category=professeurs"


def text(response) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def promise(organisation, answer=None, resolve=None, **about):
    given = {"convention": "", "service": "", "activity": ""} | about
    row = PartyPromise(
        organisation=organisation, since=date(2026, 1, 1), set_at=datetime.now(UTC), set_by=1, answer=answer, **given
    )
    row.resolve = resolve
    with writing() as session:
        session.add(row)
    routing.forget()


def hours(organisation, week=ALWAYS):
    with writing() as session:
        columns = shapes.packed(shapes.Hours(date(2026, 1, 1), week))
        session.add(PartyHours(organisation=organisation, set_at=datetime.now(UTC), set_by=1, **columns))
    routing.forget()


def opened(actor_as, now):
    draft = model.Draft(title="Écran noir", body="Noir.", facts=model.Facts(user_category="professeurs"), **ABOUT)
    return desk.open_ticket(actor_as("c11.cmi"), draft, [], now)


def row(number):
    return db.session.execute(select(Ticket).where(Ticket.number == number)).scalar_one()


NOW = datetime(2026, 6, 2, 8, tzinfo=UTC)  # a Tuesday, 10 h in Paris


def test_nothing_configured_nothing_shown(client_as):
    shown = text(client_as("c11.cmi").get(f"/tickets/nouveau/decision?{ASKED}"))
    assert "Département des Hautes-Pyrénées" in shown
    assert "engagement" not in shown


def test_a_promise_shows_before_sending_with_its_sum(client_as):
    client = client_as("d1.ref")
    today = day_of(datetime.now(UTC))
    week = {f"{day}_1": "04:00" for day in shapes.DAYS} | {f"{day}_2": "23:59" for day in shapes.DAYS}
    post(client, "/horaires", {"since": today.isoformat(), "territory": "metropole", "zone": "", **week})
    given = {"service": "equipement-bureautique", "answer": "4", "resolve": "30,5", "from": today.isoformat()}
    assert post(client, "/horaires/engagements", given).status_code == 303
    assert "Première réponse sous 4 h, résolution sous 30 h 30 de vos heures" in text(client.get("/horaires"))
    shown = text(client_as("c11.cmi").get(f"/tickets/nouveau/decision?{ASKED}"))
    assert "L’engagement du Département des Hautes-Pyrénées" in shown
    assert "première réponse sous 4 h, avant le" in shown
    assert "résolution sous 30 h 30, avant le" in shown
    assert ", soit " in shown
    other = ASKED.replace("equipement-bureautique", "infrastructure-reseau")
    assert "première réponse sous" not in text(client_as("c11.cmi").get(f"/tickets/nouveau/decision?{other}"))


def test_a_promise_may_depend_on_the_urgency(app, client_as):
    with app.app_context():
        hours(D1)
        promise(D1, answer=240)
        promise(D1, answer=60, urgency=1)
    client = client_as("c11.cmi")
    assert "première réponse sous 4 h" in text(client.get(f"/tickets/nouveau/decision?{ASKED}"))
    assert "première réponse sous 1 h" in text(client.get(f"/tickets/nouveau/decision?{ASKED}&urgency=1"))
    assert "première réponse sous 4 h" in text(client.get(f"/tickets/nouveau/decision?{ASKED}&urgency=3"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"answer": "beaucoup"}, "Écrivez un nombre d’heures"),
        ({"answer": "0"}, "Écrivez un nombre d’heures"),
        ({"answer": "8", "resolve": "2"}, "ne vient pas avant la première réponse"),
        ({"service": "rien"}, "Choisissez dans la liste"),
        ({"from": "2020-01-01"}, "aujourd’hui au plus tôt"),
        ({"answer": "4"}, "Fixez d’abord vos horaires"),
    ],
)
def test_a_promise_that_cannot_be_taken_says_why(client_as, given, says):
    typed = {"from": day_of(datetime.now(UTC)).isoformat(), **given}
    answer = post(client_as("d1.ref"), "/horaires/engagements", typed)
    assert answer.status_code == 422
    assert says in text(answer)


@pytest.mark.parametrize("hours", ["1e999998", "9e9999999", "1e-99999", "snan", "inf", "1_0", "²"])
def test_security_hours_of_a_million_digits_do_not_stop_the_program(client_as, hours):
    """« 1e999998 » held a whole process for two minutes, « 9e9999999 » was an error of the server."""
    typed = {"from": day_of(datetime.now(UTC)).isoformat(), "resolve": hours}
    began = time.process_time()
    answer = post(client_as("d1.ref"), "/horaires/engagements", typed)
    assert answer.status_code == 422 and "Écrivez un nombre d’heures" in text(answer)
    assert time.process_time() - began < 5


def test_what_was_promised_is_frozen_whatever_is_edited_later(app, app_context, actor_as):
    hours(D1, (((480, 720), (780, 1020)),) * 5 + ((), ()))
    promise(D1, answer=60, resolve=480)
    number = opened(actor_as, NOW)
    kept = row(number)
    assert (kept.due_at, kept.due_kind) == (NOW + timedelta(hours=1), "answer")
    assert kept.text_due_at is None
    before = kept.engagements
    hours(D1)
    promise(D1, answer=1, resolve=2)
    db.session.expire_all()
    assert row(number).engagements == before
    agent = actor_as("d1.agent")
    desk.take_charge(agent, number, 1, NOW + timedelta(minutes=30))
    db.session.expire_all()
    kept = row(number)
    assert kept.due_kind == "resolution"
    assert kept.due_at == datetime(2026, 6, 3, 8, tzinfo=UTC)  # 8 h of the hours of that day: 7 h a day
    view = queries.ticket(known_perimeter(agent), agent, number, NOW)
    assert [(one.asked, one.answered) for one in view.engagements] == [(True, NOW + timedelta(minutes=30))]


def known_perimeter(actor):
    from charters.permissions import perimeter

    return perimeter(actor)


def test_at_a_hand_on_the_partys_clock_begins_anew_and_the_requesters_runs_on(app, app_context, actor_as):
    hours(D1)
    hours(A)
    promise(D1, resolve=600)
    promise(A, answer=60)
    number = opened(actor_as, NOW)
    asked = row(number).engagements["asked"]
    later = NOW + timedelta(hours=3)
    desk.hand_on(actor_as("d1.agent"), number, 1, "academie", HandOnReason.OTHER, "À vous.", later)
    db.session.expire_all()
    kept = row(number)
    assert kept.engagements["asked"] == {**asked}
    assert datetime.fromisoformat(kept.engagements["held"]["answer_by"]) == later + timedelta(hours=1)
    assert (kept.due_at, kept.due_kind) == (later + timedelta(hours=1), "answer")
    desk.take_charge(actor_as("a.tech"), number, 2, later + timedelta(minutes=5))
    db.session.expire_all()
    assert (row(number).due_at, row(number).due_kind) == (NOW + timedelta(hours=10), "resolution")


def test_waiting_on_nobody_of_the_party_stops_the_promise_and_a_visit_does_not(app, app_context, actor_as):
    hours(D1)
    promise(D1, resolve=600)
    number, agent = opened(actor_as, NOW), actor_as("d1.agent")
    desk.hold(agent, number, 1, "attente-piece", "", NOW + timedelta(hours=1))
    db.session.expire_all()
    assert (row(number).due_at, row(number).due_kind) == (None, "")
    desk.resume(agent, number, 2, NOW + timedelta(hours=3))
    db.session.expire_all()
    assert row(number).due_at == NOW + timedelta(hours=12)
    desk.hold(agent, number, 3, "attente-intervention", "", NOW + timedelta(hours=4))
    db.session.expire_all()
    assert row(number).due_at == NOW + timedelta(hours=12)


def test_a_promise_that_passed_makes_the_ticket_late_everywhere(app, app_context, actor_as, client_as):
    hours(D1)
    promise(D1, answer=60)
    now = datetime.now(UTC)
    number = opened(actor_as, now - timedelta(days=2))
    agent = actor_as("d1.agent")
    page = queries.queue(known_perimeter(agent), Filters(late=True), None, now)
    assert [one.number for one in page.rows] == [number]
    assert queries.ticket(known_perimeter(agent), agent, number, now).late
    assert known.calendar(D1) is not None


def test_the_page_of_a_ticket_says_what_was_promised(app, client_as, actor_as):
    with app.app_context():
        hours(D1)
        promise(D1, answer=60, resolve=6000)
        number = opened(actor_as, datetime.now(UTC) - timedelta(days=2))
    shown = text(client_as("c11.cmi").get(f"/tickets/{number}"))
    assert "Promis au demandeur par le Département des Hautes-Pyrénées" in shown
    assert "première réponse avant le" in shown
    assert "En retard depuis le" in shown
