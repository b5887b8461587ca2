"""Index tickets again after somebody's name changed: asked for in the change's own commit, done by a job.

Whoever changes the name of an `Account` need do nothing: `install` listens to it. A statement that changes names
without loading accounts calls `ask` in its transaction.

A technician may have a part in thousands of tickets, so the job takes them a few at a time, each batch in one commit,
and continues where it was if it is stopped. Names of établissements need none of this: see `ticketing.search.places`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, event, inspect, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapper, Session

from charters.database import reading, writing
from charters.tables.access import Account
from ticketing.tables import IndexRequest
from ticketing.tickets import indexing, store
from ticketing.tickets.store import EVENT, SCOPE, TICKET

REQUEST: Any = IndexRequest.__table__
BATCH = 50
#: The most tickets that one tick of the job indexes again.
TICK_MAX = 2_000


def install() -> None:
    """Listen to changes of names, from now on in this process."""
    if not event.contains(Account, "after_update", _named):
        event.listen(Account, "after_update", _named)


def _named(mapper: Mapper[Account], connection: Connection, account: Account) -> None:
    """Ask for an account's tickets if its name has changed; who forgets a person indexes that person's at once."""
    changed = any(inspect(account).attrs[name].history.has_changes() for name in ("first_name", "last_name"))
    if changed and account.pseudonymised_at is None:
        _ask(connection, account.id)


def ask(session: Session, account_id: int) -> None:
    """Ask for the tickets of a person to be indexed again, in the transaction that changes the name."""
    _ask(session.connection(), account_id)


def _ask(connection: Connection, account_id: int) -> None:
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(REQUEST).values(account_id=account_id, asked=1, after=0)
    again = {"asked": REQUEST.c.asked + 1, "after": 0}
    connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=again))


def reindex(at_most: int = TICK_MAX) -> int:
    """Index again the tickets of the people whose names changed, and return how many; the rest at the next call."""
    done = 0
    while done < at_most:
        with reading() as session:
            request = session.execute(select(REQUEST).order_by(REQUEST.c.account_id).limit(1)).one_or_none()
            if request is None:
                break
            numbers = [number for number in tickets_of(session, request.account_id) if number > request.after]
        left = at_most - done
        done += _person(request, numbers[:left], whole=len(numbers) <= left)
    return done


def everything() -> int:
    """Index every ticket again, as in a database that was brought back from a backup, and return how many."""
    done, after = 0, 0
    while True:
        with writing() as session:
            numbers = session.scalars(
                select(TICKET.c.number).where(TICKET.c.number > after).order_by(TICKET.c.number).limit(BATCH)
            ).all()
            for number in numbers:
                row = store.lock_ticket(session, number)
                assert row is not None
                indexing.again(session, row)
        if not numbers:
            return done
        done, after = done + len(numbers), numbers[-1]


def tickets_of(session: Session, account_id: int) -> list[int]:
    """Return the numbers of the tickets that a person opened, has in charge, wrote on or shares, in order."""
    parts = (
        select(TICKET.c.number).where(or_(TICKET.c.opened_by == account_id, TICKET.c.assignee_id == account_id)),
        select(EVENT.c.ticket_id).where(EVENT.c.author_id == account_id),
        select(SCOPE.c.ticket_id).where(
            SCOPE.c.key >= f"person:{account_id}@",
            SCOPE.c.key < f"person:{account_id}A",  # upper bound of the key's prefix: « A » follows « @ » in ASCII
        ),
    )
    found: set[int] = set()
    for part in parts:
        found.update(session.scalars(part))
    return sorted(found)


def _person(request: Any, numbers: list[int], *, whole: bool) -> int:
    """Index these tickets again, and end the request if they are all that were left (`whole`).

    A request that was made again meanwhile has another `asked`, and begins again at the next call.
    """
    same = (REQUEST.c.account_id == request.account_id, REQUEST.c.asked == request.asked)
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        with writing() as session:
            for number in batch:
                row = store.lock_ticket(session, number)
                if row is not None:
                    indexing.again(session, row)
            session.execute(update(REQUEST).where(*same).values(after=batch[-1]))
    if whole:
        with writing() as session:
            session.execute(delete(REQUEST).where(*same))
    return len(numbers)
