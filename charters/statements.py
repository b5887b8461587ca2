"""Fixed statements: what pages and steps ask at every request, compiled once for each engine and then given its driver.

SQLAlchemy builds anew, for each execution, what it knows of the statement, of its values and of its rows; the ORM's
session looks first whether there are objects to build. Of a `Fixed` the text, the order of the values and the types
are worked out once: what is left is the driver's own work. The connection, its transaction, its events, the types and
the errors are those of the session, and rows are SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Executable, Row
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import iterate

from charters.database import db

AnyRow = Row[*tuple[Any, ...]]

_NOTHING: Mapping[str, Any] = {}
#: Where a session keeps the connection of its transaction.
_HELD = "guichet.fixed"


class Fixed:
    """A statement whose text depends on the engine, on the names of its values, and on how many each list of them has.

    `others` holds the statements of the engines where it is another one: `Fixed(statement, postgresql=…)`.
    """

    __slots__ = ("_dialect", "_lists", "_others", "_plans", "statement")

    def __init__(self, statement: Executable, **others: Executable) -> None:
        self.statement, self._others = statement, others
        self._lists = _lists_of(statement)
        self._dialect: Dialect | None = None
        #: (names of the values, whether there are many rows of them, sizes of the lists) -> how it is run on the engine
        #: that ran it last.
        self._plans: dict[tuple[Any, ...], _Plan] = {}

    def run(
        self, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] = _NOTHING, session: Session | None = None
    ) -> Found:
        """Run the statement in the session's transaction (by default the current session's), and return what it found.

        What the session has still to write is written first, as the session itself would.
        """
        if session is None:
            session = db.session()
        if session.autoflush:
            session.flush()
        connection = _connection(session)
        first = values if isinstance(values, Mapping) else values[0]
        return self._plan(connection.dialect, first, first is not values).run(connection, values)

    def _plan(self, dialect: Dialect, values: Mapping[str, Any], many: bool) -> _Plan:
        if dialect is not self._dialect:  # another engine: what was worked out for the first is let go with it
            self._dialect, self._plans = dialect, {}
        key = (many, *values, *(len(values[name]) for name in self._lists if name in values))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = _Plan(self._others.get(dialect.name, self.statement), dialect, values, many)
        return plan


def _lists_of(statement: Executable) -> tuple[str, ...]:
    """Return the names of the values of a statement that are lists, each written as so many values."""
    bound = (one for one in iterate(cast(Any, statement)) if isinstance(one, BindParameter))
    return tuple(sorted({one.key for one in bound if one.expanding and one.required}))


class Found:
    """What a statement found: its rows, which may be walked, or how many it wrote."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[AnyRow], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[AnyRow]:
        return iter(self._rows)

    def all(self) -> list[AnyRow]:
        """Return the rows."""
        return self._rows

    def first(self) -> AnyRow | None:
        """Return the first row, None if there is none."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> AnyRow | None:
        """Return the only row, None if there is none. Raises MultipleResultsFound."""
        if len(self._rows) > 1:
            raise MultipleResultsFound
        return self.first()

    def one(self) -> AnyRow:
        """Return the only row. Raises NoResultFound, MultipleResultsFound."""
        row = self.one_or_none()
        if row is None:
            raise NoResultFound
        return row

    def scalar(self) -> Any:
        """Return the first value of the first row, None if there is none."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first value of the only row. Raises NoResultFound, MultipleResultsFound."""
        return self.one()[0]


class _Plan:
    """A statement for one engine and some names of values: its text, the way of each value, and that of the rows."""

    __slots__ = ("_columns", "_constants", "_lists", "_make", "_many", "_names", "_text", "_ways")

    def __init__(self, statement: Executable, dialect: Dialect, values: Mapping[str, Any], many: bool) -> None:
        compiled = cast(Any, statement).compile(dialect=dialect, column_keys=sorted(values), for_executemany=many)
        # Raises for a value that is missing; names lists as they are spelled out, and the types of what is in them.
        if compiled.escaped_bind_names or compiled.literal_execute_params:
            raise TypeError("a fixed statement has values of plain names, which the driver binds")
        spelled = compiled._process_parameters_for_postcompile(compiled.construct_params(values, escape_names=False))
        self._text, self._many, self._columns = spelled.statement, many, _Columns.of(compiled)
        #: The values that are always the same, and those that are members of a list: their name -> (its name, place).
        self._constants, self._lists = _constants(compiled, values), _members(spelled)
        names = spelled.positiontup if compiled.positional else list(spelled.parameters)
        #: The names of the values, where the engine takes them by name; else it takes them in their order.
        self._names = None if compiled.positional else names
        types = {**compiled._bind_processors, **spelled.processors}
        self._ways = [(_given_as(compiled, name, values), types.get(name)) for name in names]
        self._make: Callable[[Any], AnyRow] | None = None

    def run(self, connection: Connection, values: Any) -> Found:
        """Run the statement on the connection, as SQLAlchemy's own execution does."""
        given: Any = [self._given(one) for one in values] if self._many else self._given(values)
        text, cursor, driver = self._text, None, connection.connection  # raises where the transaction was lost
        try:
            cursor = driver.cursor()
            for told in connection.dispatch.before_cursor_execute:
                text, given = told(connection, cursor, text, given, None, self._many)
            if self._many:
                cursor.executemany(text, given)
            else:
                cursor.execute(text, given)
            for told in connection.dispatch.after_cursor_execute:
                told(connection, cursor, text, given, None, self._many)
            rows = [] if cursor.description is None else self._rows(connection.dialect, cursor)
            count = cursor.rowcount
            cursor.close()
        except BaseException as error:  # it tells a lost connection, wraps the driver's error, and raises
            connection._handle_dbapi_exception(error, text, given, cursor, None)
        return Found(rows, count)

    def _given(self, values: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        """Return the values as the driver takes them."""
        if self._constants or self._lists:
            values = {**self._constants, **values}
            values.update({name: values[whole][place] for name, (whole, place) in self._lists.items()})
        found = tuple([values[key] if typed is None else typed(values[key]) for key, typed in self._ways])
        return found if self._names is None else dict(zip(self._names, found, strict=True))

    def _rows(self, dialect: Dialect, cursor: Any) -> list[AnyRow]:
        """Return the rows of the cursor, with the types of the statement."""
        rows = cursor.fetchall()
        if not rows:
            return []
        make = self._make
        if make is None:
            make = self._make = self._columns.maker(dialect, cursor.description)
        return list(map(make, rows))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a statement's rows, in the order of its text; none where it is a plain text."""

    names: tuple[str, ...]
    types: tuple[Any, ...]

    @classmethod
    def of(cls, compiled: Any) -> _Columns:
        """Return the columns of a compiled statement."""
        columns = compiled._result_columns
        if columns and not (compiled._ordered_columns or compiled._textual_ordered_columns):
            raise TypeError("a fixed statement names its columns in their order")
        return cls(tuple(one.keyname for one in columns), tuple(one.type for one in columns))

    def maker(self, dialect: Dialect, description: Sequence[Any]) -> Callable[[Any], AnyRow]:
        """Return what makes a row of the driver's, which describes its columns."""
        metadata = SimpleResultMetaData(self.names or [column[0] for column in description])
        index: Any = metadata._key_to_index
        found = tuple(
            one._cached_result_processor(dialect, told[1]) for one, told in zip(self.types, description, strict=False)
        )
        processors: Any = found if any(found) else None
        return lambda row: Row(metadata, processors, index, row)


def _connection(session: Session) -> Connection:
    """Return the connection of the session's transaction, which begins if there is none."""
    transaction = session.get_transaction()
    held = session.info.get(_HELD)
    if held is not None and transaction is not None and held[0] is transaction and transaction.is_active:
        found: Connection = held[1]
        return found
    connection = session.connection()
    session.info[_HELD] = session.get_transaction(), connection
    return connection


def _given_as(compiled: Any, name: str, values: Mapping[str, Any]) -> str:
    """Return the name under which a value of the text is given: its own, or that of its parameter."""
    bound = compiled.binds.get(name)
    return name if bound is None or name in values or bound.key not in values else bound.key


def _members(spelled: Any) -> dict[str, tuple[str, int]]:
    """Return for each member of a list, by its name in the text, the name of the list and its place there."""
    return {one: (name, place) for name, each in spelled.parameter_expansion.items() for place, one in enumerate(each)}


def _constants(compiled: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is the same at each run: constants, and what the table gives to columns that are not given."""
    defaults = [(one.key, one.default) for one in compiled.insert_prefetch]
    defaults += [(one.key, one.onupdate) for one in compiled.update_prefetch]
    if any(not default.is_scalar for _, default in defaults):
        raise TypeError("a fixed statement gives every value that Python would make at each run")
    written = {key: default.arg for key, default in defaults}
    said = {name: one.effective_value for name, one in compiled.binds.items() if {name, one.key}.isdisjoint(values)}
    return {**said, **written}
