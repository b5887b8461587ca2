"""Index tickets again after somebody's name changed: asked for in the change's own commit, done by a job.

    with writing() as session:
        ...  # the name changes
        reindexing.ask(session, account_id, now)

A technician may have a part in thousands of tickets, so the job takes them a few at a time, each batch in one commit,
and continues where it was if it is stopped. Names of établissements need none of this: see `ticketing.search.places`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from ticketing.tables import IndexRequest
from ticketing.tickets import indexing, store
from ticketing.tickets.store import EVENT, SCOPE, TICKET

BATCH = 50
#: The most tickets that one tick of the job indexes again.
TICK_MAX = 2_000


def ask(session: Session, account_id: int, now: datetime) -> None:
    """Ask for the tickets of a person to be indexed again, in the transaction that changes the name."""
    session.merge(IndexRequest(account_id=account_id, after=0, asked_at=now))


def reindex(now: datetime, at_most: int = TICK_MAX) -> int:
    """Index again the tickets of the people whose names changed, and return how many; the rest at the next call."""
    done = 0
    while done < at_most:
        with reading() as session:
            asked = session.execute(
                select(IndexRequest.account_id, IndexRequest.after, IndexRequest.asked_at)
                .where(IndexRequest.asked_at <= now)
                .order_by(IndexRequest.asked_at, IndexRequest.account_id)
                .limit(1)
            ).one_or_none()
            if asked is None:
                break
            numbers = [number for number in tickets_of(session, asked.account_id) if number > asked.after]
        done += _person(
            asked.account_id, asked.asked_at, numbers[: at_most - done], whole=len(numbers) <= at_most - done
        )
    return done


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


def _person(account_id: int, asked_at: datetime, numbers: list[int], *, whole: bool) -> int:
    """Index these tickets again, and end the request if they are all that were left (`whole`)."""
    request = (IndexRequest.account_id == account_id, IndexRequest.asked_at == asked_at)
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        with writing() as session:
            for number in batch:
                row = store.lock_ticket(session, number)
                if row is not None:
                    indexing.again(session, row)
            session.execute(update(IndexRequest).where(*request).values(after=batch[-1]))
    if whole:
        with writing() as session:
            session.execute(delete(IndexRequest).where(*request))
    return len(numbers)
