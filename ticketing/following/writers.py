"""Who writes on a ticket just now, for the others of the same side: « Nadia Soulérac écrit une réponse ».

A mark lasts a minute, and is written again once a third of it is over, however much is typed. It says that somebody
writes, never what; it is no act: the journal has nothing of it. What is over goes with the next mark, or at night.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from charters.database import Instant, reading, writing, written_at
from charters.model import Actor, Perimeter
from charters.permissions import Action
from charters.statements import Fixed
from charters.tables.access import Account
from ticketing.tables import TicketWriting
from ticketing.tickets import queries, transaction
from ticketing.tickets.store import EVENT

WRITING: Any = TicketWriting.__table__
#: How long a mark says that its person writes, and how old it is when it is written again.
LASTS, AGAIN = timedelta(seconds=60), timedelta(seconds=20)
#: How many people are named.
NAMED = 3


def say(own: Perimeter, actor: Actor, number: int, now: datetime) -> None:
    """Keep that the actor writes on a ticket. Raises NotFound, or Refused where the actor may not write there."""
    with reading() as session:
        _may(own, actor, number)
        asked = {"number": number, "account": actor.account_id, "side": own.side, "since": now - AGAIN}
        if _MARKED.run(asked, session).first():
            return
    with writing() as session:
        now = written_at(now)
        if _may(own, actor, number).pseudonymised_at is not None:
            return
        session.execute(delete(WRITING).where(WRITING.c.at < now - LASTS))
        values = {"ticket_id": number, "account_id": actor.account_id, "side": own.side, "at": now}
        session.execute(_MARK[session.get_bind().dialect.name], values)


def names(own: Perimeter, actor: Actor, number: int, now: datetime) -> tuple[str, ...]:
    """Return who else of the reader's side writes on a ticket and has not sent it yet. Raises NotFound."""
    queries.row_of(own, number)
    asked = {"number": number, "account": actor.account_id, "side": own.side, "since": now - LASTS}
    return tuple(f"{row.first_name} {row.last_name}" for row in _NAMES.run(asked))


def forget_old(now: datetime) -> None:
    """Delete the marks that are over."""
    with writing() as session:
        now = written_at(now)
        session.execute(delete(WRITING).where(WRITING.c.at < now - LASTS))


def _may(own: Perimeter, actor: Actor, number: int) -> Any:
    row = queries.row_of(own, number)
    transaction.gate(actor, Action.NOTE, row)
    return row


_SINCE = bindparam("since", type_=Instant)
_MINE = (WRITING.c.ticket_id == bindparam("number"), WRITING.c.side == bindparam("side"))
_MARKED = Fixed(
    select(WRITING.c.ticket_id).where(*_MINE, WRITING.c.account_id == bindparam("account"), WRITING.c.at > _SINCE)
)
#: What was sent since is no longer being written.
_SENT = exists().where(
    EVENT.c.ticket_id == WRITING.c.ticket_id, EVENT.c.author_id == WRITING.c.account_id, EVENT.c.at >= WRITING.c.at
)
_NAMES = Fixed(
    select(Account.first_name, Account.last_name)
    .join(WRITING, WRITING.c.account_id == Account.id)
    .where(*_MINE, WRITING.c.account_id != bindparam("account"), WRITING.c.at > _SINCE, ~_SENT)
    .order_by(WRITING.c.at, Account.id)
    .limit(NAMED)
)


def _mark(dialect: Any) -> Any:
    statement = dialect.insert(WRITING)
    keys = ["ticket_id", "account_id", "side"]
    return statement.on_conflict_do_update(index_elements=keys, set_={"at": statement.excluded.at})


_MARK = {"sqlite": _mark(sqlite), "postgresql": _mark(postgresql)}
