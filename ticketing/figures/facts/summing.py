"""Add facts up for each perimeter, month by month, so that a board reads a few thousand rows whatever the tickets.

A perimeter of an académie or of an organisation has sums; that of an établissement is small, and is read from its
facts. `GRAINS` says what each kind of sum tells apart: a question is answered by the first grain that tells apart all
that it asks for (`reading`), or by the facts themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, case, delete, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from charters.database import reading, writing
from ticketing.figures.facts.columns import ABOUT, AMOUNTS, ANSWER_CLASSES, CLASSES, RESOLUTION_CLASSES
from ticketing.figures.facts.folding import BOUNDS
from ticketing.figures.facts.tables import FactSum, TicketFact
from ticketing.figures.tables import FigureFactScope

FACT: Any = TicketFact.__table__
SUM: Any = FactSum.__table__
SCOPE: Any = FigureFactScope.__table__

#: Grain -> what it tells apart besides its month, the shortest first. « week » alone has what waited, on its Sunday.
GRAINS: dict[str, tuple[str, ...]] = {
    "party": ("party", "to_party"),
    "topic": ("party", "service", "activity"),
    "place": ("etablissement", "party", "activity"),
    "day": ("day", "party", "service"),
    "week": ("day", "party", "service", "activity", "status", "age"),
    "cell": ("party", "to_party", "service", "activity", "convention", "category", "status", "urgency"),
}
_TOLD = ("day", *ABOUT)
_NUMBERS = frozenset({"urgency", "age"})
CHUNK = 2000


def length_columns(table: Any) -> list[Any]:
    """Return the columns that count lengths by class, worked out from facts."""
    found = []
    for count, seconds, names in (
        (table.c.answered, table.c.answer, ANSWER_CLASSES),
        (table.c.resolved, table.c.resolution, RESOLUTION_CLASSES),
    ):
        for rank, name in enumerate(names):
            low = 3600 * BOUNDS[rank - 1] if rank else None
            high = 3600 * BOUNDS[rank] if rank < CLASSES - 1 else None
            within = [count > 0]
            within += [seconds >= low] if low is not None else []
            within += [seconds < high] if high is not None else []
            found.append(case((and_(*within), 1), else_=0).label(name))
    return found


def add_up(month: str) -> None:
    """Write the sums of a month anew, in one commit; the reading comes before the lock."""
    with reading() as session:
        fresh = sums(session, month)
    with writing() as session:
        session.execute(delete(SUM).where(SUM.c.month == month))
        for start in range(0, len(fresh), CHUNK):
            session.execute(insert(SUM), fresh[start : start + CHUNK])


def sums(session: Session, month: str) -> list[dict[str, Any]]:
    """Return the rows of a month's sums, of every perimeter and grain."""
    found: list[dict[str, Any]] = []
    for grain in GRAINS:
        found += [dict(row._mapping) for row in session.execute(_query(grain, month))]
    return found


def _query(grain: str, month: str) -> Any:
    """Return the query that adds up a month's facts at a grain."""
    told = [FACT.c[name] for name in GRAINS[grain]]
    kept = [
        FACT.c[name] if name in GRAINS[grain] else literal(0 if name in _NUMBERS else "").label(name) for name in _TOLD
    ]
    # A ticket may be opened, or answered, on the very Sunday at whose end it waits: one fact then says both.
    ours = {"waiting"} if grain == "week" else set(AMOUNTS) - {"waiting"}
    amounts = [(func.sum(FACT.c[name]) if name in ours else literal(0)).label(name) for name in AMOUNTS]
    lengths = [(literal(0) if grain == "week" else func.sum(one)).label(one.name) for one in length_columns(FACT)]
    counted = or_(*(FACT.c[name] != 0 for name in AMOUNTS if name in ours))
    return (
        select(SCOPE.c.scope, literal(grain).label("grain"), FACT.c.month, *kept, *amounts, *lengths)
        .join(SCOPE, SCOPE.c.ticket_id == FACT.c.ticket_id)
        .where(FACT.c.day.between(f"{month}-01", f"{month}-31"), counted, SCOPE.c.scope.not_like("etab:%"))
        .group_by(SCOPE.c.scope, FACT.c.month, *told)
    )


def unequal(session: Session, months: Sequence[str]) -> list[str]:
    """Return the months whose sums are not those of their facts."""
    found = []
    for month in months:
        there = {tuple(row) for row in session.execute(_stored(month))}
        made = {tuple(row[name] for name in _NAMES) for row in sums(session, month)}
        if there != made:
            found.append(month)
    return found


_NAMES = ("scope", "grain", "month", *_TOLD, *AMOUNTS, *ANSWER_CLASSES, *RESOLUTION_CLASSES)


def _stored(month: str) -> Any:
    return select(*(SUM.c[name] for name in _NAMES)).where(SUM.c.month == month)
