"""« … écrit une réponse »: said to one's own side alone, for a minute, without a write for each key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from harness.http import post
from sqlalchemy import func, select, update

from charters.database import db, writing
from charters.permissions import perimeter
from charters.tables.access import JournalLine
from ticketing import jobs
from ticketing.following import writers
from ticketing.tables import TicketWriting


def said(client: Any, number: int) -> str:
    answer = client.get(f"/tickets/{number}/ecrit")
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    return str(answer.json["said"])


def aged(seconds: int) -> None:
    with writing() as session:
        session.execute(update(TicketWriting).values(at=datetime.now(UTC) - timedelta(seconds=seconds)))


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(TicketWriting)) or 0


def test_the_others_of_one_s_side_are_told_for_a_minute(
    any_app: Any, client_as: Any, actor_as: Any, opened: Any
) -> None:
    number = opened()
    writer, colleague = client_as("d1.agent"), client_as("d1.ref")
    with any_app.app_context():
        name, lines = actor_as("d1.agent").name, db.session.scalar(select(func.count()).select_from(JournalLine))
    assert post(writer, f"/tickets/{number}/ecrit", {}).status_code == 204
    assert said(colleague, number) == f"{name} écrit une réponse"
    assert said(writer, number) == "", "one knows that one writes"
    with any_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(JournalLine)) == lines, "no act, no line"
        aged(61)
    assert said(colleague, number) == ""
    assert post(colleague, f"/tickets/{number}/ecrit", {}).status_code == 204
    with any_app.app_context():
        assert count() == 1, "what is over goes with the next mark"
        aged(61)
        jobs.run("tidy", datetime.now(UTC))
        assert count() == 0


def test_security_no_other_side_is_told_and_nobody_marks_what_is_not_seen(
    any_app: Any, client_as: Any, opened: Any
) -> None:
    number = opened()
    assert post(client_as("d1.agent"), f"/tickets/{number}/ecrit", {}).status_code == 204
    for other in ("c11.cmi", "c11.chef"):
        assert said(client_as(other), number) == "", other
    for stranger in ("d2.agent", "c12.cmi", "c21.cmi"):
        assert client_as(stranger).get(f"/tickets/{number}/ecrit").status_code == 404, stranger
        assert post(client_as(stranger), f"/tickets/{number}/ecrit", {}).status_code == 404, stranger
    assert post(client_as("c11.cmi"), f"/tickets/{number}/ecrit", {}).status_code == 204
    assert "écri" in said(client_as("c11.chef"), number) and " et " not in said(client_as("c11.chef"), number)
    with any_app.app_context():
        assert count() == 2


def test_what_is_sent_is_no_longer_being_written(any_app: Any, client_as: Any, opened: Any) -> None:
    number = opened()
    writer, colleague = client_as("d1.agent"), client_as("d1.ref")
    post(writer, f"/tickets/{number}/ecrit", {})
    sent = {"commenter-texte": "Voilà.", "commenter-visibilite": "internal", "version": "1", "vu": "0"}
    assert post(writer, f"/tickets/{number}/commenter", sent).status_code == 303
    assert said(colleague, number) == ""


def test_typing_on_writes_once_in_twenty_seconds(any_app: Any, actor_as: Any, opened: Any) -> None:
    number = opened()
    with any_app.app_context():
        actor = actor_as("d1.agent")
        own, now = perimeter(actor), datetime.now(UTC)

        def at() -> datetime:
            db.session.rollback()
            kept = db.session.scalars(select(TicketWriting.at)).one()
            db.session.rollback()
            return kept

        writers.say(own, actor, number, now)
        first = at()
        writers.say(own, actor, number, now + timedelta(seconds=10))
        assert at() == first
        aged(30)
        db.session.rollback()
        writers.say(own, actor, number, datetime.now(UTC))
        assert at() > first - timedelta(seconds=1) and count() == 1
