"""Write the facts of some tickets, and know which months they changed: only what differs is written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from ticketing.figures.facts.columns import ABOUT, AMOUNTS
from ticketing.figures.facts.folding import Facts, Story, fold
from ticketing.figures.facts.hours import KnownHours
from ticketing.figures.facts.tables import FactMonth, TicketFact

FACT: Any = TicketFact.__table__
MONTH: Any = FactMonth.__table__
#: The columns of a fact in their order: its ticket, when, about what, how much.
COLUMNS = ("ticket_id", "day", "month", *ABOUT, *AMOUNTS)
_PLACE = COLUMNS.index("month")
Row = tuple[Any, ...]


def rows(number: int, story: Story, facts: Facts) -> Iterator[Row]:
    """Yield the facts of a ticket as rows, in the order of `COLUMNS`."""
    for (day, party, to, service, activity, convention, category, status, urgency, age, _), amounts in facts.items():
        about = (party, to, story.etablissement, service, activity, convention, category, status, urgency, age)
        yield (number, day, day[:7], *about, *(amounts.get(name, 0) for name in AMOUNTS))


def folded(stories: Mapping[int, Story], hours: KnownHours, until: datetime) -> list[Row]:
    """Return the rows of some tickets."""
    found: list[Row] = []
    for number, story in stories.items():
        found += rows(number, story, fold(story, hours.worked, until))
    return found


def kept(session: Session, numbers: Sequence[int]) -> list[tuple[int, Row]]:
    """Return the rows that are there for some tickets, each with its id."""
    chosen = select(FACT.c.id, *(FACT.c[name] for name in COLUMNS)).where(FACT.c.ticket_id.in_(numbers))
    return [(row[0], tuple(row[1:])) for row in session.execute(chosen)]


def replace(
    session: Session, numbers: Sequence[int], fresh: Iterable[Row], moved: Collection[int], now: datetime
) -> None:
    """Write the facts of some tickets in the place of those that are there, and note the months to add up again.

    The months of the tickets `moved`, which other perimeters count from now on, are among them.
    """
    wanted = Counter(fresh)
    months = {row[_PLACE] for row in wanted if row[0] in moved}
    gone: list[int] = []
    for one, row in kept(session, numbers):
        if wanted[row] > 0:
            wanted[row] -= 1
        else:
            gone.append(one)
            months.add(row[_PLACE])
    new = list(wanted.elements())
    months.update(row[_PLACE] for row in new)
    if gone:
        session.execute(delete(FACT).where(FACT.c.id.in_(gone)))
    if new:
        session.execute(insert(FACT), [dict(zip(COLUMNS, row, strict=True)) for row in new])
    if months:
        session.execute(delete(MONTH).where(MONTH.c.month.in_(months)))
        unsigned = [{"month": month, "facts": 0, "digest": "", "made_at": now} for month in sorted(months)]
        session.execute(insert(MONTH), unsigned)


def unsigned() -> list[str]:
    """Return the months whose facts changed since they were last added up and signed."""
    with reading() as session:
        return list(session.scalars(select(MONTH.c.month).where(MONTH.c.digest == "").order_by(MONTH.c.month)))


def soil() -> None:
    """Have the sums and the signatures of all months made again."""
    with writing() as session:
        session.execute(update(MONTH).values(digest=""))


def digest(session: Session, month: str) -> tuple[int, str]:
    """Return how many facts a month has, and their SHA-256 in a fixed order."""
    columns = [FACT.c[name] for name in COLUMNS]
    chosen = select(*columns).where(FACT.c.day.between(f"{month}-01", f"{month}-31")).order_by(FACT.c.ticket_id)
    return digest_of(tuple(row) for row in session.execute(chosen.execution_options(yield_per=5000)))


def digest_of(ordered: Iterable[Row]) -> tuple[int, str]:
    """Return the count and the SHA-256 of rows that come in the order of their tickets."""
    made, count, ticket = hashlib.sha256(), 0, None
    some: list[str] = []
    for row in ordered:
        if row[0] != ticket:
            made.update("".join(sorted(some)).encode())
            some, ticket = [], row[0]
        some.append("\x1f".join(map(str, row)) + "\n")
        count += 1
    made.update("".join(sorted(some)).encode())
    return count, made.hexdigest()


def sign(month: str, now: datetime) -> None:
    """Write what the facts of a month come to."""
    with reading() as session:
        count, found = digest(session, month)
    with writing() as session:
        session.execute(delete(MONTH).where(MONTH.c.month == month))
        if count:
            session.execute(insert(MONTH).values(month=month, facts=count, digest=found, made_at=now))
