"""A ticket's whole life through the desk, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from charters.database import db
from charters.journal import audit
from charters.permissions import perimeter
from charters.tables.access import JournalLine
from matrix import Recorded, Request
from matrix.explain import what_would_change
from ticketing.files import receiving
from ticketing.in_force import routing
from ticketing.model import Filters, State, Step
from ticketing.tables import DecisionRow, FormToken, Notice, Ticket, TicketCount, TicketEvent, TicketScope
from ticketing.tickets import desk, queries, store


def seen(actor: Any, number: int) -> Any:
    return queries.ticket(perimeter(actor), actor, number)


def version(number: int) -> int:
    db.session.rollback()
    return db.session.execute(select(Ticket.version).where(Ticket.number == number)).scalar_one()


def numbers(actor: Any, now: Any, **filters: Any) -> list[int]:
    return [row.number for row in queries.queue(perimeter(actor), Filters(**filters), None, now).rows]


def consistent() -> None:
    """Check that the rows of the perimeter, the counters and the search index agree with the tickets."""
    db.session.rollback()
    scopes = {(row.key, row.ticket_id): row for row in db.session.execute(select(*TicketScope.__table__.c))}
    wanted, counted = {}, {}
    for row in db.session.execute(select(store.TICKET)):
        placed = store.Placed.of(row)
        for key in row.scope_keys:
            wanted[key, row.number] = placed.columns()
        for (key, kind, value, _label), n in placed.counted().items():
            counted[key, kind, value] = counted.get((key, kind, value), 0) + n
    assert scopes.keys() == wanted.keys()
    for place, row in scopes.items():
        assert {name: getattr(row, name) for name in wanted[place]} == wanted[place]
    counters = {(r.key, r.kind, r.value): r.n for r in db.session.execute(select(*TicketCount.__table__.c)) if r.n}
    assert counters == counted


def test_from_opening_to_closing(people: Any, draft: Any, now: Any, upload: Any) -> None:
    cmi, agent, tech = people("c11.cmi"), people("d1.agent"), people("a.tech")
    number = desk.open_ticket(cmi, draft(), [upload()], now)

    view = seen(agent, number)
    assert (view.state, view.holder_party, view.holder_role) == (State.NEW, "departement", "CL")
    assert view.holder_organisation == "departement-hautes-pyrenees"
    assert view.decision.status == "routed" and view.decision.citations and view.decision.why
    assert view.events[0].files[0].name == "note.txt"
    assert view.opened_by_name == cmi.name and view.service_label and view.activity_label
    assert Step.TAKE_CHARGE in view.steps and Step.CONFIRM not in view.steps
    assert {Step.COMMENT, Step.NOTE, Step.ATTACH} <= seen(cmi, number).steps
    assert Step.TAKE_CHARGE not in seen(cmi, number).steps
    with pytest.raises(desk.NotFound):
        seen(tech, number)

    desk.take_charge(agent, number, version(number), now + timedelta(minutes=5))
    view = seen(cmi, number)
    assert (view.state, view.assignee_name) == (State.IN_PROGRESS, agent.name)
    assert (view.due_at, view.decision.delay) == (None, None), "no text sets a delay there: nothing is promised"

    desk.hold(agent, number, version(number), "attente-demandeur", "Quel poste ?", now + timedelta(hours=1))
    assert seen(cmi, number).state is State.ON_HOLD
    desk.comment(cmi, number, "Le **n° 4**.", uploads=[], now=now + timedelta(hours=2))
    view = seen(cmi, number)
    assert view.state is State.IN_PROGRESS
    assert view.events[-1].body_html == "<p>Le <strong>n° 4</strong>.</p>"

    desk.resolve(agent, number, version(number), "Alimentation changée.", now + timedelta(hours=3))
    assert {Step.CONFIRM, Step.REOPEN} <= seen(cmi, number).steps
    desk.reopen(cmi, number, version(number), "Toujours rien.", now + timedelta(hours=4))
    assert seen(cmi, number).state is State.IN_PROGRESS
    desk.resolve(agent, number, version(number), "Carte changée.", now + timedelta(hours=5))
    desk.confirm(cmi, number, version(number), now + timedelta(hours=6))
    view = seen(cmi, number)
    assert (view.state, view.closed_at) == (State.CLOSED, now + timedelta(hours=6))
    with pytest.raises(desk.StepRefused):
        desk.comment(cmi, number, "Merci", now=now)
    assert [event.kind for event in view.events] == [
        "opened",
        "taken",
        "question",
        "comment",
        "resolved",
        "reopened",
        "resolved",
        "confirmed",
    ]
    consistent()
    assert audit.verify().ok


def test_hand_on_and_contest(people: Any, draft: Any, now: Any) -> None:
    cmi, agent, tech, admin = people("c11.cmi"), people("d1.agent"), people("a.tech"), people("a.admin")
    number = desk.open_ticket(cmi, draft(), [], now)
    assert numbers(admin, now) == []
    desk.take_charge(agent, number, 1, now)
    with pytest.raises(desk.Invalid) as fault:
        desk.hand_on(agent, number, 2, "nobody", "", " ", now)
    assert fault.value.errors.keys() == {"to_party", "reason", "words"}
    desk.hand_on(agent, number, 2, "academie", "piece-ou-garantie", "Pièce à fournir.", now)
    for actor in (agent, tech, admin, cmi):  # the previous holders still see it
        assert numbers(actor, now) == [number]
        assert seen(actor, number).holder_party == "academie"
    view = seen(tech, number)
    assert (view.state, view.assignee_id, view.handed_on_by) == (State.NEW, None, "Département des Hautes-Pyrénées")
    assert Step.TAKE_CHARGE in view.steps and Step.TAKE_CHARGE not in seen(agent, number).steps
    with pytest.raises(desk.Refused):
        desk.take_charge(agent, number, version(number), now)
    desk.contest(tech, number, version(number), "Ce n’est pas la nôtre.", now)
    assert seen(agent, number).holder_party == "departement"
    assert numbers(admin, now) == [] and numbers(tech, now) == [number]
    desk.contest(agent, number, version(number), "Ni la nôtre.", now)
    assert seen(tech, number).holder_party == "academie"
    with pytest.raises(desk.StepRefused):
        desk.contest(tech, number, version(number), "Encore ?", now)
    consistent()
    row = db.session.execute(select(Ticket.hand_ons, Ticket.involved)).one()
    assert row.hand_ons == 3 and set(row.involved) == {"departement-hautes-pyrenees", "academie-toulouse"}


def test_correcting_facts_makes_a_new_decision_and_keeps_the_old(people: Any, draft: Any, now: Any) -> None:
    cmi, agent, tech = people("c11.cmi"), people("d1.agent"), people("a.tech")
    number = desk.open_ticket(cmi, draft(), [], now)
    fields = {"user_category": "equipe-gestion", "acquired_by": "departement"}
    with pytest.raises(desk.Invalid):
        desk.correct_facts(cmi, number, 1, {"user_category": "cdi", "acquired_by": "departement"}, "Rien.", now)
    with pytest.raises(desk.Invalid) as fault:
        desk.correct_facts(cmi, number, 1, {"user_category": "personne"}, "?", now)
    assert "user_category" in fault.value.errors
    desk.correct_facts(cmi, number, 1, fields, "C’est le poste de la gestion.", now)
    view = seen(tech, number)
    assert view.holder_party == "academie" and view.facts.user_category == "equipe-gestion"
    assert "annexe-2-bis" in {citation.ref for citation in view.decision.citations}
    kept = [event.data["decision"].party for event in view.events if "decision" in event.data]
    assert kept == ["departement", "academie"]
    assert view.decision.by == cmi.name and view.decision.reason == "C’est le poste de la gestion."
    assert view.events[-1].data["changes"]["user_category"] == ["cdi", "equipe-gestion"]
    assert numbers(agent, now) == [number]
    # A fact that changes no party leaves the ticket where a person has handed it.
    desk.hand_on(tech, number, 2, "departement", "besoin-intervention", "Sur place.", now)
    desk.correct_facts(cmi, number, 3, {**fields, "under_warranty": True}, "Sous garantie.", now)
    assert seen(agent, number).holder_party == "departement"
    consistent()


def test_a_missing_fact_waits_at_the_desk(people: Any, draft: Any, now: Any) -> None:
    from ticketing.model import Facts

    cmi, tech = people("c11.cmi"), people("a.tech")
    number = desk.open_ticket(cmi, draft(facts=Facts()), [], now)
    view = seen(tech, number)
    assert view.needs_info and view.decision.missing[0] == "user_category" and view.decision.questions
    assert {party for party, _ in view.decision.candidates} >= {"academie", "departement"}
    assert queries.queue(perimeter(tech), Filters(), None, now).rows[0].needs_info
    desk.correct_facts(cmi, number, 1, {"user_category": "cdi"}, "C’est le CDI.", now)
    assert not seen(cmi, number).needs_info


def test_double_submit_opens_one_ticket(people: Any, draft: Any, now: Any, upload: Any) -> None:
    cmi, other = people("c11.cmi"), people("c12.cmi")
    first = desk.open_ticket(cmi, draft(), [upload()], now, token="abc")
    assert desk.open_ticket(cmi, draft(), [upload()], now, token="abc") == first
    assert desk.open_ticket(cmi, draft(), [], now, token="def") != first
    assert desk.open_ticket(other, draft(etablissement="victor-hugo-tarbes"), [], now, token="abc") != first
    desk.comment(cmi, first, "Une fois.", now=now, token="c1")
    desk.comment(cmi, first, "Une fois.", now=now, token="c1")
    assert [event.kind for event in seen(cmi, first).events] == ["opened", "comment"]
    assert db.session.scalar(select(func.count()).select_from(FormToken)) == 4
    kept = [path for path in receiving.files_folder().glob("*/*") if path.is_file()]
    assert len(kept) == 1


def test_stale_save_loses_nothing(people: Any, draft: Any, now: Any) -> None:
    cmi, agent, referent = people("c11.cmi"), people("d1.agent"), people("d1.ref")
    number = desk.open_ticket(cmi, draft(), [], now)
    desk.take_charge(agent, number, 1, now)
    desk.comment(cmi, number, "Précision utile.", now=now)
    with pytest.raises(desk.Stale) as stale:
        desk.resolve(agent, number, 2, "Mon texte.", now)
    assert stale.value.yours == {"solution": "Mon texte."}
    assert stale.value.current.events[-1].body_html == "<p>Précision utile.</p>"
    assert seen(agent, number).state is State.IN_PROGRESS
    desk.resolve(agent, number, stale.value.current.version, "Mon texte.", now)
    # A note that the other side cannot read does not move the version that it was shown.
    shown = version(number)
    desk.comment(referent, number, "Entre nous.", visibility="internal", now=now)
    assert version(number) == shown


def test_nothing_is_written_when_a_step_fails(people: Any, draft: Any, now: Any, upload: Any, monkeypatch: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    number = desk.open_ticket(cmi, draft(), [], now)

    def tables() -> list[int]:
        db.session.rollback()
        return [
            db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Ticket, TicketEvent, DecisionRow, TicketScope, Notice, JournalLine, FormToken)
        ]

    before = tables()
    monkeypatch.setattr(audit, "record", lambda *_a, **_k: 1 / 0)
    for act in (
        lambda: desk.open_ticket(cmi, draft(), [upload()], now, token="t"),
        lambda: desk.comment(cmi, number, "x", uploads=[upload()], now=now),
        lambda: desk.take_charge(agent, number, 1, now),
    ):
        with pytest.raises(ZeroDivisionError):
            act()
    assert tables() == before
    assert [path for path in receiving.files_folder().rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    consistent()


def test_faults_come_by_field(people: Any, draft: Any, now: Any, upload: Any) -> None:
    cmi = people("c11.cmi")
    with pytest.raises(desk.Invalid) as fault:
        desk.open_ticket(cmi, draft(title=" \u200b", body="", service="", tag="x" * 101), [], now)
    assert fault.value.errors.keys() == {"title", "body", "service", "tag"}
    with pytest.raises(desk.Invalid) as fault:
        desk.open_ticket(cmi, draft(), [upload("virus.exe")], now)
    with pytest.raises(desk.Invalid, match="incident"):  # no agreement of this établissement distinguishes several
        desk.open_ticket(cmi, draft(incident="vol"), [], now)
    assert fault.value.errors.keys() == {"files"}
    with pytest.raises(desk.Refused):
        desk.open_ticket(cmi, draft(etablissement="victor-hugo-tarbes"), [], now)
    with pytest.raises(desk.Refused):
        desk.open_ticket(people("d1.agent"), draft(), [], now)
    with pytest.raises((desk.Refused, desk.Invalid)):
        desk.open_ticket(people("c11.reseau"), draft(service="gestion-financiere"), [], now)
    for body, field in (("", "body"), ("x" * 10_001, "body")):
        with pytest.raises(desk.Invalid) as fault:
            desk.comment(cmi, desk.open_ticket(cmi, draft(), [], now), body, now=now)
        assert field in fault.value.errors


def test_preview_writes_nothing_and_says_what_would_change(people: Any, now: Any) -> None:
    rules = desk.router()
    asked = Request(etablissement="desaix-tarbes", service="equipement-bureautique", activity="mco", opened_at=now)
    shown = desk.preview(rules, asked)
    assert shown.decision and shown.decision.status == "needs_info" and shown.decision.missing[0] == "user_category"
    shown = desk.preview(rules, replace(asked, user_category="cdi"))
    assert shown.decision and shown.decision.party == "departement"
    assert shown.request and what_would_change(rules, shown.request)
    assert desk.preview(rules, replace(asked, service="", activity="")).decision is None
    assert "service" in desk.preview(rules, replace(asked, service="x'; --")).errors
    assert desk.preview(rules, replace(asked, user_category="")).request == asked, "an empty text is not known"
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0


def test_resolved_tickets_close_after_the_days_of_grace(people: Any, draft: Any, now: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    number = desk.open_ticket(cmi, draft(), [], now)
    desk.take_charge(agent, number, 1, now)
    desk.resolve(agent, number, 2, "Fait.", now)
    assert desk.close_resolved(now + timedelta(days=10, seconds=-1), 10) == 0
    assert desk.close_resolved(now + timedelta(days=10), 10) == 1
    assert desk.close_resolved(now + timedelta(days=11), 10) == 0
    view = seen(cmi, number)
    assert view.state is State.CLOSED and view.events[-1].author_name == "Guichet"
    consistent()


def test_recorded_facts_reach_the_router(people: Any, now: Any) -> None:
    admin, cmi = people("a.admin"), people("c11.cmi")
    fact = Recorded(kind="end", convention="hautes-pyrenees-2015", on=now.date(), subject="")
    with pytest.raises(desk.Refused):
        desk.record_fact(cmi, fact, "", now)
    asked = Request(etablissement="desaix-tarbes", service="annuaire", activity="mco", opened_at=now)
    before = desk.preview(desk.router(), asked).decision
    number = desk.record_fact(admin, fact, "Dénoncée", now)
    later = now + timedelta(days=1)
    after = desk.preview(desk.router(), replace(asked, opened_at=later)).decision
    assert before and after and before.status != "out_of_scope" and after.status == "out_of_scope"
    desk.withdraw_fact(admin, number, now)
    again = desk.preview(desk.router(), replace(asked, opened_at=later)).decision
    assert again and again.status == before.status


def test_a_number_is_never_given_twice(people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    first = desk.open_ticket(cmi, draft(), [], now)
    db.session.rollback()
    for table in ("ticket_scope", "notice", "notice_words", "decision", "ticket_event", "ticket_count"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.execute(text("DELETE FROM ticket"))
    db.session.commit()
    assert desk.open_ticket(cmi, draft(), [], now) > first


def test_a_ticket_is_never_handed_to_a_region_that_nothing_has_passed_to(people: Any, now: Any) -> None:
    cite, other = "la-serre-de-sarsan-lourdes", "rene-billeres-argeles-gazost"

    def offered(place: str) -> set[str]:
        return {body.party for body in routing.parties(desk.router().conventions, place)}

    assert offered(cite) == offered(other) == {"academie", "departement", "college"}
    passed = Recorded("transferred", "hautes-pyrenees-2015", now.date(), cite)
    desk.record_fact(people("a.admin"), passed, "Convention de gestion signée", now)
    assert offered(cite) == {"academie", "departement", "college", "region"}
    assert offered(other) == {"academie", "departement", "college"}
