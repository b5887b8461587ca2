"""How far each person has read a ticket: marked by the page, so that the next visit shows what is new since.

A mark belongs to the side for which the ticket was read: under another mandate the same person has another mark.
Reading with a reason (annexe 6, 3) leaves none; the journal has it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from charters.database import db, writing, written_at
from charters.model import Actor, Perimeter
from charters.tables.access import Account
from ticketing.tables import TicketSeen
from ticketing.tickets import queries
from ticketing.tickets.store import EVENT

SEEN: Any = TicketSeen.__table__
#: How many readers of a question are named.
NAMED = 5


def mark(perimeter: Perimeter, actor: Actor, number: int, event: int, now: datetime) -> None:
    """Keep that the actor has read the ticket up to this entry; a mark never goes back. Raises NotFound.

    An entry beyond the ticket's last one counts as the last one; an erased ticket keeps no mark.
    """
    with writing() as session:
        now = written_at(now)
        if queries.row_of(perimeter, number).pseudonymised_at is not None:
            return  # nothing more will happen on it, and no trace of a person is left there
        last = int(session.scalar(_LAST, {"number": number}) or 0)
        dialect = session.get_bind().dialect.name
        values = {"ticket_id": number, "account_id": actor.account_id, "side": perimeter.side or ""}
        session.execute(_MARK[dialect], {**values, "event_id": min(event, last), "at": now})


def _mark(dialect: Any) -> Any:
    statement = dialect.insert(SEEN)
    return statement.on_conflict_do_update(
        index_elements=["ticket_id", "account_id", "side"],
        set_={"event_id": statement.excluded.event_id, "at": statement.excluded.at},
        where=SEEN.c.event_id < statement.excluded.event_id,
    )


_MARK = {"sqlite": _mark(sqlite), "postgresql": _mark(postgresql)}
_LAST = select(func.max(EVENT.c.id)).where(EVENT.c.ticket_id == bindparam("number"))
_READERS = (
    select(Account.first_name, Account.last_name)
    .join(SEEN, SEEN.c.account_id == Account.id)
    .where(
        SEEN.c.ticket_id == bindparam("number"),
        SEEN.c.event_id >= bindparam("event"),
        SEEN.c.side == bindparam("side"),
        SEEN.c.account_id != bindparam("account"),
    )
    .order_by(SEEN.c.at, Account.id)
    .limit(NAMED)
)


def readers(actor: Actor, number: int, event: int, side: str) -> tuple[str, ...]:
    """Return who of a side has read this entry of a ticket, the first ones; the caller has checked that it is seen."""
    asked = {"number": number, "event": event, "side": side, "account": actor.account_id}
    return tuple(f"{row.first_name} {row.last_name}" for row in db.session.execute(_READERS, asked))
