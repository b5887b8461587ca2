"""The notices of a person as the pages of Guichet show them, from the rows of the mails: listed, counted, read.

What is shown is decided when it is shown: only tickets that the active mandate sees, and nothing of what was masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, exists, func, select, update

from charters.database import db, writing, written_at
from charters.model import Actor, Perimeter
from charters.statements import Fixed
from ticketing.mail.kinds import HAPPENED
from ticketing.tables import Notice, Ticket, TicketEvent, TicketScope

SHOWN = 50
#: The notice of a note that names its recipient: it is shown under a mandate of the side that wrote the note alone.
NOTED = "noted"
#: How many of the latest notices are looked at to count those not read.
COUNTED = 99
NOTICE: Any = Notice.__table__
TICKET: Any = Ticket.__table__
EVENT: Any = TicketEvent.__table__
SCOPE: Any = TicketScope.__table__
_COLUMNS = (
    *(NOTICE.c[name] for name in ("id", "ticket_id", "kind", "created_at", "read_at", "state", "way")),
    TICKET.c.title,
    EVENT.c.author_id,
    EVENT.c.author_name,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice on the page: the ticket, what happened, by whom, when, whether it was read and how it was sent.

    `who` is empty for what the reader or the program did.
    """

    id: int
    ticket: int
    title: str
    what: str
    who: str
    at: datetime
    read: bool
    state: str
    way: str


def listed(perimeter: Perimeter, actor: Actor, before: int = 0) -> list[Shown]:
    """Return the latest notices to this person on tickets that the active mandate sees, newest first.

    `before`: only those whose id is smaller, for the next page.
    """
    if perimeter.key is None:
        return []
    query = (
        select(*_COLUMNS)
        .join(SCOPE, (SCOPE.c.ticket_id == NOTICE.c.ticket_id) & (SCOPE.c.key == perimeter.key))
        .join(TICKET, TICKET.c.number == NOTICE.c.ticket_id)
        .outerjoin(EVENT, (EVENT.c.id == NOTICE.c.event_id) & EVENT.c.masked_at.is_(None))
        .where(NOTICE.c.recipient_id == actor.account_id, *([NOTICE.c.id < before] if before else []))
        .where((NOTICE.c.kind != NOTED) | (EVENT.c.side == (perimeter.side or "")))
        .order_by(NOTICE.c.id.desc())
        .limit(SHOWN)
    )
    return [_shown(row, actor) for row in db.session.execute(query)]


def _shown(row: Any, actor: Actor) -> Shown:
    return Shown(
        row.id,
        row.ticket_id,
        row.title,
        HAPPENED.get(row.kind, HAPPENED["answered"]),
        row.author_name if row.author_id not in (None, actor.account_id) else "",
        row.created_at,
        row.read_at is not None,
        row.state,
        row.way,
    )


def unread(perimeter: Perimeter, actor: Actor) -> int:
    """Return how many of this person's latest notices are not read, on tickets that the active mandate sees."""
    if perimeter.key is None:
        return 0
    asked = {"account": actor.account_id, "key": perimeter.key, "side": perimeter.side or ""}
    return int(_UNREAD.run(asked).scalar() or 0)


def _unread() -> Any:
    """Return the statement that counts a person's latest notices that are not read; built once."""
    latest = (
        select(NOTICE.c.ticket_id, NOTICE.c.event_id, NOTICE.c.kind, NOTICE.c.read_at)
        .where(NOTICE.c.recipient_id == bindparam("account"))
        .order_by(NOTICE.c.id.desc())
        .limit(COUNTED)
        .subquery()
    )
    seen = exists().where(SCOPE.c.ticket_id == latest.c.ticket_id, SCOPE.c.key == bindparam("key"))
    own = exists().where(EVENT.c.id == latest.c.event_id, EVENT.c.side == bindparam("side", type_=String))
    readable = (latest.c.kind != NOTED) | own
    return select(func.count()).select_from(latest).where(latest.c.read_at.is_(None), seen, readable)


_UNREAD = Fixed(_unread())


def read(actor: Actor, now: datetime, number: int | None = None) -> None:
    """Mark as read the notices of a ticket to this person, or all of them."""
    wanted = [] if number is None else [NOTICE.c.ticket_id == number]
    with writing() as session:
        now = written_at(now)
        session.execute(
            update(NOTICE)
            .where(NOTICE.c.recipient_id == actor.account_id, NOTICE.c.read_at.is_(None), *wanted)
            .values(read_at=now)
        )
