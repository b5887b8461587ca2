"""Facts as the night and the day write them, on both engines: whole, and never changed by what follows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from harness.histories import D1, D2, A, lived, open_ticket
from sqlalchemy import func, insert, select, update

from charters.database import db, reading, writing
from ticketing.figures import nightly
from ticketing.figures.board import reading as reading_board
from ticketing.figures.board.question import read
from ticketing.figures.dashboards import Scope
from ticketing.figures.facts import verifying
from ticketing.figures.facts.columns import AMOUNTS
from ticketing.figures.facts.tables import FactHours, FactMonth, FactSum, TicketFact
from ticketing.figures.tables import Figure, FigureFactScope
from ticketing.in_force import routing
from ticketing.tables import PartyHours, PartyPromise, Ticket, TicketOpinion

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
ACADEMIE = f"academie:{A}"


@pytest.fixture
def made(any_app: Any) -> Any:
    """Write four tickets of two collèges and their facts: resolved at once, handed on, corrected, of the collège."""
    with any_app.app_context():
        lived()
        nightly.write_nightly(NOW)
        yield any_app
        db.session.remove()


def facts() -> list[tuple[Any, ...]]:
    columns = [column for column in TicketFact.__table__.c if column.name != "id"]
    with reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(*columns))]


def months() -> dict[str, tuple[int, str]]:
    with reading() as session:
        rows = session.execute(select(FactMonth.month, FactMonth.facts, FactMonth.digest))
        return {month: (count, digest) for month, count, digest in rows}


def summed(scope: str, grain: str, *where: Any) -> dict[str, int]:
    chosen = [func.coalesce(func.sum(getattr(FactSum, name)), 0).label(name) for name in AMOUNTS]
    with reading() as session:
        row = session.execute(select(*chosen).where(FactSum.scope == scope, FactSum.grain == grain, *where)).one()
    return {name: int(value) for name, value in row._mapping.items()}


def test_what_is_opened_on_a_sunday_and_waits_that_evening_is_counted_as_both(made: Any) -> None:
    """One fact says both: it was summed among what waited alone, and three tickets of the demonstration were lost."""
    sunday = datetime(2026, 5, 24, 8, tzinfo=UTC)
    open_ticket(sunday)
    nightly.follow(sunday + timedelta(days=3))
    assert {grain: summed(ACADEMIE, grain)["opened"] for grain in ("party", "topic", "place", "day", "cell")} == {
        "party": 5,
        "topic": 5,
        "place": 5,
        "day": 5,
        "cell": 5,
    }
    week = summed(ACADEMIE, "week", FactSum.day == "2026-05-24")
    assert (week["waiting"], week["opened"]) == (3, 0)
    assert summed(ACADEMIE, "cell")["waiting"] == 0
    assert verifying.verify().well


def test_the_facts_say_what_the_nightly_lines_say(made: Any) -> None:
    for scope in (ACADEMIE, f"org:{D1}"):
        with reading() as session:
            line = session.execute(
                select(Figure).where(Figure.scope == scope, Figure.period == "tout", Figure.dimension == "total")
            ).scalar_one()
        found = summed(scope, "cell")
        assert (found["opened"], found["resolved"], found["answered"], found["passed"]) == (
            line.opened,
            line.resolved,
            line.answered,
            line.handed_on,
        )


def test_every_grain_adds_up_to_the_same(made: Any) -> None:
    cell = summed(ACADEMIE, "cell")
    assert cell["opened"] == 4 and cell["resolved"] == 2 and cell["passed"] == 1
    for grain in ("place", "day"):
        assert summed(ACADEMIE, grain) == cell
    week = summed(ACADEMIE, "week", FactSum.day == "2026-05-17")
    assert week["waiting"] == 2 and week["opened"] == 0
    assert summed(f"org:{D2}", "cell")["opened"] == 0


def test_an_activity_by_etablissement_is_read_from_sums_and_is_what_the_facts_say(made: Any) -> None:
    scope = Scope(ACADEMIE, "academie")
    given = {"mesure": "ouverts", "par": "etablissement", "periode": "tout"}
    counted = 0
    for activity in ("mco", "conseil"):
        question = read(given | {"activite": activity}, "tout", own=False)
        assert reading_board._source(scope, question, ("etablissement",))[0].name == "fact_sum"
        with reading() as session:
            told = func.sum(TicketFact.opened)
            chosen = select(TicketFact.etablissement, told).where(TicketFact.activity == activity)
            rows = session.execute(chosen.group_by(TicketFact.etablissement))
            facts_say = {row[0]: row[1] for row in rows}
            found = reading_board.grouped(scope, "", question)
        assert {one.value[0]: one.amounts["opened"] for one in found} == facts_say
        counted += sum(facts_say.values())
    assert counted == 4, "each of the four tickets is of one of them"


def test_a_run_again_changes_nothing_and_a_whole_run_makes_the_same(made: Any) -> None:
    before, signed = facts(), months()
    nightly.follow(NOW)
    nightly.write_nightly(NOW, everything=True)
    assert facts() == before and months() == signed and len(signed) == 3
    assert verifying.verify().well


def test_the_day_is_followed_by_what_changed_alone(made: Any) -> None:
    signed = months()
    later = NOW + timedelta(hours=1)
    open_ticket(later).add("taken", later + timedelta(minutes=5), D1)
    assert nightly.follow(later + timedelta(minutes=10)).tickets <= 5
    assert summed(ACADEMIE, "cell", FactSum.month == "2026-05")["opened"] == 1
    assert {month for month, value in months().items() if signed.get(month) != value} == {"2026-05"}
    whole = facts()
    nightly.write_nightly(later + timedelta(minutes=10), everything=True)
    assert facts() == whole and verifying.verify().well


def test_the_tickets_still_open_are_counted_at_each_new_sunday(made: Any) -> None:
    nightly.follow(NOW + timedelta(days=7))
    assert summed(ACADEMIE, "week", FactSum.day == "2026-05-24")["waiting"] == 2
    assert verifying.verify().well


def test_an_answer_on_satisfaction_is_counted_though_the_ticket_has_no_new_entry(made: Any) -> None:
    with writing() as session:
        session.add(TicketOpinion(ticket_id=1, score=3, account_id=None, at=NOW + timedelta(minutes=1)))
    nightly.follow(NOW + timedelta(minutes=2))
    found = summed(ACADEMIE, "cell")
    assert (found["opinions"], found["satisfied"]) == (1, 1)


def test_no_change_of_hours_promises_services_or_names_changes_a_past_month(made: Any) -> None:
    """The hashes of past months hold, though everything that they were counted with changes afterwards."""
    signed, before = months(), facts()
    week = [[[0, 24 * 60 - 1]]] * 7
    with writing() as session:
        for organisation in (A, D1, "desaix-tarbes"):
            columns = {"territory": "metropole", "zone": "", "closures": [["2026-03-01", "2026-03-31", "Fermé"]]}
            given = {"since": date(2026, 1, 1), "week": week, "set_at": NOW, "set_by": 1}
            session.execute(insert(PartyHours).values(organisation=organisation, **columns, **given))
            promise = {"since": date(2026, 1, 1), "convention": "", "service": "", "activity": "", "answer": 1}
            session.execute(insert(PartyPromise).values(organisation=organisation, set_at=NOW, set_by=1, **promise))
        session.execute(update(Ticket).values(service_label="Retiré", holder_name="Équipe renommée"))
    routing.forget()
    later = NOW + timedelta(days=1)
    nightly.write_nightly(later, everything=True)
    assert facts() == before
    assert {month: signed[month] for month in signed} == months()
    with reading() as session:
        since = session.scalars(select(FactHours.known_at).where(FactHours.organisation == D1)).all()
    assert len(since) == 2 and max(since) == later, "the new hours count from this run on"
    # A stretch that ends from now on is counted in the new hours: 23 h 59 a day.
    open_ticket(later).add("resolved", later + timedelta(days=1), D1, to="resolved")
    nightly.write_nightly(later + timedelta(days=2))
    with reading() as session:
        held = session.scalar(select(func.max(TicketFact.held)).where(TicketFact.day == "2026-05-22"))
    assert held == 24 * 3600 - 60
    assert {month: value for month, value in months().items() if month < "2026-05"} == {
        month: value for month, value in signed.items() if month < "2026-05"
    }


@pytest.mark.parametrize("what", ["fact", "sum", "signature"])
def test_verify_finds_what_was_changed_behind_and_a_whole_run_mends_it(made: Any, what: str) -> None:
    with writing() as session:
        if what == "fact":
            session.execute(update(TicketFact).where(TicketFact.opened == 1).values(party="personne"))
        elif what == "sum":
            session.execute(update(FactSum).where(FactSum.grain == "cell").values(opened=FactSum.opened + 1))
        else:
            session.execute(update(FactMonth).values(digest="0" * 64))
    found = verifying.verify()
    assert not found.well
    assert bool(found.wrong) is (what == "fact") and bool(found.unsigned) is (what != "sum")
    nightly.write_nightly(NOW, everything=True)
    assert verifying.verify().well


def test_a_run_that_dies_between_the_facts_and_their_sums_is_caught_up(made: Any, monkeypatch: Any) -> None:
    open_ticket(NOW + timedelta(minutes=1))
    monkeypatch.setattr("ticketing.figures.facts.summing.add_up", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        nightly.follow(NOW + timedelta(minutes=2))
    assert summed(ACADEMIE, "cell")["opened"] == 4
    monkeypatch.undo()
    nightly.follow(NOW + timedelta(minutes=3))
    assert summed(ACADEMIE, "cell")["opened"] == 5 and verifying.verify().well


def test_a_party_that_gets_a_ticket_counts_its_past_too(made: Any) -> None:
    """Its perimeter gains the ticket, so the months that did not change are added up for it too."""
    with reading() as session:
        number = session.scalar(select(Ticket.number).where(Ticket.etablissement == "victor-hugo-tarbes"))
    assert summed(f"org:{D2}", "cell")["opened"] == 0
    with writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(involved=[D1, D2]))
    nightly.write_nightly(NOW, everything=False)
    with reading() as session:
        assert session.scalar(select(FigureFactScope.ticket_id).where(FigureFactScope.scope == f"org:{D2}")) == number
    assert summed(f"org:{D2}", "cell", FactSum.month == "2026-03")["opened"] == 1


def test_the_commands_verify_and_make_again(made: Any, monkeypatch: Any) -> None:
    from contextlib import contextmanager

    from ticketing.commands import cli, operation

    @contextmanager
    def here(**_: Any) -> Any:
        yield made, None

    monkeypatch.setattr(operation, "application", here)
    answer = CliRunner().invoke(cli.main, ["facts", "verify"])
    assert answer.exit_code == 0, answer.output
    assert "2026-03  " in answer.output and "4 tickets" in answer.output
    with writing() as session:
        session.execute(update(TicketFact).where(TicketFact.opened == 1).values(opened=2))
    answer = CliRunner().invoke(cli.main, ["facts", "verify"])
    assert answer.exit_code == 1 and "ses faits ne sont pas ceux de son historique" in answer.output
    assert CliRunner().invoke(cli.main, ["facts", "--everything"]).exit_code == 0
    assert CliRunner().invoke(cli.main, ["facts", "verify"]).exit_code == 0
