"""Read the answer to a question, in one perimeter: one statement, over sums, or over facts of a few thousand tickets.

**The scope is the first argument of each query**, and every query filters on it. Sums are read at the first grain that
tells apart all that the question asks for; an établissement's perimeter, and what no grain tells apart, from the facts.
Satisfaction is counted on the tickets of the reader's own side alone, whatever is asked: counts of others under five
answers would say who said what, and so would a total from which one's own are taken away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select

from charters.database import db
from ticketing.figures import periods
from ticketing.figures.board.measures import DIMENSIONS, Dimension
from ticketing.figures.board.question import Question
from ticketing.figures.dashboards import Scope
from ticketing.figures.facts.summing import FACT, GRAINS, SCOPE, SUM, length_columns
from ticketing.figures.tables import FigureLabel, FigureRun

#: How many groups of an answer are read at most; the rest is said to be left out.
GROUPS_MAX = 2000
_NUMBERS = frozenset({"urgency", "age"})


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a dimension (several columns for a cell) with its amounts."""

    value: tuple[str, ...]
    amounts: Mapping[str, int]


def made_at() -> datetime | None:
    """Return up to when the facts are made, or None if they never were."""
    return db.session.scalar(select(FigureRun.folded_at).where(FigureRun.id == 1))


def grouped(scope: Scope, own: str, question: Question) -> list[Group]:
    """Return the groups of an answer, in the order of their values. `own` is the organisation of the reader's side."""
    amounts = dict.fromkeys((*question.measure.amounts, *(("opened",) if question.dimension.id == "case" else ())))
    return read(scope, own, question, question.dimension.columns, tuple(amounts))


def read(
    scope: Scope, own: str, question: Question, by: Sequence[str], amounts: Sequence[str], *, sundays: bool = False
) -> list[Group]:
    """Return amounts by some columns, under a question's filters. With `sundays`, of each week in place of the last."""
    table, where = _source(scope, question, by)
    columns = [table.c[name] for name in by]
    lengths = {one.name: one for one in length_columns(FACT)} if table is FACT else {}
    added = [func.sum(lengths[name] if name in lengths else table.c[name]).label(name) for name in amounts]
    where += _filtered(table, scope, question, own)
    first, last = periods.bounds(question.period)
    if table is FACT:
        where.append(table.c.day.between(f"{first}-00", f"{last}-99"))
    else:
        where.append(table.c.month.between(first, last))
    if question.measure.waits and not sundays and "day" not in by and "jour" not in question.filters:
        made = made_at()
        where.append(table.c.day == (periods.last_sunday(made, last) if made else ""))
    chosen = select(*columns, *added).where(*where).group_by(*columns).order_by(*columns).limit(GROUPS_MAX)
    if table is FACT and scope.kind != "etablissement":
        chosen = chosen.join_from(FACT, SCOPE, and_(SCOPE.c.ticket_id == FACT.c.ticket_id, SCOPE.c.scope == scope.key))
    count = len(by)
    return [
        Group(
            tuple(str(value) for value in row[:count]),
            {name: int(row[count + at] or 0) for at, name in enumerate(amounts)},
        )
        for row in db.session.execute(chosen)
    ]


def _source(scope: Scope, question: Question, by: Sequence[str]) -> tuple[Any, list[Any]]:
    """Return the table that tells apart all that is asked, and the condition that keeps it to the perimeter."""
    if scope.kind == "etablissement":
        return FACT, [FACT.c.etablissement == scope.key.partition(":")[2]]
    wanted = question.columns | set(by) - {"month"}
    grains = ("week",) if question.measure.waits else tuple(name for name in GRAINS if name != "week")
    for grain in grains:
        if wanted <= set(GRAINS[grain]):
            return SUM, [SUM.c.scope == scope.key, SUM.c.grain == grain]
    return FACT, []


def _filtered(table: Any, scope: Scope, question: Question, own: str) -> list[Any]:
    where = []
    for name, value in question.filters.items():
        for column in DIMENSIONS[name].columns:
            where.append(table.c[column] == (int(value) if column in _NUMBERS else value))
    if question.dimension.id == "vers":
        where.append(table.c.to_party != "")
    if question.measure.bottom == "opinions" and scope.kind != "etablissement":
        where.append(table.c.party == own)
    if question.measure.top == "held":
        where.append(table.c.party != "")
    return where


@dataclass(frozen=True, slots=True)
class Known:
    """What a perimeter has facts of: its months, oldest first, and the parties that they name."""

    months: tuple[str, ...]
    parties: tuple[str, ...]


def known(scope: Scope) -> Known:
    """Return what a perimeter has facts of."""
    if scope.kind == "etablissement":
        chosen = select(FACT.c.month, FACT.c.party).where(FACT.c.etablissement == scope.key.partition(":")[2])
    else:
        chosen = select(SUM.c.month, SUM.c.party).where(SUM.c.scope == scope.key, SUM.c.grain == "party")
    rows = list(db.session.execute(chosen.distinct()))
    return Known(tuple(sorted({row.month for row in rows})), tuple(sorted({row.party for row in rows} - {""})))


def names(dimension: Dimension, values: Sequence[str]) -> dict[str, str]:
    """Return the last name that each value of a dimension is known to have had, for those that are no longer known."""
    if not values or not dimension.labelled:
        return {}
    latest = (
        select(FigureLabel.value, func.max(FigureLabel.month).label("month"))
        .where(FigureLabel.dimension == dimension.labelled, FigureLabel.value.in_(values))
        .group_by(FigureLabel.value)
        .subquery()
    )
    rows = db.session.execute(
        select(FigureLabel.value, FigureLabel.label)
        .join(latest, and_(FigureLabel.value == latest.c.value, FigureLabel.month == latest.c.month))
        .where(FigureLabel.dimension == dimension.labelled)
    )
    return {row.value: row.label for row in rows}
