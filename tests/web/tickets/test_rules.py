"""What the program does by itself by the rule of a party: reminders, closing and opening again, alerts of référents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.days import today as day_of
from charters.permissions import perimeter
from charters.tables.access import Account, OrganisationSuspension
from ticketing import jobs, model
from ticketing.hours import shapes
from ticketing.in_force import routing
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import Filters
from ticketing.tables import Notice, NoticeWords, PartyHours, PartyRule, Ticket, TicketEvent
from ticketing.tickets import desk, queries

ABOUT = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}
D1 = "departement-hautes-pyrenees"
WEEK = (((510, 1020),),) * 5 + ((), ())
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)  # a Monday, 10 h in Paris


def text(response) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def row(number):
    db.session.expire_all()
    return db.session.execute(select(Ticket).where(Ticket.number == number)).scalar_one()


def rule(**more):
    given = {"remind": None, "close": None, "silent": None, "late": False} | more
    with writing() as session:
        known = {"organisation": D1, "set_at": NOW, "set_by": 1}
        session.add(PartyHours(**known, **shapes.packed(shapes.Hours(date(2026, 1, 1), WEEK))))
        session.add(PartyRule(**known, since=date(2026, 1, 1), **given))
    routing.forget()


def opened(actor_as, now=NOW):
    draft = model.Draft(title="Écran noir", body="Noir.", facts=model.Facts(user_category="professeurs"), **ABOUT)
    return desk.open_ticket(actor_as("c11.cmi"), draft, [], now)


def events(number):
    asked = select(TicketEvent).where(TicketEvent.ticket_id == number).order_by(TicketEvent.id)
    return db.session.execute(asked).scalars().all()


def told(number, kind):
    asked = select(Notice.recipient_id).where(Notice.ticket_id == number, Notice.kind == kind)
    return set(db.session.execute(asked).scalars())


def asked(actor_as, number, now=NOW):
    desk.hold(actor_as("d1.agent"), number, row(number).version, "attente-demandeur", "Quelle salle ?", now)


@pytest.fixture
def ctx(app):
    with app.app_context():
        yield


def test_nothing_is_done_where_nothing_is_configured(ctx, actor_as):
    number = opened(actor_as)
    asked(actor_as, number)
    late = NOW + timedelta(days=300)
    assert (jobs.run("remind", late), jobs.run("alert", late)) == (0, 0)
    assert row(number).state == "on_hold"


def test_a_question_is_recalled_then_the_ticket_closed_and_an_answer_opens_it_again(ctx, actor_as, cast):
    rule(remind=2, close=3)
    number = opened(actor_as)
    asked(actor_as, number)
    first = datetime(2026, 6, 3, 6, 30, tzinfo=UTC)  # Wednesday as the Département opens
    assert row(number).nudge_at == first
    assert jobs.run("remind", first - timedelta(seconds=1)) == 0
    assert (jobs.run("remind", first), jobs.run("remind", first)) == (1, 0)
    last = events(number)[-1]
    assert (last.kind, last.author_id) == ("reminded", None)
    assert "Sans réponse, le ticket sera clos le 8 juin 2026" in last.body.replace("\u00a0", " ")
    assert told(number, "reminded") == {cast["c11.cmi"].account_id}
    words = db.session.execute(select(NoticeWords.data).where(NoticeWords.event_id == last.id)).scalar_one()["words"]
    assert "Quelle salle ?" in words
    end = datetime(2026, 6, 8, 6, 30, tzinfo=UTC)
    assert jobs.run("remind", end - timedelta(seconds=1)) == 0
    assert jobs.run("remind", end) == 1
    closed = row(number)
    assert (closed.state, closed.closed_at, closed.nudge_at) == ("closed", end, None)
    said = events(number)[-1].body.replace("\u00a0", " ")
    assert "règle fixée par le Département des Hautes-Pyrénées : 3 jours ouvrés après le rappel" in said
    assert "Pour le rouvrir, répondez" in said
    assert cast["c11.cmi"].account_id in told(number, "unanswered")
    desk.comment(actor_as("c11.cmi"), number, "La B12.", now=end + timedelta(hours=1))
    again = row(number)
    assert (again.state, again.closed_at, again.hold_reason) == ("new", None, None)
    assert events(number)[-1].kind == "reopened"


def test_the_side_that_asked_does_not_answer_itself_and_other_closed_tickets_stay_closed(ctx, actor_as):
    rule(remind=1, close=1)
    number = opened(actor_as)
    asked(actor_as, number)
    for _ in range(2):
        jobs.run("remind", NOW + timedelta(days=20))
        jobs.run("remind", NOW + timedelta(days=40))
    assert row(number).state == "closed"
    with pytest.raises(desk.StepRefused):
        desk.comment(actor_as("d1.agent"), number, "Alors ?", now=NOW + timedelta(days=41))
    desk.reopen(actor_as("d1.agent"), number, row(number).version, "On reprend.", NOW + timedelta(days=41))
    desk.resolve(actor_as("d1.agent"), number, row(number).version, "Fait.", NOW + timedelta(days=41))
    desk.confirm(actor_as("c11.cmi"), number, row(number).version, NOW + timedelta(days=42))
    with pytest.raises(desk.StepRefused):
        desk.comment(actor_as("c11.cmi"), number, "Encore.", now=NOW + timedelta(days=43))


def reminded(actor_as):
    """Open a ticket whose question was recalled; return its number and when it would be closed."""
    rule(remind=2, close=3)
    number = opened(actor_as)
    asked(actor_as, number)
    assert jobs.run("remind", datetime(2026, 6, 3, 6, 30, tzinfo=UTC)) == 1
    return number, datetime(2026, 6, 8, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(("state", "ticket"), [("quarantined", True), ("received", False)])
def test_a_ticket_is_not_closed_while_an_answer_by_mail_waits(ctx, actor_as, cast, state, ticket):
    number, end = reminded(actor_as)
    with writing() as session:
        address = session.get_one(Account, cast["c11.cmi"].account_id).email.lower()
        kept = {"ticket_id": number} if ticket else {"claimed": address}
        mail = IncomingMail(box="b", key="k", received_at=end, next_at=end, state=state, **kept)
        session.add(mail)
    assert (jobs.run("remind", end), jobs.run("remind", end)) == (0, 0)
    kept = row(number)
    assert (kept.state, kept.nudge_at) == ("on_hold", end + timedelta(days=1))
    with writing() as session:
        session.execute(update(IncomingMail).values(state="ignored"))
    assert jobs.run("remind", end + timedelta(days=1)) == 1
    assert row(number).state == "closed"


def test_a_requester_kept_out_by_a_suspension_has_the_whole_delay_once_it_ends(ctx, actor_as):
    number, end = reminded(actor_as)
    with writing() as session:
        given = {"organisation": "desaix-tarbes", "reason": "Charte.", "suspended_by": "a.admin"}
        session.add(OrganisationSuspension(suspended_at=end - timedelta(hours=1), **given))
    assert jobs.run("remind", end) == 0
    tomorrow = end + timedelta(days=1)
    with writing() as session:
        session.execute(update(OrganisationSuspension).values(lifted_at=tomorrow - timedelta(minutes=1)))
    assert jobs.run("remind", tomorrow) == 0
    anew = end + timedelta(days=4)  # Friday: three working days after Tuesday, on which it was lifted
    assert (row(number).state, row(number).nudge_at) == ("on_hold", anew)
    assert jobs.run("remind", anew) == 1
    assert row(number).state == "closed"


@pytest.mark.parametrize("recalled", [False, True])
def test_a_rule_that_was_ended_on_the_day_of_the_question_asks_nothing_any_more(ctx, actor_as, recalled):
    if recalled:
        number, end = reminded(actor_as)
    else:
        rule(remind=2, close=3)
        number, end = opened(actor_as), datetime(2026, 6, 3, 6, 30, tzinfo=UTC)
        asked(actor_as, number)
    with writing() as session:
        known = {"organisation": D1, "set_at": NOW, "set_by": 1, "remind": None, "close": None}
        session.add(PartyRule(**known, since=NOW.date(), silent=None, late=False))
    routing.forget()
    before = len(events(number))
    assert jobs.run("remind", end) == 0
    assert (row(number).state, row(number).nudge_at, len(events(number))) == ("on_hold", None, before)


def test_an_answer_before_leaves_nothing_to_recall_and_a_masked_question_is_not_repeated(ctx, actor_as):
    rule(remind=2, close=3)
    number = opened(actor_as)
    asked(actor_as, number)
    jobs.run("remind", NOW + timedelta(days=3))
    question = next(one.id for one in events(number) if one.kind == "question")
    handed = desk.hand_on(
        actor_as("d1.agent"), number, row(number).version, "academie", "autre", "À voir.", NOW + timedelta(days=3)
    )
    assert handed is None
    assert (row(number).nudge_at, row(number).nudges) == (None, 0)
    desk.mask(actor_as("a.admin"), number, question, "Un nom d’élève.", NOW + timedelta(days=3))
    kept = db.session.execute(select(NoticeWords.data).where(NoticeWords.ticket_id == number)).scalars().all()
    assert not [data for data in kept if "Quelle salle" in data["words"]]
    assert jobs.run("remind", NOW + timedelta(days=60)) == 0


def test_a_silent_ticket_is_told_to_the_referent_once_by_mail_and_at_home(app, client_as, actor_as, cast):
    with app.app_context():
        rule(silent=240)
        now = datetime.now(UTC)
        number = opened(actor_as, now - timedelta(days=9))
        other = opened(actor_as, now - timedelta(days=9))
        desk.take_charge(actor_as("d1.agent"), other, row(other).version, now - timedelta(days=9))
        assert (jobs.run("alert", now), jobs.run("alert", now)) == (1, 0)
        assert told(number, "alerted") == {cast["d1.ref"].account_id}
        assert told(other, "alerted") == set()
        assert "Personne n’a encore agi sur ce ticket" in events(number)[-1].body
    home = client_as("d1.ref").get("/")
    assert "Personne n’a encore agi" in text(home)
    assert f"/tickets/{number}" in text(home)
    assert "Personne n’a encore agi" not in text(client_as("a.admin").get("/"))  # another side's
    with app.app_context():
        desk.take_charge(actor_as("d1.agent"), number, row(number).version, datetime.now(UTC))
    assert "Personne n’a encore agi" not in text(client_as("d1.ref").get("/", follow_redirects=True))


def test_a_late_ticket_is_told_to_the_referent_of_who_holds_it_now(app, client_as, actor_as, cast):
    with app.app_context():
        rule(late=True)
        now = datetime.now(UTC)
        number = opened(actor_as, now - timedelta(days=9))
        with writing() as session:  # a delay that a text had set
            kept = session.get(Ticket, number)
            kept.text_due_at = now - timedelta(days=1)
        desk.comment(actor_as("c11.cmi"), number, "Alors ?", now=now)
        assert row(number).alert_at == row(number).due_at + timedelta(seconds=1)
        assert jobs.run("alert", now) == 1
        assert "le délai que fixe le texte est passé" in events(number)[-1].body
        assert told(number, "alerted") == {cast["d1.ref"].account_id}
        assert jobs.run("alert", now + timedelta(days=1)) == 0
    assert "En retard" in text(client_as("d1.ref").get("/"))
    with app.app_context():
        desk.resolve(actor_as("d1.agent"), number, row(number).version, "Fait.", datetime.now(UTC))
        assert (row(number).alert_at, row(number).alerted) == (None, "")


def test_page_row_list_count_order_and_alert_say_late_of_the_same_tickets(ctx, actor_as):
    """One second decides, in every state and for each kind of end: all that shows lateness asks one rule."""
    rule(late=True)
    now = NOW + timedelta(days=30)
    late = set()
    for seconds in (-86400, -1, 0, 1, 86400):
        for state in ("new", "in_progress", "attente-piece", "attente-intervention", "resolved"):
            number = opened(actor_as)
            with writing() as session:
                session.get(Ticket, number).text_due_at = now + timedelta(seconds=seconds)
            agent = actor_as("d1.agent")
            if state == "resolved":
                desk.resolve(agent, number, 1, "Fait.", NOW)
            elif state == "in_progress":
                desk.take_charge(agent, number, 1, NOW)
            elif state != "new":
                desk.hold(agent, number, 1, state, "Plus tard.", NOW)
            else:
                desk.comment(actor_as("c11.cmi"), number, "Merci.", now=NOW)
            if seconds < 0 and state != "resolved":
                late.add(number)
    agent = actor_as("d1.agent")
    own = perimeter(agent)
    everything = queries.queue(own, Filters(state="all"), None, now, 100).rows
    assert len(everything) == 25
    assert {one.number for one in everything if one.late} == late
    assert {one.number for one in everything if queries.ticket(own, agent, one.number, now).late} == late
    assert {one.number for one in queries.queue(own, Filters(late=True), None, now, 100).rows} == late
    assert queries.counts(own, now)["late"] == len(late)
    first = queries.queue(own, Filters(state="open"), None, now, 100).rows
    assert {one.number for one in first[: len(late)]} == late
    assert jobs.run("alert", now) == len(late)
    assert {one.number for one in queries.told(perimeter(actor_as("d1.ref")), now).late} == late


def test_a_referent_sets_the_rule_of_its_own_side_alone(client_as):
    client, today = client_as("d1.ref"), day_of(datetime.now(UTC)).isoformat()
    refused = post(client, "/horaires/relances", {"rule_remind": "2", "rule_from": today})
    assert refused.status_code == 422
    assert "Fixez d’abord vos horaires" in text(refused)
    week = {f"{day}_1": "08:00" for day in shapes.DAYS} | {f"{day}_2": "17:00" for day in shapes.DAYS}
    post(client, "/horaires", {"since": today, "territory": "metropole", "zone": "", **week})
    wrong = {"rule_remind": "", "rule_close": "3", "rule_silent": "0", "rule_from": "2020-01-01"}
    answer = post(client, "/horaires/relances", wrong)
    for fault in ("Rappelez la question avant de clore", "200 au plus", "aujourd’hui au plus tôt"):
        assert fault in text(answer)
    given = {"rule_remind": "3", "rule_close": "5", "rule_silent": "8", "rule_late": "1", "rule_from": today}
    assert post(client, "/horaires/relances", given).status_code == 303
    shown = text(client.get("/horaires"))
    assert "rappelée au demandeur le 3e jour ouvré qui la suit ; 5 jours ouvrés après ce rappel" in shown
    assert "sur lequel personne n’a agi après 8 h de vos heures" in shown
    assert "5 jours ouvrés après ce rappel" not in text(client_as("a.admin").get("/horaires"))
    assert client_as("d1.agent").get("/horaires").status_code == 404
    assert post(client_as("d1.agent"), "/horaires/relances", given).status_code == 404


def test_a_resolved_ticket_is_closed_days_after_the_last_word_of_the_requester(ctx, actor_as):
    number = opened(actor_as)
    desk.resolve(actor_as("d1.agent"), number, row(number).version, "Fait.", NOW)
    desk.comment(actor_as("c11.cmi"), number, "Cela ne marche toujours pas.", now=NOW + timedelta(days=6))
    assert desk.close_resolved(NOW + timedelta(days=8), 7) == 0
    with writing() as session:
        late = NOW + timedelta(days=7)
        session.add(
            IncomingMail(box="b", key="k", received_at=late, next_at=late, state="quarantined", ticket_id=number)
        )
    assert desk.close_resolved(NOW + timedelta(days=30), 7) == 0
    assert row(number).state == "resolved"
    with writing() as session:
        session.execute(update(IncomingMail).values(state="ignored"))
    assert desk.close_resolved(NOW + timedelta(days=13), 7) == 1
    assert row(number).state == "closed"
