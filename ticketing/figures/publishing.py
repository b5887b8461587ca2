"""Add the figures up, one scope after another in little memory, and write them **in one commit**.

A reader sees yesterday's figures or today's, never a mixture. Only the lines that differ are written.
"""

from __future__ import annotations

import pickle
import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import IO, Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from ticketing.figures import periods
from ticketing.figures.adding_up import KEY, VALUES, FigureRow, figures
from ticketing.figures.facts.folding import OWN
from ticketing.figures.tables import Figure, FigureFact, FigureFactScope, FigureLabel, FigureRun

#: The table itself: rows are read and written by the thousand, without ORM objects.
FIGURE: Any = Figure.__table__
OWN_LABEL = "L’établissement lui-même"


def publish(now: datetime) -> int:
    """Write the lines of figures that differ from the stored ones; return how many. Reads precede the write lock."""
    with tempfile.TemporaryFile() as spool:
        lines = _work_out(now, spool)
        spool.seek(0)
        with writing() as session:
            for scope, gone, fresh in _unspooled(spool):
                _write(session, scope, gone, fresh)
            session.execute(update(FigureRun).where(FigureRun.id == 1).values(computed_at=now))
    return lines


def _work_out(now: datetime, spool: IO[bytes]) -> int:
    """Write to the spool, scope by scope, the keys of the lines to remove and the lines to write; return how many."""
    columns = (
        FigureFactScope.scope,
        FigureFact.kind,
        FigureFact.month,
        FigureFact.party,
        FigureFact.etablissement,
        FigureFact.service,
        FigureFact.activity,
        FigureFact.amount,
        FigureFact.seconds,
    )
    count = 0
    with reading() as session:
        names = _Names(session)
        scopes_before = set(session.scalars(select(Figure.scope).distinct()))
        facts = session.execute(
            select(*columns)
            .join(FigureFact, FigureFact.ticket_id == FigureFactScope.ticket_id)
            .order_by(FigureFactScope.scope)
            .execution_options(yield_per=5000)
        )
        for scope, rows in groupby(facts, key=itemgetter(0)):
            before = _published(session, scope)
            scopes_before.discard(scope)
            fresh = []
            for row in figures(rows, scope, periods.month_of(now), names):
                if before.pop(row[: len(KEY)], None) != row[len(KEY) :]:
                    fresh.append(row)
            gone = list(before)
            if gone or fresh:
                pickle.dump((scope, gone, fresh), spool)
                count += len(gone) + len(fresh)
        for scope in scopes_before:
            gone = list(_published(session, scope))
            pickle.dump((scope, gone, []), spool)
            count += len(gone)
    return count


def _published(session: Session, scope: str) -> dict[FigureRow, FigureRow]:
    chosen = [getattr(Figure, name) for name in KEY + VALUES]
    return {
        tuple(row[: len(KEY)]): tuple(row[len(KEY) :])
        for row in session.execute(select(*chosen).where(Figure.scope == scope))
    }


def _unspooled(spool: IO[bytes]) -> Iterator[tuple[str, list[FigureRow], list[FigureRow]]]:
    while True:
        try:
            yield pickle.load(spool)  # noqa: S301 (a temporary file of this process, without a name)
        except EOFError:
            return


def _write(session: Session, scope: str, gone: list[FigureRow], fresh: list[FigureRow]) -> None:
    out = [
        {"b_scope": scope, "b_period": period, "b_dimension": dimension, "b_value": value, "b_rank": rank}
        for period, dimension, value, rank, *_ in [*gone, *fresh]
    ]
    if out:
        session.connection().execute(_DELETE, out)
    if fresh:
        session.connection().execute(
            insert(FIGURE), [{"scope": scope, **dict(zip(KEY + VALUES, row, strict=True))} for row in fresh]
        )


def _delete_statement() -> Any:
    columns = FIGURE.c
    return delete(FIGURE).where(
        columns.scope == bindparam("b_scope"),
        columns.period == bindparam("b_period"),
        columns.dimension == bindparam("b_dimension"),
        columns.value == bindparam("b_value"),
        columns.rank == bindparam("b_rank"),
    )


_DELETE = _delete_statement()


class _Names:
    """Holds the name of each value in each month: the name it had then, or the nearest one known."""

    def __init__(self, session: Session) -> None:
        self._known: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
        for row in session.execute(
            select(FigureLabel.dimension, FigureLabel.value, FigureLabel.month, FigureLabel.label).order_by(
                FigureLabel.month
            )
        ):
            months, labels = self._known.setdefault((row.dimension, row.value), ([], []))
            months.append(row.month)
            labels.append(row.label)

    def __call__(self, dimension: str, value: str, month: str) -> str:
        if dimension == "total":
            return ""
        if (dimension, value) == ("party", OWN):
            return OWN_LABEL
        months, labels = self._known.get((dimension, value), ((), (value,)))
        return labels[max(bisect_right(months, month) - 1, 0)]
