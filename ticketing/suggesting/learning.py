"""Learn from closed tickets which words speak of which service: counts of words at night, never a text.

Each night counts the tickets closed in the last year anew and takes the place of the night before, so that nothing of a
ticket that was erased, or grew old, is left. A word counts once enough tickets of enough établissements hold it
(`matrix.suggestions.learning`); the names of people who have an account, and of those for whom tickets were opened, do
not count; confidential tickets teach nothing.
"""

from __future__ import annotations

import time as clock
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from charters.database import db, reading, writing
from charters.tables.access import Account
from matrix.suggestions.learning import Confirmed, Counts, countable, counted
from ticketing.model import TO_SPECIFY
from ticketing.tables import LearnedWords, Ticket
from ticketing.tables.tickets import CLOSED

LEARNED: Any = LearnedWords.__table__
#: How far back tickets teach, and how many at most: the latest, so that a night's work has a bound.
TAUGHT, TICKETS_MAX = timedelta(days=365), 20_000
#: The most words kept, those of most tickets.
WORDS_MAX = 5_000
#: Counts that no night has made again for so long are neither used nor kept.
KEPT = timedelta(days=30)
#: How many seconds a process uses counts before it reads them again.
FRESH_FOR = 600.0
_BATCH = 500


def learn(now: datetime) -> int:
    """Count the words of the tickets closed lately, in place of the last counts; return how many tickets taught."""
    with reading() as session:
        made = counted(_confirmed(session, now))
    kept = sorted(made.by_stem, key=lambda stem: (-sum(made.by_stem[stem].values()), stem))[:WORDS_MAX]
    data = {"by_stem": {stem: dict(made.by_stem[stem]) for stem in sorted(kept)}, "tickets": dict(made.tickets)}
    tickets = int(sum(made.tickets.values()))
    with writing() as session:
        session.execute(delete(LEARNED))
        if kept:
            session.execute(insert(LEARNED).values(made_at=now, tickets=tickets, data=data))
    _known.pop(db.engine, None)
    return tickets


def forget_old(now: datetime) -> None:
    """Delete counts that no night has made again."""
    with writing() as session:
        session.execute(delete(LEARNED).where(LEARNED.c.made_at < now - KEPT))


def _confirmed(session: Session, now: datetime) -> Iterator[Confirmed]:
    """Yield the tickets closed in the last year, the latest first, with the words of each that may be counted."""
    names = _stems(
        f"{row.first_name} {row.last_name}" for row in session.execute(select(Account.first_name, Account.last_name))
    )
    rows = session.execute(
        select(Ticket.etablissement, Ticket.service, Ticket.title, Ticket.body, Ticket.on_behalf_of)
        .where(
            CLOSED,
            Ticket.pseudonymised_at.is_(None),
            Ticket.closed_at > now - TAUGHT,
            Ticket.confidential.is_(False),
            Ticket.service != TO_SPECIFY,
        )
        .order_by(Ticket.closed_at.desc())
        .limit(TICKETS_MAX)
        .execution_options(yield_per=_BATCH)
    )
    for row in rows:
        stems = countable(f"{row.title}\n{row.body}") - names - countable(row.on_behalf_of)
        yield Confirmed(row.etablissement, row.service, stems)


def _stems(names: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        found |= countable(name)
    return frozenset(found)


_known: WeakKeyDictionary[Engine, tuple[float, Counts | None]] = WeakKeyDictionary()


def counts() -> Counts | None:
    """Return what this installation's tickets teach, or None; another process's counts are seen ten minutes later."""
    known, tick = _known.get(db.engine), clock.monotonic()
    if known is not None and tick - known[0] < FRESH_FOR:
        return known[1]
    data = db.session.execute(select(LEARNED.c.data).order_by(LEARNED.c.id.desc()).limit(1)).scalar_one_or_none()
    made = Counts(data["by_stem"], data["tickets"]) if data else None
    _known[db.engine] = (tick, made)
    return made
