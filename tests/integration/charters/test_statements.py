"""A fixed statement gives what the session would give, and is compiled once for each engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import String, bindparam, event, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError, MultipleResultsFound, NoResultFound, OperationalError
from sqlalchemy.sql.elements import ClauseElement

from charters.database import db, writing
from charters.statements import Fixed
from charters.tables.access import Account
from ticketing.tables import TicketCount

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
COUNT: Any = TicketCount.__table__


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The statements that SQLAlchemy compiles from now on."""
    seen: list[Any] = []
    compile_one = ClauseElement._compiler

    def noted(self: Any, *args: Any, **options: Any) -> Any:
        seen.append(self)
        return compile_one(self, *args, **options)

    monkeypatch.setattr(ClauseElement, "_compiler", noted)
    return seen


def test_it_reads_what_the_session_reads(app_context: Any, compiled: list[Any]) -> None:
    statement = select(Account.sigle, Account.created_at).where(Account.sigle == bindparam("who"))
    fixed = Fixed(statement)
    with writing() as session:
        session.add(_account("z.un", 1))
    for who in ("z.un", "nobody", "z.un"):
        rows = fixed.run({"who": who}).all()
        assert rows == db.session.execute(statement, {"who": who}).all()
    assert rows[0].sigle == "z.un" and rows[0].created_at == NOW
    compiled.clear()
    assert fixed.run({"who": "z.un"}).one().created_at == NOW
    assert compiled == []


def test_it_writes_in_the_transaction_of_the_session(app_context: Any, compiled: list[Any]) -> None:
    add = Fixed(insert(COUNT))
    row = {"key": "k", "kind": "state", "label": "", "n": 1}
    with writing() as session:
        add.run([{**row, "value": str(rank)} for rank in range(3)], session)
        add.run({**row, "value": "alone"}, session)
        add.run({"n": 0, "value": "short", "kind": "state", "key": "k"}, session)
    raised = Fixed(update(COUNT).where(COUNT.c.value == bindparam("which")).values(n=COUNT.c.n + 1))
    with pytest.raises(ZeroDivisionError), writing() as session:
        assert raised.run({"which": "alone"}, session).rowcount == 1
        compiled.clear()
        assert raised.run({"which": "1"}, session).rowcount == 1 and compiled == []
        _ = 1 / 0
    with pytest.raises(IntegrityError), writing() as session:
        add.run({**row, "value": "alone"}, session)
    kept = dict(db.session.execute(select(COUNT.c.value, COUNT.c.n).where(COUNT.c.key == "k")).all())
    assert kept == {"0": 1, "1": 1, "2": 1, "alone": 1, "short": 0}


def test_a_list_is_written_as_so_many_values_whatever_its_length(app_context: Any, compiled: list[Any]) -> None:
    add = Fixed(insert(COUNT))
    with writing() as session:
        add.run([{"key": "k", "kind": kind, "value": "v", "n": 1} for kind in ("a", "b", "c")], session)
    among, named = bindparam("among", expanding=True), Fixed(select(COUNT.c.kind).where(COUNT.c.kind.in_(["a", "b"])))
    fixed = Fixed(select(COUNT.c.kind).where(COUNT.c.key == "k", COUNT.c.kind.in_(among)).order_by(COUNT.c.kind))
    asked = (["a", "c"], ["b"], [], ["a", "b", "c"])
    for kinds in asked:
        assert [row.kind for row in fixed.run({"among": kinds})] == kinds
    assert sorted(row.kind for row in named.run()) == ["a", "b"]
    compiled.clear()
    for kinds in asked:
        assert [row.kind for row in fixed.run({"among": kinds})] == kinds
    assert compiled == []


def test_events_errors_and_rows_are_those_of_the_session(app_context: Any) -> None:
    told: list[tuple[str, bool]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        told.append((statement.split()[0], many))

    add, found = Fixed(insert(COUNT)), Fixed(select(COUNT).where(COUNT.c.kind == "none"))
    rows = [{"key": "k", "kind": "none", "value": value, "n": 1} for value in ("1", "2")]
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with writing() as session:
            add.run(rows, session)
            assert found.run(session=session).scalar() == "k"
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert [one for one in told if one[0] in ("INSERT", "SELECT")] == [("INSERT", True), ("SELECT", False)]
    with pytest.raises(MultipleResultsFound):
        found.run().one()
    with pytest.raises(NoResultFound):
        Fixed(select(COUNT).where(COUNT.c.kind == "nothing")).run().one()
    with pytest.raises(InvalidRequestError, match="value is required"):
        Fixed(select(Account.id).where(Account.sigle == bindparam("who"))).run()
    with pytest.raises(OperationalError) as failed:
        Fixed(text("SELECT value FROM no_such_table WHERE value = :said")).run({"said": "a secret"})
    assert "a secret" not in str(failed.value) and "no_such_table" in str(failed.value)
    db.session.rollback()


def test_the_next_transaction_has_its_own_connection(app_context: Any) -> None:
    one = Fixed(select(literal(1)))
    with writing() as session:
        assert one.run(session=session).scalar() == 1
        first = session.connection()
    assert one.run().scalar() == 1 and first.closed and not db.session.connection().closed
    db.session.remove()
    assert one.run().scalar() == 1


def test_what_the_session_has_still_to_write_is_written_first(app_context: Any) -> None:
    counted = Fixed(select(Account.id).where(Account.sigle == bindparam("who")))
    with writing() as session:
        session.add(_account("z.deux", 2))
        assert counted.run({"who": "z.deux"}, session).one()
        with session.no_autoflush:
            session.add(_account("z.trois", 3))
            assert counted.run({"who": "z.trois"}, session).first() is None


def test_each_engine_has_its_own_text(any_app: Any) -> None:
    """What was compiled for the engine that asked first does not serve the next: this runs once on each."""
    with any_app.app_context():
        assert BY_ENGINE.run().scalar_one() == SAME.run({"name": db.engine.dialect.name}).scalar_one()
        db.session.remove()


#: Shared by the two runs of the test above.
BY_ENGINE = Fixed(select(literal("sqlite")), postgresql=text("SELECT CAST('postgresql' AS text)"))
SAME = Fixed(select(bindparam("name", type_=String)))


def _account(sigle: str, rank: int) -> Account:
    return Account(
        sigle=sigle,
        first_name="Z",
        last_name=str(rank),
        email=f"{sigle}@guichet.example",
        function="",
        company="",
        organisation="departement-hautes-pyrenees",
        external=False,
        created_at=NOW,
        generation=0,
    )
