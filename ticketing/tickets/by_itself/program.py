"""Steps that the program takes itself: the tickets that are due, each in its own commit, judged under its lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select

from charters.database import reading, writing
from ticketing.tickets import queries, store, transaction
from ticketing.tickets.changing.standing import Author, Outcome
from ticketing.tickets.transaction import Underway

#: Says whether a ticket is still due, from its row; and what the program then does.
Due = Callable[[Row[Any]], bool]
Decide = Callable[[Underway], Outcome | None]


def each(wanted: Select[int], due: Due, decide: Decide, now: datetime) -> int:
    """Take a step of the program on each ticket that a query of numbers finds, and return how many it took.

    Several processes may do so at once: a ticket is locked, and left alone where `due` no longer holds. `decide` gives
    None where nothing is to be done after all.
    """
    with reading() as session:
        numbers: Sequence[int] = session.execute(wanted).scalars().all()
    return sum(_one(number, due, decide, now) for number in numbers)


def _one(number: int, due: Due, decide: Decide, now: datetime) -> bool:
    with writing() as session:
        row = store.lock_ticket(session, number)
        if row is None or not due(row):
            return False
        act = transaction.Act(session, None, Author(None, transaction.PROGRAM, False), now)
        standing = queries.standing_of(row, transaction.desk_of(row))
        step = Underway(act, row, standing, transaction.decision_of(row))
        outcome = decide(step)
        if outcome is not None:
            transaction.write(step, outcome)
    return outcome is not None
