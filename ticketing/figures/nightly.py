"""Make the figures each night, so that no page ever counts tickets.

First, `histories` folds the histories of changed tickets into what figures count. Then `publishing` adds the counts up
and publishes them in one commit. Both steps give the same result however often they run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, update

from charters.database import writing, written_at
from ticketing.figures.histories import fold_changed
from ticketing.figures.publishing import publish
from ticketing.figures.tables import FigureRun

#: How long after a run that died another run may begin.
CLAIM = timedelta(minutes=30)


class Busy(Exception):
    """Raised when another process is making the figures at this moment."""


@dataclass(frozen=True, slots=True)
class Written:
    """Counts what a run did: tickets folded again, lines of figures written or removed."""

    tickets: int
    lines: int


def write_nightly(now: datetime, *, everything: bool = False) -> Written:
    """Bring the figures up to `now`, and commit; with `everything`, fold all histories again. Raises Busy."""
    _claim(now)
    try:
        tickets = fold_changed(everything)
        lines = publish(now)
    finally:
        with writing() as session:
            now = written_at(now)
            session.execute(update(FigureRun).where(FigureRun.id == 1).values(running_until=None))
    return Written(tickets, lines)


def refresh(now: datetime) -> Written:
    """Bring the figures up to `now` because a person asks for it. Raises Busy."""
    return write_nightly(now)


def _claim(now: datetime) -> None:
    with writing() as session:
        now = written_at(now)
        claimed = session.execute(
            update(FigureRun)
            .where(FigureRun.id == 1, or_(FigureRun.running_until.is_(None), FigureRun.running_until < now))
            .values(running_until=now + CLAIM)
        )
        if not claimed.rowcount:  # type: ignore[attr-defined]
            raise Busy
