"""Lists of tickets: queue and search. The perimeter comes first, and every statement joins its rows.

Each part of a list is an index range on both engines: keyset pages, no OFFSET, no count over a whole table.
"""

# ruff: noqa: S608 (the statements are built of constants only; everything that is typed is bound)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from charters.database import db
from charters.model import Perimeter
from charters.statements import Fixed
from ticketing.in_force import routing
from ticketing.model import OPEN_STATES, Filters, State
from ticketing.search import hits
from ticketing.search import query as text_query
from ticketing.search.places import key as place_key
from ticketing.search.places import places
from ticketing.search.words import key_token
from ticketing.tickets.deadlines import LATE_SQL
from ticketing.tickets.listing import columns
from ticketing.tickets.listing.cursors import cursor_to, position
from ticketing.tickets.store import OPEN_CODES, STATE_CODES
from ticketing.views import Page

SIZE_MAX = 100

#: Filter on a column of the ticket itself, which the rows of the perimeter do not repeat -> its condition.
_OF_TICKET = {
    "opened_by": "o.opened_by = :opened_by",
    "waiting": "o.hold_reason = :waiting",
    "since": "o.opened_at >= :since",
    "until": "o.opened_at < :until",
    "asks": "(o.hold_reason = 'attente-demandeur' OR o.needs_info OR o.holder_organisation = :asks)",
}


#: The tickets on which the reader's side put a word.
#: What the teams of a person cover and nobody has, or what a member of them has in charge; on `ticket_scope s`.
_OF_A_TEAM = (
    "SELECT 1 FROM team e JOIN team_member m ON m.team_id = e.id WHERE m.account_id = :team AND e.side = :side AND ("
    "s.assignee_id IN (SELECT x.account_id FROM team_member x WHERE x.team_id = e.id) OR (s.assignee_id IS NULL"
    " AND (NOT EXISTS (SELECT 1 FROM team_cover c WHERE c.team_id = e.id AND c.kind = 'place') OR EXISTS"
    " (SELECT 1 FROM team_cover c WHERE c.team_id = e.id AND c.kind = 'place' AND c.value = s.etablissement))"
    " AND (NOT EXISTS (SELECT 1 FROM team_cover c WHERE c.team_id = e.id AND c.kind = 'service') OR EXISTS"
    " (SELECT 1 FROM team_cover c WHERE c.team_id = e.id AND c.kind = 'service' AND c.value = s.service))))"
)
_LABELLED = "SELECT l.ticket_id FROM ticket_label l WHERE l.side = :side AND l.folded = :label"


def queue(perimeter: Perimeter, filters: Filters, cursor: str | None, now: datetime, size: int = 25) -> Page:
    """Return a page of the perimeter's tickets, narrowed by `filters`.

    `sort` « due » puts the open tickets nearest delay first, then oldest first, and what waits last; other lists, and
    other states, are by number.
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
    by_promise = filters.sort == "due" and all(State(state).is_open for state in states)
    back, at = position(cursor, 2 if by_promise else 1)
    statement, used = _queue_sql(_shape(filters, states, by_promise, back, at is not None))
    values = _values(perimeter, filters, size, now)
    if at is not None:
        values |= {"rank": at[0], "number": at[1]} if by_promise else {"number": at[0], "rank": -at[0]}
    rows = statement.run({name: values[name] for name in used}).all()
    place = (lambda row: (row.rank, row.number)) if by_promise else (lambda row: (row.number,))
    return _page(_cut(rows, size, back, at is not None), place, now)


def narrowing(perimeter: Perimeter, filters: Filters, now: datetime) -> tuple[str, dict[str, Any]] | None:
    """Return the range of a list as SQL on `ticket_scope s` and its values, None where it can have no row.

    A search by words is no range: `filters.text` is not read.
    """
    states = _states(replace(filters, text=None, state=filters.state or ("all" if filters.text else "open")))
    if perimeter.key is None:
        return None
    shape = _shape(replace(filters, reader=None), states, False, False, False)
    if not shape.codes:
        return None
    values = _values(perimeter, filters, 0, now)
    ranged = f"s.key = :key{shape.conditions} AND s.state IN ({', '.join(map(str, shape.codes))})"
    return ranged, {name: values[name] for name in ("key", *shape.bound)}


def _shape(filters: Filters, states: Sequence[State], by_promise: bool, back: bool, after: bool) -> _Shape:
    narrowed = tuple(name for name in ("etablissement", "service") if getattr(filters, name))
    if filters.mine is not None:
        narrowed += ("assignee_id",)
    own = tuple(name for name in _OF_TICKET if getattr(filters, name) is not None)
    if filters.assignees is not None:
        own += tuple(f"assignee_{index}" for index in range(len(filters.assignees))) or ("nobody",)
    own += tuple(name for name in ("label", "team") if getattr(filters, name) is not None)
    codes = tuple(STATE_CODES[state] for state in states if state.is_open or not filters.late)
    oldest, reads = filters.sort == "oldest", filters.reader is not None
    return _Shape(codes, narrowed, by_promise, back, after, filters.late, own, oldest, reads)


def _values(own: Perimeter, filters: Filters, size: int, now: datetime) -> dict[str, Any]:
    """Return the values that a statement may bind, except the place; the limit is one row more than the page."""
    return {
        "key": own.key,
        "side": own.side or "",
        "reader": filters.reader,
        "size": size + 1,
        "etablissement": filters.etablissement,
        "service": filters.service,
        "assignee_id": filters.mine,
        "now": int(now.timestamp()),
        **{name: getattr(filters, name) for name in _OF_TICKET},
        "label": filters.label,
        "team": filters.team,
        **{f"assignee_{index}": account for index, account in enumerate(filters.assignees or ())},
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
    own: tuple[str, ...] = ()
    oldest: bool = False
    reads: bool = False

    @property
    def up(self) -> bool:
        """Return whether numbers are walked upwards, in a list by number."""
        return self.back != self.oldest

    @property
    def bound(self) -> tuple[str, ...]:
        """Return the names of the values that the conditions bind."""
        own = (name for name in self.own if name != "nobody")
        reads = columns.BOUND if self.reads else ()
        side = ("side",) if {"label", "team"} & set(self.own) else ()
        return (*self.narrowed, *(["now"] if self.late else []), *own, *side, *reads)

    @property
    def conditions(self) -> str:
        """Return the filtered columns, as SQL on `ticket_scope s`."""
        said = "".join(f" AND s.{name} = :{name}" for name in self.narrowed)
        if self.late:
            said += f" AND {LATE_SQL}"
        agents = [f":{name}" for name in self.own if name.startswith("assignee_")]
        if agents or "nobody" in self.own:
            said += f" AND s.assignee_id IN ({', '.join(agents) or 'NULL'})"
        if "label" in self.own:
            said += f" AND s.ticket_id IN ({_LABELLED})"
        if "team" in self.own:
            said += f" AND EXISTS ({_OF_A_TEAM})"
        if of_ticket := [_OF_TICKET[name] for name in self.own if name in _OF_TICKET]:
            said += f" AND EXISTS (SELECT 1 FROM ticket o WHERE o.number = s.ticket_id AND {' AND '.join(of_ticket)})"
        return said


@lru_cache(maxsize=512)
def _queue_sql(shape: _Shape) -> tuple[Fixed, tuple[str, ...]]:
    """Return the statement of a queue and the names of its values.

    It merges one index range for each state, then reads the tickets of that page only. It is written by hand because
    every part must stay an index range on both engines.
    """
    parts, used, order = (_parts_by_promise if shape.by_promise else _parts_by_number)(shape)
    merged = " UNION ALL ".join(f"SELECT * FROM ({part}) p{index}" for index, part in enumerate(parts))
    outer = ", ".join(f"u.{column}" for column in order.split(", "))
    statement = columns.typed(
        f"SELECT u.rank, {columns.selected(shape.reads)} "
        f"FROM (SELECT * FROM ({merged}) m ORDER BY {order} LIMIT :size) u "
        f"JOIN ticket t ON t.number = u.ticket_id ORDER BY {outer}",
        shape.reads,
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
    """Return the range of each state, the values of the place, and the order, for the newest (or the oldest) first."""
    way, compare = ("ASC", ">") if shape.up else ("DESC", "<")
    order = f"ticket_id {way}"
    place = f" AND s.ticket_id {compare} :number" if shape.after else ""
    if len(shape.codes) == len(State) and not shape.narrowed and not shape.late:
        whole = (
            f"SELECT s.ticket_id, s.rank FROM ticket_scope s WHERE s.key = :key{shape.conditions}{place} "
            f"ORDER BY s.ticket_id {way} LIMIT :size"
        )
        return [whole], ("number",) if shape.after else (), order
    reverse_way, reverse = ("DESC", "<") if shape.up else ("ASC", ">")
    by_rank = f" AND s.rank {reverse} :rank" if shape.after else ""
    parts, used = [], set()
    for code in shape.codes:
        if code in OPEN_CODES:  # open tickets are few enough to be sorted; the « + » keeps engines from walking the key
            used.add("number")
            part_place, part_order = place.replace("s.ticket_id", "+s.ticket_id"), f"+s.ticket_id {way}"
        else:  # in the other states the rank is minus the number
            used.add("rank")
            part_place, part_order = by_rank, f"s.rank {reverse_way}, s.ticket_id {reverse_way}"
        parts.append(
            f"SELECT s.ticket_id, s.rank FROM ticket_scope s WHERE s.key = :key{shape.conditions} "
            f"AND s.state = {code}{part_place} ORDER BY {part_order} LIMIT :size"
        )
    return parts, tuple(sorted(used)) if shape.after else (), order


def _search(perimeter: Perimeter, filters: Filters, cursor: str | None, now: datetime, size: int) -> Page:
    """Return the tickets that have every word of the text, newest first.

    A number alone also finds the ticket with this number, at the top of the first page.
    """
    asked = (filters.text or "")[:500]
    page = search(perimeter, filters, wanted_of(asked), cursor, now, size)
    number = text_query.number(asked)
    if number is None or cursor is not None:
        return page
    exact, used = _exact_sql(_shape(filters, _states(filters), False, False, False))
    values = _values(perimeter, filters, size, now)
    found = exact.run({**{name: values[name] for name in used}, "number": number}).all()
    first = columns.lines(found, now)
    return Page((*first, *(row for row in page.rows if row.number != number)), page.previous, page.next)


def wanted_of(asked: str) -> list[text_query.Wanted]:
    """Return what a search asks of the index."""
    return text_query.query(asked, places(routing.router().conventions))


def search(
    perimeter: Perimeter,
    filters: Filters,
    wanted: Sequence[text_query.Wanted],
    cursor: str | None,
    now: datetime,
    size: int,
) -> Page:
    """Return the tickets of the perimeter in which the index finds all that is wanted, newest first."""
    assert perimeter.key is not None
    back, at = position(cursor, 1)
    shape = _shape(filters, _states(filters), False, back, at is not None)
    values = _values(perimeter, filters, size, now)
    if at is not None:
        values["number"] = at[0]
    asked = list(wanted)
    if filters.etablissement:  # its key in the query, so that the index reads no other place's hits
        asked.append(text_query.Wanted("", (), (key_token(place_key(filters.etablissement)),)))
    rows: Sequence[Row[Any]] = ()
    if text_query.tells(asked):
        rows = _hits(shape, values, asked, perimeter)
    return _page(_cut(rows, size, back, at is not None), lambda row: (row.number,), now)


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
        rows = statement.run({name: values[name] for name in used}).all()
        if len(rows) == values["size"]:  # the newest that match: older ones are not of this page
            break
    return rows


@lru_cache(maxsize=512)
def _search_sql(way: Callable[[hits.Reach], str], shape: _Shape) -> tuple[Fixed, tuple[str, ...]]:
    """Return the statement of a search, and the names of its values; `way` is one of `hits`.

    The index knows the keys, so that a small perimeter never reads a big one's hits; the rows of the perimeter are
    joined all the same.
    """
    conditions = shape.conditions
    if len(shape.codes) < len(State):
        conditions += f" AND s.state IN ({', '.join(map(str, shape.codes)) or 'NULL'})"
    reach = hits.Reach(conditions, shape.back, shape.after)
    statement = columns.typed(
        f"SELECT u.rank, {columns.selected(shape.reads)}, t.body FROM ({way(reach)}) u "
        f"JOIN ticket t ON t.number = u.ticket_id ORDER BY t.number {reach.way}",
        shape.reads,
        columns.BODY,
    )
    return statement, ("key", "size", "words", *shape.bound, *(["number"] if shape.after else []))


@lru_cache(maxsize=64)
def _exact_sql(shape: _Shape) -> tuple[Fixed, tuple[str, ...]]:
    statement = columns.typed(
        f"SELECT s.rank, {columns.selected(shape.reads)} FROM ticket_scope s JOIN ticket t ON t.number = s.ticket_id "
        f"WHERE s.key = :key AND s.ticket_id = :number{shape.conditions} "
        f"AND s.state IN ({', '.join(map(str, shape.codes)) or 'NULL'})",
        shape.reads,
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
    previous = cursor_to(True, place(cut.rows[0])) if cut.before else None
    following = cursor_to(False, place(cut.rows[-1])) if cut.after else None
    return Page(columns.lines(cut.rows, now), previous, following)
