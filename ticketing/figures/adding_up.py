"""Add up what is counted of each ticket into lines of figures: sums, stocks, exact medians, ranks. Pure."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ticketing.figures import folding, periods

#: A line of figures, in the order of `KEY`, then of `VALUES`.
FigureRow = tuple[Any, ...]
KEY = ("period", "dimension", "value", "rank")
VALUES = ("label", "opened", "resolved", "open_end", "handed_on", "answered", "first_answer", "resolution")

#: Returns the name that a value of a dimension had in a month: (dimension, value, month) -> label.
Name = Callable[[str, str, str], str]


class _Cell:
    """Holds the counts of one value of a dimension in one month."""

    __slots__ = ("answers", "handed_on", "opened", "resolutions", "stock")

    def __init__(self) -> None:
        self.opened = self.handed_on = self.stock = 0
        self.answers = array("I")  # seconds of working time
        self.resolutions = array("I")


def figures(rows: Iterable[Sequence[Any]], scope: str, month_now: str, name: Name) -> Iterator[FigureRow]:
    """Yield the lines of figures of one scope, from its facts (scope, kind, month, party, établissement, service,
    activity, amount, seconds).

    `name(dimension, value, month)` gives labels. Months go from the scope's first to the current one; a value has a
    line in each month where something is not zero. Medians are exact over each month, each school year and the whole.
    """
    cells = _add_up(rows, by_place=not scope.startswith("etab:"))
    first = min(cells["total", ""])
    months = list(periods.months_between(first, max(month_now, first)))
    ranked: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for (dimension, value), by_month in cells.items():
        for line in _lines(dimension, value, by_month, months, name):
            ranked[line[0], dimension].append(line)
    for lines in ranked.values():
        lines.sort(key=lambda line: (-line[5], -line[7], line[4], line[2]))
        for rank, line in enumerate(lines, 1):
            line[3] = rank
            yield tuple(line)


def _add_up(rows: Iterable[Sequence[Any]], by_place: bool) -> dict[tuple[str, str], dict[str, _Cell]]:
    cells: dict[tuple[str, str], dict[str, _Cell]] = defaultdict(lambda: defaultdict(_Cell))
    for _, kind, month, party, place, service, activity, amount, seconds in rows:
        values = [("total", ""), ("party", party), ("service", service), ("activity", activity)]
        if by_place:
            values.append(("etablissement", place))
        for value in values:
            cell = cells[value][month]
            if kind == folding.STOCK:
                cell.stock += amount
            elif kind == folding.OPENED:
                cell.opened += amount
            elif kind == folding.RESOLVED:
                cell.resolutions.append(seconds)
            elif kind == folding.ANSWERED:
                cell.answers.append(seconds)
            else:
                cell.handed_on += amount
    return cells


def _lines(
    dimension: str, value: str, by_month: dict[str, _Cell], months: Sequence[str], name: Name
) -> Iterator[list[Any]]:
    """Yield the lines of one value: each month with something to count, each school year, and the whole."""
    stock = 0
    years: dict[str, list[_Cell]] = defaultdict(list)
    stock_of: dict[str, int] = {}
    last_of: dict[str, str] = {}
    for month in months:
        cell = by_month.get(month)
        stock += cell.stock if cell else 0
        if cell or stock or dimension == "total":
            year = periods.year_of(month)
            some = [cell] if cell else []
            years[year] += some
            stock_of[year], last_of[year] = stock, month
            if line := _line(month, dimension, value, name(dimension, value, month), some, stock):
                yield line
        elif (year := periods.year_of(month)) in stock_of:
            stock_of[year] = 0
    everything: list[_Cell] = []
    for year, some in years.items():
        everything += some
        if line := _line(year, dimension, value, name(dimension, value, last_of[year]), some, stock_of[year]):
            yield line
    if line := _line(periods.ALL, dimension, value, name(dimension, value, months[-1]), everything, stock):
        yield line


def _line(period: str, dimension: str, value: str, label: str, cells: Sequence[_Cell], stock: int) -> list[Any] | None:
    """Return a line without its rank, or None if all its numbers would be zero (a total keeps its line)."""
    answers, resolutions = array("I"), array("I")
    opened = handed_on = 0
    for cell in cells:
        opened += cell.opened
        handed_on += cell.handed_on
        answers.extend(cell.answers)
        resolutions.extend(cell.resolutions)
    if not (opened or handed_on or answers or resolutions or stock or dimension == "total"):
        return None
    return [
        period,
        dimension,
        value,
        0,
        label,
        opened,
        len(resolutions),
        stock,
        handed_on,
        len(answers),
        folding.median(sorted(answers)),
        folding.median(sorted(resolutions)),
    ]
