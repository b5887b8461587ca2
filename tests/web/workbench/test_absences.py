"""When people are away: who says it, who reads it, and what becomes of their urgent tickets."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.days import today
from charters.tables.access import JournalLine
from ticketing import jobs
from ticketing.tables import Notice, Ticket, TicketEvent
from ticketing.tickets import desk
from ticketing.workbench import absences, forgetting
from ticketing.workbench.tables import Absence

NOW = datetime.now(UTC)
DAY = today(NOW)


def said(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True)).replace("\xa0", " ")


def say(client: Any, first: int = 0, last: int = 7, person: str = "", offers: str = "") -> Any:
    days = {"du": (DAY + timedelta(days=first)).isoformat(), "au": (DAY + timedelta(days=last)).isoformat()}
    return post(client, "/equipe/absences", {**days, "personne": person, "rendre": offers})


def absence_id() -> int:
    return int(db.session.scalars(select(Absence.id)).one())


def test_an_absence_is_told_where_a_colleague_gives_or_reads_the_ticket(
    any_app: Any, client_as: Any, actor_as: Any, cast: Any, number: int
) -> None:
    with any_app.app_context():
        desk.take_charge(actor_as("d1.agent"), number, 1, NOW)
    agent, colleague = client_as("d1.agent"), client_as("d1.ref")
    assert say(agent).status_code == 303
    assert "absence en cours" in said(colleague.get("/equipe"))
    assert "absence jusqu’au" in said(colleague.get(f"/tickets/{number}"))
    assert "(absence jusqu’au" in said(colleague.get("/tickets?suivis=1"))
    assert "absence jusqu’au" not in said(agent.get(f"/tickets/{number}")), "one knows of one's own"
    with any_app.app_context():
        row = db.session.execute(select(Ticket.state, Ticket.assignee_id).where(Ticket.number == number)).one()
        assert tuple(row) == ("in_progress", cast["d1.agent"].account_id), "nothing moves unless one asks so"
        (line,) = db.session.scalars(select(JournalLine).where(JournalLine.event == "absence.said"))
        assert line.subject == "d1.agent" and str(DAY + timedelta(days=7)) not in str(line.details)
        desk.assign(actor_as("d1.agent"), number, 2, cast["d1.ref"].account_id, NOW)
    offered = said(colleague.get(f"/tickets/{number}?etape=attribuer"))
    assert "en charge · absence jusqu’au" in offered


def test_security_no_other_side_learns_of_an_absence(
    any_app: Any, client_as: Any, actor_as: Any, cast: Any, number: int
) -> None:
    with any_app.app_context():
        desk.take_charge(actor_as("d1.agent"), number, 1, NOW)
    assert say(client_as("d1.agent")).status_code == 303
    with any_app.app_context():
        kept = absence_id()
    for stranger in ("c11.cmi", "c11.chef", "d2.agent", "a.tech", "a.admin"):
        client = client_as(stranger)
        for page in ("/equipe", f"/tickets/{number}", "/tickets?suivis=1&etat=tous"):
            assert "absence en cours" not in said(client.get(page)), (stranger, page)
            assert "absence jusqu" not in said(client.get(page)), (stranger, page)
        assert post(client, "/equipe/absences/retirer", {"absence": str(kept)}).status_code == 404, stranger
        assert say(client, person=str(cast["d1.agent"].account_id)).status_code == 422, stranger
    assert client_as("a.lecture").get("/equipe").status_code == 404


def test_security_who_says_an_absence_moves_and_counts_no_ticket_of_another_side(
    any_app: Any, client_as: Any, actor_as: Any, cast: Any, number: int
) -> None:
    """An absence of another side begins this morning, and the night's job has not given its tickets back yet."""
    agent = cast["d1.agent"].account_id
    with any_app.app_context():
        desk.take_charge(actor_as("d1.agent"), number, 1, NOW)
        with writing() as session:
            session.execute(update(Ticket).where(Ticket.number == number).values(impact=1, urgency=1))
            days = {"starts_on": DAY, "ends_on": DAY}
            session.add(Absence(side="departement-hautes-pyrenees", account_id=agent, offers=True, **days))
    for stranger in ("d2.agent", "c11.cmi", "a.tech"):
        client = client_as(stranger)
        assert say(client, offers="1").status_code == 303
        assert "de retour dans la file" not in said(client.get("/equipe")), stranger
        with any_app.app_context():
            assert db.session.scalar(select(Ticket.assignee_id).where(Ticket.number == number)) == agent, stranger
    with any_app.app_context():
        jobs.run("wake", NOW)
        assert db.session.scalar(select(Ticket.assignee_id).where(Ticket.number == number)) is None


def test_a_référent_says_it_for_a_colleague_and_a_technician_for_nobody_else(
    any_app: Any, client_as: Any, cast: Any, number: int
) -> None:
    agent, ref = cast["d1.agent"].account_id, cast["d1.ref"].account_id
    assert say(client_as("d1.agent"), person=str(ref)).status_code == 422
    assert say(client_as("d1.ref"), person=str(agent)).status_code == 303
    with any_app.app_context():
        assert db.session.scalars(select(Absence.account_id)).one() == agent
        kept = absence_id()
    assert post(client_as("d1.ref"), "/equipe/absences/retirer", {"absence": str(kept)}).status_code == 303
    with any_app.app_context():
        assert db.session.scalars(select(Absence.id)).all() == []
        assert "absence.removed" in db.session.scalars(select(JournalLine.event))


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [(0, -1, "Ce jour est passé."), (5, 4, "avant le premier"), (0, 400, "un an au plus"), (400, 410, "plus d’un an")],
)
def test_days_that_make_no_sense_are_said_and_kept(app: Any, client_as: Any, first: int, last: int, told: str) -> None:
    refused = say(client_as("d1.agent"), first, last)
    assert refused.status_code == 422 and told in said(refused)
    assert f'value="{(DAY + timedelta(days=last)).isoformat()}"' in said(refused)


def test_two_absences_at_once_and_no_day_at_all_are_refused(app: Any, client_as: Any) -> None:
    client = client_as("d1.agent")
    assert say(client, 0, 7).status_code == 303
    assert "déjà indiquée" in said(say(client, 7, 9))
    assert say(client, 8, 9).status_code == 303
    nothing = post(client, "/equipe/absences", {"du": "bientôt", "au": "\x00"})
    assert nothing.status_code == 422 and said(nothing).count("Donnez un jour") >= 2


def test_urgent_tickets_go_back_to_the_queue_on_the_first_day_and_the_team_is_told(
    any_app: Any, client_as: Any, actor_as: Any, cast: Any, number: int
) -> None:
    with any_app.app_context():
        desk.take_charge(actor_as("d1.agent"), number, 1, NOW)
        with writing() as session:
            session.execute(update(Ticket).where(Ticket.number == number).values(impact=1, urgency=1))
    assert say(client_as("d1.agent"), 1, 7, offers="1").status_code == 303
    with any_app.app_context():
        charge = select(Ticket.assignee_id).where(Ticket.number == number)
        assert db.session.scalar(charge) == cast["d1.agent"].account_id, "not before the first day"
        db.session.rollback()
        jobs.run("wake", NOW + timedelta(days=1))
        assert db.session.scalar(charge) is None
        entry = db.session.scalars(select(TicketEvent).order_by(TicketEvent.id.desc())).first()
        assert entry is not None and entry.kind == "released" and "absen" not in str(entry.data)
        told = select(Notice.recipient_id).where(Notice.kind == "released", Notice.ticket_id == number)
        assert cast["d1.ref"].account_id in set(db.session.scalars(told))
        db.session.rollback()
        desk.take_charge(actor_as("d1.agent"), number, 3, NOW)
        jobs.run("wake", NOW + timedelta(days=2))
        assert db.session.scalar(charge) == cast["d1.agent"].account_id, "once: what one takes back stays"


def test_what_is_not_urgent_stays_and_a_delay_that_ends_meanwhile_makes_urgent(
    any_app: Any, actor_as: Any, cast: Any, number: int
) -> None:
    with any_app.app_context():
        agent = actor_as("d1.agent")
        desk.take_charge(agent, number, 1, NOW)
        charge = select(Ticket.assignee_id).where(Ticket.number == number)
        days = {"first": DAY.isoformat(), "last": (DAY + timedelta(days=3)).isoformat()}
        for due, impact, expected in (
            (None, 3, agent.account_id),
            (NOW + timedelta(days=9), None, agent.account_id),
            (NOW + timedelta(days=2), None, None),
        ):
            with writing() as session:
                values = {"due_at": due, "impact": impact, "urgency": impact}
                session.execute(update(Ticket).where(Ticket.number == number).values(**values))
                session.execute(update(Absence).values(ends_on=DAY - timedelta(days=1), starts_on=DAY - timedelta(2)))
            absences.say(agent, days, True, NOW)
            absences.offer(NOW)
            assert db.session.scalar(charge) == expected
            db.session.rollback()
            with writing() as session:
                session.execute(update(Absence).values(ends_on=DAY - timedelta(days=1), starts_on=DAY - timedelta(2)))


def test_an_absence_that_is_over_goes_at_night_and_with_the_person(any_app: Any, actor_as: Any) -> None:
    with any_app.app_context():
        agent = actor_as("d1.agent")
        days = {"first": DAY.isoformat(), "last": DAY.isoformat()}
        absences.say(agent, days, False, NOW)
        jobs.run("tidy", NOW)
        assert len(db.session.scalars(select(Absence.id)).all()) == 1
        db.session.rollback()
        jobs.run("tidy", NOW + timedelta(days=1))
        assert db.session.scalars(select(Absence.id)).all() == []
        db.session.rollback()
        absences.say(agent, days, False, NOW)
        with writing() as session:
            forgetting.forget_person(session, agent.account_id)
        assert db.session.scalars(select(Absence.id)).all() == []
