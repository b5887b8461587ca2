"""Say the cells of a pack in French words, for paper and for screens. Pure."""

from __future__ import annotations

from datetime import date

from ticketing.committees.content import PackTable, Row, Value
from ticketing.figures.dashboards import NBSP
from ticketing.formats import number

NOTHING = "–"


def cell(value: Value, kind: str, unit: str = "") -> str:
    """Return a cell in words; `unit` is the unit of its row where its column is of kind « measure »."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    kind = {"part": "share", "heures": "hours", "nombre": "count"}.get(unit, "count") if kind == "measure" else kind
    if kind == "share":
        return f"{number(round(100 * value))}{NBSP}%"
    if kind == "hours":
        return f"{_decimal(value)}{NBSP}h"
    return number(round(value))


def _decimal(value: float) -> str:
    """Return hours with one decimal under a hundred, in whole hours above."""
    if value >= 100:
        return number(round(value))
    return f"{value:.1f}".replace(".", ",").removesuffix(",0")


def row(table: PackTable, cells: Row) -> list[tuple[str, str]]:
    """Return a row as (words, kind), where a number has the kind « number » and what is hidden « hidden »."""
    unit = str(cells[1]) if len(cells) > 1 and any(one.kind == "measure" for one in table.columns) else ""
    found = []
    for value, column in zip(cells, table.columns, strict=True):
        look = "text" if column.kind == "text" else "number"
        if isinstance(value, str) and column.kind not in ("text", "day"):
            look = "hidden"
        found.append((cell(value, column.kind, unit), look))
    return found
