"""The migrations go up, down and up again on both engines, and the tables do not differ from them."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from charters.database import Base, db, writing
from ticketing.in_force import routing
from ticketing.operation import schema
from ticketing.search import words
from ticketing.tables import PartyHours, PartyPromise
from ticketing.tickets import desk, indexing, store


@pytest.fixture
def connection(any_app):
    with any_app.app_context(), db.engine.connect() as connection:
        yield connection


def test_up_down_and_up_again(any_app):
    with any_app.app_context():
        assert schema.current() == schema.newest()
        schema.downgrade("base")
        assert schema.current() is None
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        schema.upgrade()
        assert schema.current() == schema.newest()


def test_each_step_down_and_up(any_app):
    with any_app.app_context():
        for revision in (
            "0015_leaving",
            "0014_delays_and_corrections",
            "0012_incident",
            "0011_interruptions",
            "0010_limits",
            "0009_charters",
            "0008_campaign",
            "0007_personal_data",
            "0006_keys",
            "0005_matrix_versions",
            "0004_declarations",
            "0003_figures",
            "0002_tickets",
            "0001_access",
        ):
            schema.downgrade(revision)
            assert schema.current() == revision
        schema.upgrade()
        assert schema.current() == schema.newest()


#: A ticket's text before the column for its incident existed -> the incident that it names.
WRITTEN = {
    "Incident : Vol.\n\nDepuis ce matin.": "vol",
    "Incident : Vol.": "vol",
    "Incident : Code d’accès.\n\nOublié.": "code d’accès",
    "Incident : Bris.\nÉcran fendu.": "bris",  # an incident of an operator's own agreement
    "Incident : Voltige.\n\nDepuis ce matin.": None,
    "Incident : Mme Duval est tombée.": None,
    "Un Incident : Vol.": None,
}


def test_the_incident_moves_from_the_text_to_a_column_and_back(any_app, people, draft, now, tmp_path):
    (tmp_path / "accords" / "le-notre").mkdir(parents=True)
    (tmp_path / "accords" / "le-notre" / "guidance.toml").write_text('[[guidance]]\nid = "b"\nincident = "bris"\n')
    numbers = {
        written: desk.open_ticket(people("c11.cmi"), draft(body=written), [], now) for written in (*WRITTEN, "Perdue.")
    }
    settings = any_app.config["GUICHET"]
    any_app.config["GUICHET"] = settings.model_copy(update={"conventions_dir": tmp_path / "accords"})

    def column(name):
        with db.engine.connect() as connection:
            found = dict(connection.execute(text(f"SELECT number, {name} FROM ticket")).all())
        return {written: found[number] for written, number in numbers.items()}

    db.session.rollback()
    assert set(column("incident").values()) == {None}
    schema.downgrade("0011_interruptions")
    assert column("body") == {written: written for written in numbers}
    schema.upgrade()
    assert column("incident") == {**WRITTEN, "Perdue.": None}
    assert column("body") == {written: written for written in numbers}, "what was written stays"
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE ticket SET incident = 'perte' WHERE body = 'Perdue.'"))
    schema.downgrade("0011_interruptions")
    assert column("body") == {**{written: written for written in WRITTEN}, "Perdue.": "Incident : Perte.\n\nPerdue."}
    schema.upgrade()
    assert column("incident") == {**WRITTEN, "Perdue.": "perte"}


def test_every_ticket_is_indexed_again_and_back(any_app, people, draft, now, upload):
    """The migration gives the index that the desk wrote, ticket by ticket; back, it holds no people and no files."""
    cmi, agent = people("c11.cmi"), people("d1.agent")
    numbers = []
    for rank in range(3):
        number = desk.open_ticket(cmi, draft(title=f"Son {rank}", tag="XB-2040"), [upload(f"plan{rank}.txt")], now)
        numbers.append(number)
    desk.comment(agent, numbers[0], "Le wi fi, 05 62 12 34 56.", now=now)
    desk.comment(agent, numbers[1], "Entre nous", "internal", [upload("marge.txt")], now)
    desk.comment(people("c11.chef"), numbers[2], "motinconvenant", uploads=[upload("oups.txt")], now=now)
    with writing() as session:
        session.execute(text("UPDATE attachment SET visibility = 'masked' WHERE name = 'oups.txt'"))
        session.execute(text("UPDATE ticket_event SET masked_at = at WHERE body = 'motinconvenant'"))
        indexing.again(session, store.lock_ticket(session, numbers[2]))

    def tokens():
        with db.engine.connect() as connection:
            rows = connection.execute(text("SELECT * FROM ticket_search")).all()
            if connection.dialect.name == "sqlite":
                return sorted(sorted(" ".join(row).split()) for row in rows)
            return sorted(sorted(re.findall(r"'([^']+)'", row.document)) for row in rows)

    written = tokens()
    db.session.rollback()
    schema.downgrade("0012_incident")
    before = tokens()
    named = {form for name in (cmi.name, agent.name, "plan marge") for form in words.tokens(name)}
    for row in before:
        plain = {token.removeprefix("w") for token in row} | set(row)
        assert (
            not named & plain
            and "xb2040" in plain
            and not any(token.startswith("n") for token in row if len(token) > 16)
        )
    schema.upgrade()
    assert tokens() == written and before != written


def test_ranks_by_urgency_go_back_to_those_of_before(any_app, people, draft, now):
    cmi = people("c11.cmi")
    answers = [(1, 1), (2, 1), (None, None), (2, 3), (3, 3)]
    numbers = [desk.open_ticket(cmi, draft(impact=one, urgency=other), [], now) for one, other in answers]
    desk.take_charge(people("d1.agent"), numbers[1], 1, now)
    desk.resolve(people("d1.agent"), numbers[1], 2, "Fait.", now)

    def ranks():
        with db.engine.connect() as connection:
            return dict(connection.execute(text("SELECT DISTINCT ticket_id, rank FROM ticket_scope")).all())

    written = ranks()
    assert len(set(written.values())) == len(numbers)
    db.session.rollback()
    schema.downgrade("0022_identity")
    before = ranks()
    assert {before[number] for number in numbers if number != numbers[1]} == {10**11 + int(now.timestamp())}
    assert before[numbers[1]] == written[numbers[1]] == -numbers[1]
    schema.upgrade()
    assert ranks() == before  # the answers are lost with their columns: unknown, as before


def test_a_promise_goes_back_to_the_delay_of_the_text_alone(any_app, people, draft, now):
    """A queue that a promise ordered is ordered as before, and the text's delay stands again where it stood."""
    organisation = "departement-hautes-pyrenees"
    week = [[[240, 1439]]] * 7
    with writing() as session:
        about = {"since": now.date(), "set_at": now, "set_by": 1, "organisation": organisation}
        session.add(PartyHours(week=week, territory="metropole", zone="", closures=[], **about))
        session.add(PartyPromise(convention="", service="", activity="", answer=60, **about))
    routing.forget()
    numbers = [desk.open_ticket(people("c11.cmi"), draft(impact=one, urgency=one), [], now) for one in (1, None)]

    def ranks():
        with db.engine.connect() as connection:
            return dict(connection.execute(text("SELECT DISTINCT ticket_id, rank FROM ticket_scope")).all())

    promised = int(now.timestamp()) + 3600
    assert set(ranks().values()) == {promised}
    db.session.rollback()
    schema.downgrade("0026_said_of_mails")
    opened = int(now.timestamp())
    assert ranks() == {numbers[0]: 2 * 10**10 + opened, numbers[1]: 10**11 + opened}
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT due_at FROM ticket")).scalars().all() == [None, None]
    schema.upgrade()


def test_no_drift_between_migrations_and_tables(connection):
    def ours(entity, name, kind, reflected, compare_to):
        return not (kind == "table" and name.startswith("ticket_search"))

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
    assert compare_metadata(context, Base.metadata) == []


def test_upgrading_twice_changes_nothing(any_app):
    with any_app.app_context():
        before = sorted(inspect(db.engine).get_table_names())
        schema.upgrade()
        assert sorted(inspect(db.engine).get_table_names()) == before


def test_the_newest_revision_is_the_one_that_alembic_finds():
    from alembic.script import ScriptDirectory

    assert schema.newest() == ScriptDirectory(str(schema.FOLDER)).get_current_head()
