"""Make the figures, so that no page ever counts tickets: the facts every few minutes, the nightly lines each night.

First, `histories` folds the histories of changed tickets into what figures count, and `summing` adds up the months
whose facts changed. Each night, `publishing` adds the lines up and publishes them in one commit. Each step gives the
same result however often it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update

from charters.database import writing, written_at
from ticketing.figures.facts import keeping, summing
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
    return _made(now, everything, nightly=True)


def follow(now: datetime) -> Written:
    """Bring the facts and their sums up to `now`, during the day; the nightly lines stay. Raises Busy."""
    return _made(now, False, nightly=False)


def _made(now: datetime, everything: bool, nightly: bool) -> Written:
    _claim(now)
    try:
        if everything:
            keeping.soil()
        tickets = fold_changed(everything, now)
        for month in keeping.unsigned():
            summing.add_up(month)
            keeping.sign(month, now)
        lines = publish(now) if nightly else 0
        done: dict[str, Any] = {"folded_at": now}
    except BaseException:
        done = {}
        raise
    finally:
        with writing() as session:
            now = written_at(now)
            session.execute(update(FigureRun).where(FigureRun.id == 1).values(running_until=None, **done))
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
