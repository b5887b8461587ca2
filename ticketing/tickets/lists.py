"""Lists of tickets: queue, search, counts, choices. The perimeter comes first, and every statement joins its rows.

Each part of a list is an index range on both engines: keyset pages, no OFFSET, no count over a whole table.
"""

# ruff: noqa: S608 (the statements are built of constants only; everything that is typed is bound)

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.sql.expression import TextualSelect

from charters.database import db
from charters.model import Perimeter
from matrix import french
from ticketing.model import OPEN_STATES, Choice, Facets, Filters, ListRow, Page, State
from ticketing.tickets import search
from ticketing.tickets.deadlines import late
from ticketing.tickets.store import OPEN_CODES, SCOPE, STATE_CODES, TICKET

SIZE_MAX = 100
LATE_MAX = 100  # counted no further: shown as « 100 et plus »

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
    "held_since",
    "assignee_name",
    "needs_info",
    "confidential",
    "hold_reason",
)


# --- lists ------------------------------------------------------------------------------------------------------------


def queue(perimeter: Perimeter, filters: Filters, cursor: str | None, now: datetime, size: int = 25) -> Page:
    """A page of the perimeter's tickets, narrowed by `filters`.

    Open tickets come oldest promise first unless `sort` is « newest »; everything else newest first. A cursor that
    is none gives the first page. A filter that names nothing known gives no row.
    """
    if perimeter.key is None:
        return Page(())
    size = max(1, min(size, SIZE_MAX))
    states = _states(filters)
    if filters.text and filters.text.strip():
        return _search(perimeter.key, filters, states, cursor, now, size)
    if not states:
        return Page(())
    by_promise = filters.sort != "newest" and all(State(state).is_open for state in states)
    back, at = _position(cursor, 2 if by_promise else 1)
    narrowed = tuple(name for name in ("etablissement", "service") if getattr(filters, name))
    if filters.mine is not None:
        narrowed += ("assignee_id",)
    codes = tuple(STATE_CODES[state] for state in states)
    statement, used = _queue_sql(codes, narrowed, by_promise, back, at is not None)
    values: dict[str, Any] = {
        "key": perimeter.key,
        "size": size + 1,
        "etablissement": filters.etablissement,
        "service": filters.service,
        "assignee_id": filters.mine,
    }
    if at is not None:
        values |= {"rank": at[0], "number": at[1]} if by_promise else {"number": at[0], "rank": -at[0]}
    rows = db.session.execute(statement, {name: values[name] for name in used}).all()
    place = (lambda row: (row.rank, row.number)) if by_promise else (lambda row: (row.number,))
    return _page(rows, size, back, at is not None, place, now)


def _states(filters: Filters) -> tuple[State, ...]:
    asked = filters.state or ("all" if filters.text else "open")
    if asked == "open":
        return OPEN_STATES
    if asked == "all":
        return tuple(State)
    return (State(asked),) if asked in list(State) else ()


@lru_cache(maxsize=512)
def _queue_sql(
    codes: tuple[int, ...], narrowed: tuple[str, ...], by_promise: bool, back: bool, after: bool
) -> tuple[TextualSelect, tuple[str, ...]]:
    """The statement of a queue: one index range for each state, merged, then the tickets of that page only.

    Written out by hand because every part must stay an index range on both engines.
    """
    conditions = "".join(f" AND s.{name} = :{name}" for name in narrowed)
    used = ["key", "size", *narrowed]
    parts = []
    if by_promise:
        way, compare = ("DESC", "<") if back else ("ASC", ">")
        order = f"rank {way}, ticket_id {way}"
        place = f" AND (s.rank, s.ticket_id) {compare} (:rank, :number)" if after else ""
        used += ["rank", "number"] if after else []
        for code in codes:
            parts.append(
                f"SELECT s.ticket_id, s.rank FROM ticket_scope s WHERE s.key = :key{conditions} AND s.state = {code}"
                f"{place} ORDER BY s.rank {way}, s.ticket_id {way} LIMIT :size"
            )
    else:
        way, compare = ("ASC", ">") if back else ("DESC", "<")
        order = f"ticket_id {way}"
        place = f" AND s.ticket_id {compare} :number" if after else ""
        used += ["number"] if after else []
        if len(codes) == len(State) and not narrowed:
            parts.append(
                f"SELECT s.ticket_id, s.rank FROM ticket_scope s WHERE s.key = :key{place} "
                f"ORDER BY s.ticket_id {way} LIMIT :size"
            )
        else:
            for code in codes:
                if code in OPEN_CODES:  # few enough to be sorted
                    part_place, part_order = place, f"s.ticket_id {way}"
                else:  # there the rank is minus the number
                    reverse_way, reverse = ("DESC", "<") if back else ("ASC", ">")
                    part_place = f" AND s.rank {reverse} :rank" if after else ""
                    part_order = f"s.rank {reverse_way}, s.ticket_id {reverse_way}"
                    if after and "rank" not in used:
                        used.append("rank")
                parts.append(
                    f"SELECT s.ticket_id, s.rank FROM ticket_scope s WHERE s.key = :key{conditions} "
                    f"AND s.state = {code}{part_place} ORDER BY {part_order} LIMIT :size"
                )
            if after and all(code not in OPEN_CODES for code in codes):
                used.remove("number")
    merged = " UNION ALL ".join(f"SELECT * FROM ({part}) p{index}" for index, part in enumerate(parts))
    outer = ", ".join(f"u.{column}" for column in order.split(", "))
    columns = ", ".join(f"t.{name}" for name in _LIST)
    statement = _typed(
        f"SELECT u.rank, {columns} FROM (SELECT * FROM ({merged}) m ORDER BY {order} LIMIT :size) u "
        f"JOIN ticket t ON t.number = u.ticket_id ORDER BY {outer}"
    )
    return statement, tuple(used)


def _typed(sql: str) -> TextualSelect:
    return text(sql).columns(SCOPE.c.rank, *(TICKET.c[name] for name in _LIST))


def _search(key: str, filters: Filters, states: Sequence[State], cursor: str | None, now: datetime, size: int) -> Page:
    """Tickets that hold every word of the text, newest first; a number alone finds that ticket too, at the top."""
    asked = (filters.text or "")[:500]
    wanted = search.query(asked)
    back, at = _position(cursor, 1)
    narrowed = tuple(name for name in ("etablissement", "service") if getattr(filters, name))
    if filters.mine is not None:
        narrowed += ("assignee_id",)
    values: dict[str, Any] = {
        "key": key,
        "size": size + 1,
        "etablissement": filters.etablissement,
        "service": filters.service,
        "assignee_id": filters.mine,
    }
    codes = tuple(STATE_CODES[state] for state in states)
    if at is not None:
        values["number"] = at[0]
    sqlite = db.session.get_bind().dialect.name == "sqlite"
    rows: Sequence[Row[Any]] = ()
    if wanted:
        statement, used = _search_sql(sqlite, codes, narrowed, back, at is not None)
        values["words"] = search.fts5(wanted, key) if sqlite else search.tsquery(wanted, key)
        rows = db.session.execute(statement, {name: values[name] for name in used}).all()
    page = _page(rows, size, back, at is not None, lambda row: (row.number,), now)
    number = search.number(asked)
    if number is None or cursor is not None:
        return page
    exact, used = _exact_sql(codes, narrowed)
    found = db.session.execute(exact, {**{name: values[name] for name in used}, "number": number}).all()
    first = tuple(_row(row, now) for row in found)
    return Page((*first, *(row for row in page.rows if row.number != number)), page.previous, page.next)


@lru_cache(maxsize=512)
def _search_sql(
    sqlite: bool, codes: tuple[int, ...], narrowed: tuple[str, ...], back: bool, after: bool
) -> tuple[TextualSelect, tuple[str, ...]]:
    """The index knows the keys, so that a small perimeter never reads a big one's hits; the rows of the perimeter are
    joined all the same."""
    way, compare = ("ASC", ">") if back else ("DESC", "<")
    conditions = "".join(f" AND s.{name} = :{name}" for name in narrowed)
    if len(codes) < len(State):
        conditions += f" AND s.state IN ({', '.join(map(str, codes)) or 'NULL'})"
    used = ["key", "size", "words", *narrowed, *(["number"] if after else [])]
    if sqlite:
        place = f" AND f.rowid {compare} :number" if after else ""
        hits = (
            "SELECT f.rowid AS ticket_id, s.rank AS rank FROM ticket_search f CROSS JOIN ticket_scope s "
            "ON s.key = :key AND s.ticket_id = f.rowid "
            f"WHERE f.ticket_search MATCH :words{place}{conditions} ORDER BY f.rowid {way} LIMIT :size"
        )
    else:
        place = f" AND f.ticket_id {compare} :number" if after else ""
        hits = (
            "WITH f AS MATERIALIZED (SELECT ticket_id FROM ticket_search f "
            f"WHERE f.document @@ CAST(:words AS tsquery){place}) "
            "SELECT f.ticket_id, s.rank FROM f JOIN ticket_scope s ON s.key = :key AND s.ticket_id = f.ticket_id "
            f"WHERE true{conditions} ORDER BY f.ticket_id {way} LIMIT :size"
        )
        if not conditions:  # then every hit is the perimeter's: the page can be cut before the join
            hits = (
                "WITH f AS MATERIALIZED (SELECT ticket_id FROM ticket_search f "
                f"WHERE f.document @@ CAST(:words AS tsquery){place}), "
                f"h AS MATERIALIZED (SELECT ticket_id FROM f ORDER BY ticket_id {way} LIMIT :size) "
                "SELECT h.ticket_id, s.rank FROM h JOIN ticket_scope s ON s.key = :key AND s.ticket_id = h.ticket_id"
            )
    columns = ", ".join(f"t.{name}" for name in _LIST)
    statement = _typed(
        f"SELECT u.rank, {columns} FROM ({hits}) u JOIN ticket t ON t.number = u.ticket_id ORDER BY t.number {way}"
    )
    return statement, tuple(used)


@lru_cache(maxsize=64)
def _exact_sql(codes: tuple[int, ...], narrowed: tuple[str, ...]) -> tuple[TextualSelect, tuple[str, ...]]:
    conditions = "".join(f" AND s.{name} = :{name}" for name in narrowed)
    columns = ", ".join(f"t.{name}" for name in _LIST)
    statement = _typed(
        f"SELECT s.rank, {columns} FROM ticket_scope s JOIN ticket t ON t.number = s.ticket_id "
        f"WHERE s.key = :key AND s.ticket_id = :number{conditions} "
        f"AND s.state IN ({', '.join(map(str, codes)) or 'NULL'})"
    )
    return statement, ("key", *narrowed)


def _page(rows: Sequence[Row[Any]], size: int, back: bool, after: bool, place: Any, now: datetime) -> Page:
    """The rows in reading order; more one way if one row too many came, the other way if a cursor was given."""
    more = len(rows) > size
    shown = list(rows[:size])
    if back:
        shown.reverse()
    if not shown:
        return Page(())
    previous = next_ = None
    if (more and back) or (after and not back):
        previous = _cursor(True, place(shown[0]))
    if (more and not back) or (after and back):
        next_ = _cursor(False, place(shown[-1]))
    return Page(tuple(_row(row, now) for row in shown), previous, next_)


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
        late=late(state, row.due_at, row.held_since, now),
        assignee_name=row.assignee_name,
        needs_info=row.needs_info,
        confidential=row.confidential,
        hold_reason=row.hold_reason,
    )


def _cursor(back: bool, place: tuple[int, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps([int(back), *place]).encode()).decode().rstrip("=")


def _position(cursor: str | None, length: int) -> tuple[bool, tuple[int, ...] | None]:
    """(backwards?, place) of a cursor; (False, None) for none and for what is no cursor of this list."""
    if not cursor or len(cursor) > 100:
        return False, None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        return False, None
    if not isinstance(values, list) or len(values) != length + 1 or any(type(value) is not int for value in values):
        return False, None
    if any(abs(value) >= 2**62 for value in values):
        return False, None
    return bool(values[0]), tuple(values[1:])


# --- counts -----------------------------------------------------------------------------------------------------------


#: Counters by state; and with them the open tickets past their promise, each an index range cut short.
_COUNTS = "SELECT value, n FROM ticket_count WHERE key = :key AND kind = 'state'"
_LATE = "".join(
    f" UNION ALL SELECT 'late', count(*) FROM (SELECT s.ticket_id FROM ticket_scope s WHERE s.key = :key "
    f"AND s.state = {STATE_CODES[state]} AND s.rank < :now LIMIT {LATE_MAX}) late_{state.value}"
    for state in (State.NEW, State.IN_PROGRESS)
)
_COUNTS_SQL, _COUNTS_LATE_SQL = text(_COUNTS), text(_COUNTS + _LATE)
#: All choices as one text (units \x1f, records \x1e): a row for each of 600 établissements costs ten times as much.
_FACETS_SQL = {
    "sqlite": text(
        "SELECT group_concat(kind || char(31) || value || char(31) || label || char(31) || n, char(30)) "
        "FROM ticket_count WHERE key = :key AND kind IN ('etablissement', 'service') AND n > 0"
    ),
    "postgresql": text(
        "SELECT string_agg(concat_ws(chr(31), kind, value, label, n), chr(30)) "
        "FROM ticket_count WHERE key = :key AND kind IN ('etablissement', 'service') AND n > 0"
    ),
}


def counts(perimeter: Perimeter, now: datetime | None = None) -> dict[str, int]:
    """How many tickets of the perimeter are in each state (« open »: in the three open ones together).

    With `now`, « late » too: the open ones past their promise, counted up to 100.
    """
    found = {"open": 0, **{state.value: 0 for state in State}}
    if now is not None:
        found["late"] = 0
    if perimeter.key is None:
        return found
    values: dict[str, Any] = {"key": perimeter.key}
    if now is not None:
        values["now"] = int(now.timestamp())
    for value, n in db.session.execute(_COUNTS_SQL if now is None else _COUNTS_LATE_SQL, values):
        found[value] = found.get(value, 0) + n
    found["open"] = sum(found[state.value] for state in OPEN_STATES)
    if now is not None:
        found["late"] = min(found["late"], LATE_MAX)
    return found


def facets(perimeter: Perimeter) -> Facets:
    """The établissements and services that occur in the perimeter, with how many tickets of each."""
    if perimeter.key is None:
        return Facets()
    statement = _FACETS_SQL[db.session.get_bind().dialect.name]
    return _facets(db.session.execute(statement, {"key": perimeter.key}).scalar() or "")


@lru_cache(maxsize=16)
def _facets(counted: str) -> Facets:
    """Read and sorted once for as long as the counters say the same."""
    rows = [record.split("\x1f") for record in counted.split("\x1e") if record]

    def choices(wanted: str) -> tuple[Choice, ...]:
        found = [Choice(value, label, int(n)) for kind, value, label, n in rows if kind == wanted]
        return tuple(sorted(found, key=lambda choice: french.fold(choice.label)))

    return Facets(choices("etablissement"), choices("service"))
