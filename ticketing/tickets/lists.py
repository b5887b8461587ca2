"""Lists of tickets: queue and search. The perimeter comes first, and every statement joins its rows.

Each part of a list is an index range on both engines: keyset pages, no OFFSET, no count over a whole table.
"""

# ruff: noqa: S608 (the statements are built of constants only; everything that is typed is bound)

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.sql.expression import TextualSelect

from charters.database import db
from charters.model import Perimeter
from ticketing.in_force import routing
from ticketing.model import LARGEST_NUMBER, OPEN_STATES, Filters, State
from ticketing.search import hits
from ticketing.search import query as text_query
from ticketing.search.places import key as place_key
from ticketing.search.places import places
from ticketing.search.words import key_token
from ticketing.tickets.deadlines import LATE_SQL, late
from ticketing.tickets.store import OPEN_CODES, SCOPE, STATE_CODES, TICKET
from ticketing.views import ListRow, Page

SIZE_MAX = 100

_LIST = (
    "number",
    "title",
    "state",
    "etablissement",
    "etablissement_name",
    "service",
    "service_label",
    "activity_label",
    "holder_name",
    "holder_role",
    "opened_at",
    "due_at",
    "assignee_name",
    "needs_info",
    "confidential",
    "hold_reason",
)


def queue(perimeter: Perimeter, filters: Filters, cursor: str | None, now: datetime, size: int = 25) -> Page:
    """Return a page of the perimeter's tickets, narrowed by `filters`.

    Open tickets come nearest delay first, then oldest first, unless `sort` is « newest »; all others come newest first.
    An invalid cursor gives the first page. A filter with an unknown value gives no row.
    """
    if perimeter.key is None:
        return Page(())
    size = max(1, min(size, SIZE_MAX))
    states = _states(filters)
    if filters.text and filters.text.strip():
        return _search(perimeter, filters, cursor, now, size)
    if not states or (filters.late and not any(state.is_open for state in states)):
        return Page(())
    by_promise = filters.sort != "newest" and all(State(state).is_open for state in states)
    back, at = _position(cursor, 2 if by_promise else 1)
    statement, used = _queue_sql(_shape(filters, states, by_promise, back, at is not None))
    values = _values(perimeter.key, filters, size, now)
    if at is not None:
        values |= {"rank": at[0], "number": at[1]} if by_promise else {"number": at[0], "rank": -at[0]}
    rows = db.session.execute(statement, {name: values[name] for name in used}).all()
    place = (lambda row: (row.rank, row.number)) if by_promise else (lambda row: (row.number,))
    return _page(_cut(rows, size, back, at is not None), place, now)


def _shape(filters: Filters, states: Sequence[State], by_promise: bool, back: bool, after: bool) -> _Shape:
    narrowed = tuple(name for name in ("etablissement", "service") if getattr(filters, name))
    if filters.mine is not None:
        narrowed += ("assignee_id",)
    codes = tuple(STATE_CODES[state] for state in states if state.is_open or not filters.late)
    return _Shape(codes, narrowed, by_promise, back, after, filters.late)


def _values(key: str, filters: Filters, size: int, now: datetime) -> dict[str, Any]:
    """Return the values that a statement may bind, except the place; the limit is one row more than the page."""
    return {
        "key": key,
        "size": size + 1,
        "etablissement": filters.etablissement,
        "service": filters.service,
        "assignee_id": filters.mine,
        "now": int(now.timestamp()),
    }


def _states(filters: Filters) -> tuple[State, ...]:
    asked = filters.state or ("all" if filters.text else "open")
    if asked == "open":
        return OPEN_STATES
    if asked == "all":
        return tuple(State)
    return (State(asked),) if asked in list(State) else ()


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the text of a statement depends on: states, filtered columns, order, direction, whether a place is given.

    `back`: towards the previous rows; `after`: from a place (`:rank`, `:number`) on, and not from the start.
    """

    codes: tuple[int, ...]
    narrowed: tuple[str, ...]
    by_promise: bool
    back: bool
    after: bool
    late: bool = False

    @property
    def bound(self) -> tuple[str, ...]:
        """Return the names of the values that the conditions bind."""
        return (*self.narrowed, *(["now"] if self.late else []))

    @property
    def conditions(self) -> str:
        """Return the filtered columns, as SQL on `ticket_scope s`."""
        late = f" AND {LATE_SQL}" if self.late else ""
        return "".join(f" AND s.{name} = :{name}" for name in self.narrowed) + late


@lru_cache(maxsize=512)
def _queue_sql(shape: _Shape) -> tuple[TextualSelect, tuple[str, ...]]:
    """Return the statement of a queue and the names of its values.

    It merges one index range for each state, then reads the tickets of that page only. It is written by hand because
    every part must stay an index range on both engines.
    """
    parts, used, order = (_parts_by_promise if shape.by_promise else _parts_by_number)(shape)
    merged = " UNION ALL ".join(f"SELECT * FROM ({part}) p{index}" for index, part in enumerate(parts))
    outer = ", ".join(f"u.{column}" for column in order.split(", "))
    columns = ", ".join(f"t.{name}" for name in _LIST)
    statement = _typed(
        f"SELECT u.rank, {columns} FROM (SELECT * FROM ({merged}) m ORDER BY {order} LIMIT :size) u "
        f"JOIN ticket t ON t.number = u.ticket_id ORDER BY {outer}"
    )
    return statement, ("key", "size", *shape.bound, *used)


def _parts_by_promise(shape: _Shape) -> tuple[list[str], tuple[str, ...], str]:
    """Return the range of each state, the values of the place, and the order, for the oldest promise first."""
    way, compare = ("DESC", "<") if shape.back else ("ASC", ">")
    place = f" AND (s.rank, s.ticket_id) {compare} (:rank, :number)" if shape.after else ""
    parts = [
        f"SELECT s.ticket_id, s.rank FROM ticket_scope s WHERE s.key = :key{shape.conditions} AND s.state = {code}"
        f"{place} ORDER BY s.rank {way}, s.ticket_id {way} LIMIT :size"
        for code in shape.codes
    ]
    return parts, ("rank", "number") if shape.after else (), f"rank {way}, ticket_id {way}"


def _parts_by_number(shape: _Shape) -> tuple[list[str], tuple[str, ...], str]:
    """Return the range of each state, the values of the place, and the order, for the newest first."""
    way, compare = ("ASC", ">") if shape.back else ("DESC", "<")
    order = f"ticket_id {way}"
    place = f" AND s.ticket_id {compare} :number" if shape.after else ""
    if len(shape.codes) == len(State) and not shape.narrowed:
        whole = (
            f"SELECT s.ticket_id, s.rank FROM ticket_scope s WHERE s.key = :key{place} "
            f"ORDER BY s.ticket_id {way} LIMIT :size"
        )
        return [whole], ("number",) if shape.after else (), order
    reverse_way, reverse = ("DESC", "<") if shape.back else ("ASC", ">")
    by_rank = f" AND s.rank {reverse} :rank" if shape.after else ""
    parts, used = [], set()
    for code in shape.codes:
        if code in OPEN_CODES:  # open tickets are few enough to be sorted
            used.add("number")
            part_place, part_order = place, f"s.ticket_id {way}"
        else:  # in the other states the rank is minus the number
            used.add("rank")
            part_place, part_order = by_rank, f"s.rank {reverse_way}, s.ticket_id {reverse_way}"
        parts.append(
            f"SELECT s.ticket_id, s.rank FROM ticket_scope s WHERE s.key = :key{shape.conditions} "
            f"AND s.state = {code}{part_place} ORDER BY {part_order} LIMIT :size"
        )
    return parts, tuple(sorted(used)) if shape.after else (), order


def _typed(sql: str) -> TextualSelect:
    return text(sql).columns(SCOPE.c.rank, *(TICKET.c[name] for name in _LIST))


def _search(perimeter: Perimeter, filters: Filters, cursor: str | None, now: datetime, size: int) -> Page:
    """Return the tickets that have every word of the text, newest first.

    A number alone also finds the ticket with this number, at the top of the first page.
    """
    asked = (filters.text or "")[:500]
    key = perimeter.key
    assert key is not None
    wanted = text_query.query(asked, places(routing.router().conventions))
    back, at = _position(cursor, 1)
    shape = _shape(filters, _states(filters), False, back, at is not None)
    values = _values(key, filters, size, now)
    if at is not None:
        values["number"] = at[0]
    if filters.etablissement:  # its key in the query, so that the index reads no other place's hits
        wanted.append(text_query.Wanted("", (), (key_token(place_key(filters.etablissement)),)))
    rows: Sequence[Row[Any]] = ()
    if text_query.tells(wanted):
        rows = _hits(shape, values, wanted, perimeter)
    page = _page(_cut(rows, size, back, at is not None), lambda row: (row.number,), now)
    number = text_query.number(asked)
    if number is None or cursor is not None:
        return page
    exact, used = _exact_sql(replace(shape, back=False, after=False))
    found = db.session.execute(exact, {**{name: values[name] for name in used}, "number": number}).all()
    first = tuple(_row(row, now) for row in found)
    return Page((*first, *(row for row in page.rows if row.number != number)), page.previous, page.next)


def _hits(shape: _Shape, values: dict[str, Any], wanted: list[text_query.Wanted], own: Perimeter) -> Sequence[Row[Any]]:
    """Return the rows of the tickets that match, one more than the page, by the way that this engine finds cheapest."""
    if db.session.get_bind().dialect.name == "sqlite":
        values["words"], ways = text_query.fts5(wanted, own.key, own.side), [hits.sqlite]
    else:
        values["words"], ways = text_query.tsquery(wanted, own.key, own.side), [hits.indexed]
        if hits.are_many(values["words"], values["key"], values["size"]):
            ways.insert(0, hits.walked)
    rows: Sequence[Row[Any]] = ()
    for way in ways:
        statement, used = _search_sql(way, shape)
        rows = db.session.execute(statement, {name: values[name] for name in used}).all()
        if len(rows) == values["size"]:  # the newest that match: older ones are not of this page
            break
    return rows


@lru_cache(maxsize=512)
def _search_sql(way: Callable[[hits.Reach], str], shape: _Shape) -> tuple[TextualSelect, tuple[str, ...]]:
    """Return the statement of a search, and the names of its values; `way` is one of `hits`.

    The index knows the keys, so that a small perimeter never reads a big one's hits; the rows of the perimeter are
    joined all the same.
    """
    conditions = shape.conditions
    if len(shape.codes) < len(State):
        conditions += f" AND s.state IN ({', '.join(map(str, shape.codes)) or 'NULL'})"
    reach = hits.Reach(conditions, shape.back, shape.after)
    columns = ", ".join(f"t.{name}" for name in _LIST)
    statement = _typed(
        f"SELECT u.rank, {columns} FROM ({way(reach)}) u JOIN ticket t ON t.number = u.ticket_id "
        f"ORDER BY t.number {reach.way}"
    )
    return statement, ("key", "size", "words", *shape.bound, *(["number"] if shape.after else []))


@lru_cache(maxsize=64)
def _exact_sql(shape: _Shape) -> tuple[TextualSelect, tuple[str, ...]]:
    columns = ", ".join(f"t.{name}" for name in _LIST)
    statement = _typed(
        f"SELECT s.rank, {columns} FROM ticket_scope s JOIN ticket t ON t.number = s.ticket_id "
        f"WHERE s.key = :key AND s.ticket_id = :number{shape.conditions} "
        f"AND s.state IN ({', '.join(map(str, shape.codes)) or 'NULL'})"
    )
    return statement, ("key", *shape.bound)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The rows of a page in reading order, and whether there are more before and after them."""

    rows: Sequence[Row[Any]]
    before: bool
    after: bool


def _cut(rows: Sequence[Row[Any]], size: int, back: bool, after: bool) -> _Cut:
    """Return the rows of a page, from the rows that its statement gave.

    There are more rows in this direction if one row too many came, and in the other if a place was given.
    """
    more = len(rows) > size
    shown = list(rows[:size])
    if back:
        shown.reverse()
    return _Cut(shown, more if back else after, after if back else more)


def _page(cut: _Cut, place: Callable[[Row[Any]], tuple[int, ...]], now: datetime) -> Page:
    """Return the page with its cursors; `place` gives the place of a row."""
    if not cut.rows:
        return Page(())
    previous = _cursor(True, place(cut.rows[0])) if cut.before else None
    following = _cursor(False, place(cut.rows[-1])) if cut.after else None
    return Page(tuple(_row(row, now) for row in cut.rows), previous, following)


def _row(row: Row[Any], now: datetime) -> ListRow:
    state = State(row.state)
    return ListRow(
        number=row.number,
        title=row.title,
        state=state,
        etablissement=row.etablissement,
        etablissement_name=row.etablissement_name,
        service=row.service,
        service_label=row.service_label,
        activity_label=row.activity_label,
        holder_name=row.holder_name,
        holder_role=row.holder_role,
        opened_at=row.opened_at,
        due_at=row.due_at,
        late=late(state, row.due_at, now),
        assignee_name=row.assignee_name,
        needs_info=row.needs_info,
        confidential=row.confidential,
        hold_reason=row.hold_reason,
    )


def _cursor(back: bool, place: tuple[int, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps([int(back), *place]).encode()).decode().rstrip("=")


def _position(cursor: str | None, length: int) -> tuple[bool, tuple[int, ...] | None]:
    """Return (backwards?, place) of a cursor; (False, None) for no cursor and for one that is not of this list."""
    if not cursor or len(cursor) > 100:
        return False, None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        return False, None
    if not isinstance(values, list) or len(values) != length + 1 or any(type(value) is not int for value in values):
        return False, None
    if any(abs(value) >= LARGEST_NUMBER for value in values):
        return False, None
    return bool(values[0]), tuple(values[1:])
