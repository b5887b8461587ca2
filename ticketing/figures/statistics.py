"""Read the figures that a person may see, of one scope over one period: as a dashboard, or as the lines of a file.

**The scope is the first argument of each query**, and every query filters on it, so that neither the page nor a file
can show anything outside it. A query reads a few hundred rows made in the night (`ticketing.figures.nightly`), never a
ticket. `dashboards` shapes them for the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from charters.database import db
from charters.model import Actor, Role
from ticketing.errors import NotFound
from ticketing.figures import periods
from ticketing.figures.dashboards import (
    DIMENSIONS,
    MEASURES,
    OVER_TIME,
    TIMES,
    TOP,
    Dashboard,
    FigureLine,
    Scope,
    choices_of,
    default_period,
    drawn_months,
    drawn_value,
    files_of,
    plain,
    shape,
)
from ticketing.figures.tables import Figure, FigureRun


class NoFigures(NotFound):
    """Raised when the period, or the dimension, has no figures in this scope."""


def scope_of(actor: Actor) -> Scope | None:
    """Return the perimeter of an actor's figures under the active mandate, or None (« Who sees and does what »)."""
    mandate = actor.mandate
    if mandate is None:
        return None
    match mandate.role:
        case Role.ADMINISTRATEUR | Role.LECTEUR:
            return Scope(f"academie:{mandate.scope_id}", "academie")
        case Role.REFERENT:
            return Scope(f"org:{mandate.scope_id}", "departement")
        case Role.CHEF:
            return Scope(f"etab:{mandate.scope_id}", "etablissement")
    return None


_DIMENSION_NAMES = ("activity", "etablissement", "party", "service")
_COLUMNS = (
    Figure.period,
    Figure.dimension,
    Figure.value,
    Figure.label,
    Figure.rank,
    Figure.opened,
    Figure.resolved,
    Figure.open_end,
    Figure.handed_on,
    Figure.answered,
    Figure.first_answer,
    Figure.resolution,
)


def made_at() -> datetime | None:
    """Return when the present figures were made, or None if never. It is the same for all scopes."""
    return db.session.scalar(select(FigureRun.computed_at).where(FigureRun.id == 1))


def totals(scope: Scope) -> dict[str, FigureLine]:
    """Return the totals of the scope by period, oldest month first."""
    rows = db.session.execute(
        select(*_COLUMNS).where(Figure.scope == scope.key, Figure.dimension == "total").order_by(Figure.period)
    ).all()
    return {row.period: FigureLine(*tuple(row)) for row in rows}


def top_lines(scope: Scope, period: str, count: int = TOP) -> dict[str, list[FigureLine]]:
    """Return the first `count` lines of each dimension over the period, and one more if there are more."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(
            Figure.scope == scope.key,
            Figure.period == period,
            Figure.dimension.in_(_DIMENSION_NAMES),
            Figure.rank <= count + 1,
        )
        .order_by(Figure.dimension, Figure.rank)
    ).all()
    found: dict[str, list[FigureLine]] = {}
    for row in rows:
        found.setdefault(row.dimension, []).append(FigureLine(*tuple(row)))
    return found


def all_lines(scope: Scope, period: str, dimension: str) -> list[FigureLine]:
    """Return every line of a dimension over the period, most opened first."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(Figure.scope == scope.key, Figure.period == period, Figure.dimension == dimension)
        .order_by(Figure.rank)
    ).all()
    return [FigureLine(*tuple(row)) for row in rows]


def dashboard(scope: Scope, wanted: str, now: datetime) -> Dashboard:
    """Return the page of a scope over a period (by default the present school year, or the last one that has figures).

    Raises NoFigures if the wanted period has none. Two queries.
    """
    found = totals(scope)
    choices = choices_of(found)
    if not found:
        if wanted:
            raise NoFigures(wanted)
        return Dashboard("", "", choices)
    period = wanted or default_period(found, now)
    if period not in found:
        raise NoFigures(period)
    return shape(scope, period, found, top_lines(scope, period), now)


def file_rows(scope: Scope, name: str, wanted: str, now: datetime) -> tuple[str, list[list[object]]]:
    """Return the period and the lines of a file, header first, times in hours. Raises NoFigures as `dashboard` does."""
    if name not in files_of(scope):
        raise NoFigures(name)
    found = totals(scope)
    period = wanted or (default_period(found, now) if found else "")
    if period not in found:
        raise NoFigures(period)
    plainly = False  # whether the agreement's own words stand beside, in the last column
    if name in OVER_TIME:
        measures: Sequence[str] = tuple(MEASURES) if name == "mois" else OVER_TIME[name]
        lines = drawn_months(found, period)
        heads: list[object] = ["Mois"]
        named = [periods.label(line.period) for line in lines]
    else:
        dimension, head = DIMENSIONS[name]
        measures = tuple(MEASURES)
        lines = all_lines(scope, period, dimension)
        heads = [head]
        named = [plain(line) for line in lines]
        plainly = dimension in ("service", "activity")
    heads += [MEASURES[measure] + (", médiane en heures ouvrées" if measure in TIMES else "") for measure in measures]
    rows: list[list[object]] = [[*heads, "Dans l’accord"] if plainly else heads]
    for label, line in zip(named, lines, strict=True):
        values = [drawn_value(measure, getattr(line, measure)) for measure in measures]
        rows.append([label, *values, line.label] if plainly else [label, *values])
    return period, rows
