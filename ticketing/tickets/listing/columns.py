"""The columns that lists read of a ticket, and what each reader has not read yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, String, bindparam, column, text
from sqlalchemy.sql.expression import ColumnElement

from charters.database import Instant
from charters.statements import Fixed
from ticketing import urgency
from ticketing.model import State
from ticketing.tickets.deadlines import late
from ticketing.tickets.store import SCOPE, TICKET
from ticketing.views import ListRow

LISTED = (
    "number",
    "title",
    "state",
    "etablissement",
    "etablissement_name",
    "service",
    "service_label",
    "activity_label",
    "holder_organisation",
    "holder_name",
    "holder_role",
    "opened_at",
    "due_at",
    "assignee_name",
    "needs_info",
    "confidential",
    "hold_reason",
    "wake_at",
    "version",
    "assignee_id",
    "opened_by_name",
    "updated_at",
    "impact",
    "urgency",
)
BODY: ColumnElement[Any] = TICKET.c.body
#: The values that the columns of what is not read bind: the reader's account and side.
BOUND = ("reader", "side")
#: How far the reader has read a ticket, and the last entry of somebody else that the reader may read, with its kind.
_READS = (
    ", (SELECT n.event_id FROM ticket_seen n WHERE n.ticket_id = t.number AND n.account_id = :reader "
    "AND n.side = :side) AS seen, "
    "(SELECT CAST(e.id AS VARCHAR(20)) || ' ' || e.kind FROM ticket_event e WHERE e.ticket_id = t.number "
    "AND (e.visibility = 'public' OR e.side = :side) AND (e.author_id IS NULL OR e.author_id <> :reader) "
    "ORDER BY e.id DESC LIMIT 1) AS latest"
)


def selected(reads: bool) -> str:
    """Return the columns of a ticket `t` in a statement; with `reads`, what its reader has not read too."""
    return ", ".join(f"t.{name}" for name in LISTED) + (_READS if reads else "")


def typed(sql: str, reads: bool, *more: ColumnElement[Any]) -> Fixed:
    """Return a statement of lists, with the types of its columns and values."""
    instants = [bindparam(name, type_=Instant) for name in ("since", "until") if f":{name}" in sql]
    read: list[ColumnElement[Any]] = [column("seen", Integer), column("latest", String)] if reads else []
    columns = (SCOPE.c.rank, *(TICKET.c[name] for name in LISTED), *read, *more)
    return Fixed(text(sql).bindparams(*instants).columns(*columns))


def lines(rows: Sequence[Row[Any]], now: datetime) -> tuple[ListRow, ...]:
    """Return the rows of a statement as lines of a list."""
    if not rows:
        return ()
    names = rows[0]._fields
    body = names.index("body") if "body" in names else None
    return tuple(_line(row, now, "latest" in names, "" if body is None else row[body]) for row in rows)


def _line(row: Row[Any], now: datetime, reads: bool, body: str) -> ListRow:
    state, due_at = State(row.state), row.due_at
    return ListRow(
        number=row.number,
        title=row.title,
        state=state,
        etablissement=row.etablissement,
        etablissement_name=row.etablissement_name,
        service=row.service,
        service_label=row.service_label,
        activity_label=row.activity_label,
        holder_organisation=row.holder_organisation,
        holder_name=row.holder_name,
        holder_role=row.holder_role,
        opened_at=row.opened_at,
        due_at=due_at,
        late=late(state, due_at, now),
        assignee_name=row.assignee_name,
        needs_info=row.needs_info,
        confidential=row.confidential,
        hold_reason=row.hold_reason,
        wake_at=row.wake_at,
        version=row.version,
        assignee_id=row.assignee_id,
        opened_by_name=row.opened_by_name,
        updated_at=row.updated_at,
        urgent=urgency.words(row.impact, row.urgency) if state.is_open else "",
        body=body,
        news=_news(row) if reads and state is not State.CLOSED else "",
    )


def _news(row: Row[Any]) -> str:
    """Return the kind of the last entry that the reader has not read; empty if there is none."""
    if row.latest is None:
        return ""
    event, _, kind = row.latest.partition(" ")
    return kind if int(event) > (row.seen or 0) else ""
