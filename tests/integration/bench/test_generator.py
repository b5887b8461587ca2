"""What the bench generates is what the desk writes: rows, perimeter, counters; and the same every time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select, text

from bench import generate, people, places, replay, story
from bench.collector import Collector, collecting
from charters.database import Base, db
from charters.journal import audit
from charters.model import Perimeter
from ticketing.app import create_app
from ticketing.model import Draft, Facts, Filters
from ticketing.search.words import key_token
from ticketing.tickets import desk, queries
from ticketing.tickets.store import Placed

COUNT = 150
UNTIL = datetime(2026, 11, 20, tzinfo=UTC)
PLACE = "desaix-tarbes"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> generate.Made:
    return generate.make(COUNT, tmp_path_factory.mktemp("bench"), until=UNTIL)


@pytest.fixture
def desk_app(made: generate.Made) -> Iterator[Any]:
    app = create_app(made.settings())
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


#: Columns of a notice that the generator fills as if it were sent, or leaves to the engine or the schema.
SENT = {"id", "state", "attempts", "sent_at", "claimed_until", "way", "lease", "sent_as", "message_id"}


def _act(actors: dict[str, Any]) -> int:
    """A whole life: opened, taken in charge, answered, noted, asked, corrected, resolved, confirmed."""
    now = UNTIL - timedelta(days=3)

    def at(minutes: int) -> datetime:
        return now + timedelta(minutes=minutes)

    cmi, technician = actors["cmi"], actors["technician"]
    number = desk.open_ticket(
        cmi,
        Draft(
            title="Écran noir en salle B12",
            body="Rien ne s’affiche depuis ce matin.",
            etablissement=PLACE,
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs"),
            tag="10234",
        ),
        [],
        at(0),
    )
    desk.take_charge(technician, number, 1, at(10))
    desk.comment(technician, number, "Nous passons dans la semaine.", now=at(20))
    desk.comment(technician, number, "Câble à prévoir.", "internal", now=at(21))
    desk.hold(technician, number, 3, "attente-demandeur", "Quel est le numéro du poste ?", at(30))
    desk.comment(cmi, number, "Le 12.", now=at(200))
    category = {"user_category": "eleves"}
    desk.correct_facts(technician, number, 5, category, "Ce n’est pas le poste du professeur.", at(210))
    desk.resolve(technician, number, 6, "Carte graphique remplacée.", at(400))
    desk.confirm(cmi, number, 7, at(500))
    return number


def test_a_generated_ticket_has_the_rows_that_the_desk_writes(desk_app: Any, made: generate.Made) -> None:
    conventions = places.of_bench(desk.router().conventions)
    members = people.cast(conventions, made.seed)
    arrived = UNTIL - timedelta(days=story.YEARS * 365 + 30)
    collector = Collector(conventions, members, arrived, UNTIL - timedelta(days=90))
    by_sigle = {person.sigle: person for person in members}
    place = list(conventions.etablissements).index(PLACE) + 1
    departements = list(people.departements(conventions))
    held_by = departements.index("departement-hautes-pyrenees") + 1
    actors = {
        "cmi": by_sigle[f"c{place}.cmi"].actor(arrived),
        "technician": by_sigle[f"d{held_by}.tech1"].actor(arrived),
    }
    tables = {
        name: Base.metadata.tables[name]
        for name in (
            "ticket",
            "ticket_event",
            "decision",
            "ticket_scope",
            "notice",
            "notice_words",
        )
    }
    collector._number = COUNT
    collector._event = db.session.scalar(select(func.max(tables["ticket_event"].c.id))) or 0
    collector._decision = db.session.scalar(select(func.max(tables["decision"].c.id))) or 0
    before = Counter(_counters())
    lines = db.session.scalar(text("SELECT number FROM journal_head"))

    number = _act(actors)
    with collecting(collector):
        assert _act(actors) == number == COUNT + 1
        collector._files = lambda rng: None  # type: ignore[method-assign]
        collector._finish(None)  # type: ignore[arg-type]

    for name, table in tables.items():
        column = table.c.number if name == "ticket" else table.c.ticket_id
        written = [dict(row._mapping) for row in db.session.execute(select(table).where(column == number))]
        ours = [_completed(table, row) for row in collector.rows.tables[name]]
        assert len(written) >= 1
        skipped = SENT if name == "notice" else set()
        assert _sorted(written, skipped) == _sorted(ours, skipped), name
    found = db.session.execute(
        text("SELECT words, keys, own FROM ticket_search WHERE rowid = :number"), {"number": number}
    ).one()
    _, ours_words, keys = collector.rows.words[0]
    assert set(found.words.split()) == ours_words.words
    assert set(found.own.split()) == ours_words.own
    assert set(found.keys.split()) == {key_token(key) for key in keys}
    gained = Counter({key: n for key, n in (Counter(_counters()) - before).items() if n})
    assert gained == Counter({key[:3]: n for key, n in collector.rows.counts.items()})
    events = db.session.execute(
        text("SELECT event, subject, details, sigle FROM journal_line WHERE number > :lines ORDER BY number"),
        {"lines": lines},
    ).all()
    ours_events = [(line["event"], line["subject"], line["details"], line["sigle"]) for line in collector.rows.journal]
    assert [tuple(row) for row in events] == ours_events


def test_perimeter_rows_and_counters_agree_with_the_tickets(desk_app: Any) -> None:
    tickets = db.session.execute(select(Base.metadata.tables["ticket"])).all()
    expected: Counter[tuple[str, str, str]] = Counter()
    keys = set()
    for row in tickets:
        placed = Placed.of(row)
        keys |= {(key, row.number) for key in placed.keys}
        expected.update({key[:3]: n for key, n in placed.counted().items()})
    scope = Base.metadata.tables["ticket_scope"]
    assert {tuple(row) for row in db.session.execute(select(scope.c.key, scope.c.ticket_id))} == keys
    assert Counter(_counters()) == expected


def test_the_journal_holds_and_the_figures_count_every_ticket(desk_app: Any) -> None:
    assert audit.verify().ok
    opened = db.session.scalar(
        text(
            "SELECT opened FROM figure WHERE scope = 'academie:academie-toulouse' AND dimension = 'total' "
            "ORDER BY opened DESC LIMIT 1"
        )
    )
    assert opened == COUNT


def test_one_ticket_in_a_hundred_is_found_by_its_word(desk_app: Any) -> None:
    like = {"word": f"%{story.RARE}%"}
    in_title = db.session.scalar(text("SELECT count(*) FROM ticket WHERE title LIKE :word"), like)
    found = set()
    for organisation in (people.ACADEMIE, *people.departements(desk.router().conventions)):
        page = queries.queue(Perimeter(f"org:{organisation}", organisation), Filters(text=story.RARE), None, UNTIL)
        found |= {row.number for row in page.rows}
    assert len(found) <= in_title
    assert in_title < COUNT / 10


def test_the_same_seed_tells_the_same_tickets(made: generate.Made, tmp_path: Path) -> None:
    again = generate.make(30, tmp_path, until=UNTIL)
    other = generate.make(30, tmp_path / "other", until=UNTIL)
    assert again.rows == other.rows
    assert _content(again) == _content(other)


def _content(made: generate.Made) -> list[Any]:
    app = create_app(made.settings())
    with app.app_context():
        rows = [
            tuple(row)
            for name in ("ticket", "ticket_event", "ticket_scope", "ticket_count", "attachment", "figure")
            for row in db.session.execute(select(Base.metadata.tables[name]))
        ]
        db.session.remove()
        db.engine.dispose()
    return sorted(map(repr, rows))


def _counters() -> dict[tuple[str, str, str], int]:
    return {
        (row.key, row.kind, row.value): row.n for row in db.session.execute(text("SELECT * FROM ticket_count")) if row.n
    }


def _completed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    full = {}
    for column in table.columns:
        default = column.default.arg if column.default is not None and column.default.is_scalar else None
        full[column.name] = row.get(column.name, default)
    return full


def _sorted(rows: list[dict[str, Any]], skipped: set[str]) -> list[str]:
    return sorted(repr({k: _plain(v) for k, v in sorted(row.items()) if k not in skipped}) for row in rows)


def _plain(value: Any) -> Any:
    """JSON as it comes back: lists for tuples."""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def test_a_replay_of_what_was_generated_is_measured(made: generate.Made) -> None:
    """The bench of replays on the generated tickets themselves, without their copies."""
    found = replay.measure(made, 1)
    assert found["tickets"] >= COUNT  # another test opens one more
    assert 0 < found["changed"] <= found["replayed"] <= found["tickets"]
    assert found["groups"] <= found["replayed"] and found["seconds"] < 5 and found["engine"] == "sqlite"
