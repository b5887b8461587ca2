"""The migrations: up, down, up again on both engines, and no drift between them and the tables."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from charters.database import Base, db
from ticketing.operation import schema


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
