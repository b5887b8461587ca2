"""Find the table in a sheet: its header, its columns, its lines, and the legend around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matrix.sheets.labels import Labels, Match
from matrix.sheets.lexicon import Lexicon, simple
from matrix.sheets.model import Grid, GridCell, LegendEntry, Place, coordinate

#: The number of the six columns that a line must name to be the header.
HEADER_LEAST = 3
#: Columns that people add and that do not say who answers.
_ASIDE = (
    "remarque",
    "remarques",
    "observation",
    "observations",
    "commentaire",
    "commentaires",
    "code",
    "note",
    "notes",
    "reference",
    "references",
    "identifiant",
    "numero",
    "n",
    "clause",
    "clauses",
)


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line under the header: its label and match, whether it is a section's title, and its section so far."""

    row: int
    label: str
    match: Match
    title: bool
    section: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the header other than the labels: its text and its match."""

    column: int
    label: str
    match: Match


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns`: those of the table; `aside`: those set aside; `legend_rows`: lines that are the legend."""

    header: int
    label_column: int
    columns: tuple[Column, ...]
    aside: tuple[Column, ...]
    lines: tuple[TableLine, ...]
    legend_rows: frozenset[int]


def header_row(grid: Grid, labels: Labels) -> tuple[int, int]:
    """Return (row, number of activities named) of the line that names most activities."""
    best = (0, 0)
    for row in range(1, grid.rows + 1):
        texts = {place[1]: cell.text for place, cell in _row(grid, row) if cell.text and len(cell.text) <= 200}
        if len(texts) < HEADER_LEAST:
            continue
        named = {match.ids[0] for match in map(labels.activity, texts.values()) if match.sure}
        if len(named) > best[1]:
            best = (row, len(named))
    return best


def laid_out(grid: Grid, labels: Labels, lexicon: Lexicon, header: int) -> Layout:
    """Return the layout under a header."""
    found = {
        column: Column(column, _text(grid, header, column), labels.activity(_text(grid, header, column)))
        for column in range(1, grid.columns + 1)
    }
    matched = [column for column, one in found.items() if one.match.ids]
    first, last = min(matched), max(matched)
    sure = {column for column, one in found.items() if one.match.sure}
    label_column = _label_column(grid, labels, header, sure, first)
    columns: list[Column] = []
    aside: list[Column] = []
    for column, one in found.items():
        if column == label_column or (header, column) in grid.anchors:
            continue
        if one.match.ids or (first < column < last):
            columns.append(one)
        elif one.label or _coloured(grid, header, column):
            outside = column < first or not one.label or simple(one.label).split(" ")[0] in _ASIDE
            (aside if outside else columns).append(one)
    own = [one.column for one in columns]
    legend_rows = _legend_rows(grid, labels, lexicon, header, label_column, own)
    lines = tuple(_lines(grid, labels, header, label_column, own, legend_rows))
    return Layout(header, label_column, tuple(columns), tuple(aside), lines, frozenset(legend_rows))


def legend(grid: Grid, lexicon: Lexicon, layout: Layout | None) -> Iterator[LegendEntry]:
    """Yield the entries (colour, meaning) of the legend around the table.

    `layout` is None for a sheet without a table.
    """
    everywhere = set(range(1, grid.columns + 1))
    beside = everywhere if layout is None else everywhere - _table_columns(layout)
    for row in range(1, grid.rows + 1):
        inside = layout is not None and layout.header <= row and row not in layout.legend_rows
        yield from _pairs(grid, lexicon, row, beside if inside else everywhere)


def _table_columns(layout: Layout) -> set[int]:
    """Return the columns from the first to the last of the table, and those beside it that have a header."""
    own = {layout.label_column, *(one.column for one in layout.columns)}
    return {*range(min(own), max(own) + 1), *(one.column for one in layout.aside if one.label)}


def _pairs(grid: Grid, lexicon: Lexicon, row: int, columns: set[int]) -> Iterator[LegendEntry]:
    """Yield the meanings of a row's coloured cells, from their own words or from the cells beside them on one side."""
    items = [
        (column, cell) for (_, column), cell in _row(grid, row) if column in columns and (cell.text or cell.colour)
    ]
    before = bool(items) and not items[0][1].colour and lexicon.legend(items[0][1].text) is not None
    for index, (column, cell) in enumerate(items):
        if not cell.colour or cell.pattern:
            continue
        word, text, at = lexicon.legend(cell.text), cell.text, column
        if word is None and not cell.text:
            beside = items[index - 1] if before and index else items[index + 1] if index + 1 < len(items) else None
            if beside is not None and not beside[1].colour and abs(beside[0] - column) <= 3:
                at, text = beside[0], beside[1].text
                word = lexicon.legend(text)
        if word is not None:
            yield LegendEntry(cell.colour, word, text, coordinate(row, at))


def _legend_rows(
    grid: Grid, labels: Labels, lexicon: Lexicon, header: int, label_column: int, columns: list[int]
) -> set[int]:
    """Return the rows under the table that are not its lines.

    They are those after a title « Légende », and those that explain colours.
    """
    last = max(
        (row for row in range(header + 1, grid.rows + 1) if labels.service(_text(grid, row, label_column)).sure),
        default=header,
    )
    found: set[int] = set()
    titled = False
    for row in range(last + 1, grid.rows + 1):
        texts = [cell.text for _, cell in _row(grid, row) if cell.text]
        titled = titled or any(simple(text).startswith("legende") for text in texts)
        pairs = list(_pairs(grid, lexicon, row, set(range(1, grid.columns + 1))))
        # A line has a label. A colour without a label, below the last line, belongs to the legend.
        nameless = not _text(grid, row, label_column)
        if titled or nameless or (pairs and all(lexicon.legend(text) is not None for text in texts)):
            found.add(row)
    return found


def _lines(
    grid: Grid, labels: Labels, header: int, label_column: int, columns: list[int], legend_rows: set[int]
) -> Iterator[TableLine]:
    section = ""
    for row in range(header + 1, grid.rows + 1):
        if row in legend_rows:
            continue
        label = _text(grid, row, label_column)
        match = _coded(grid, labels, row, [label_column, *columns]) or labels.service(label, section)
        own = labels.section(label)
        title = _is_title(grid, row, label_column, columns) or (
            own.sure and not match.exact and (own.exact or not _filled(grid, row, columns))
        )
        around = [labels.section(_text(grid, row, column)) for column in range(1, label_column)]
        named = next((one.ids[0] for one in (*around, *([own] if title else [])) if one.sure), section)
        if named != section:
            section = named
            match = match if match.sure else labels.service(label, section)
        yield TableLine(row, label, match, title, section)


def _coded(grid: Grid, labels: Labels, row: int, taken: list[int]) -> Match | None:
    """Return the service whose id is written in the row, as the export does; None where there is none."""
    for (_, column), cell in _row(grid, row):
        if column not in taken and "-" in cell.text and len(cell.text) < 60 and cell.text == cell.text.lower():
            match = labels.service(cell.text)
            if match.sure and match.exact and simple(match.ids[0]) == simple(cell.text):
                return match
    return None


def _is_title(grid: Grid, row: int, label_column: int, columns: list[int]) -> bool:
    """Return whether one merged cell covers the label and the activities: the title of a section."""
    anchor = grid.anchors.get((row, label_column), (row, label_column))
    return bool(columns) and all(grid.anchors.get((row, column)) == anchor for column in columns)


def _filled(grid: Grid, row: int, columns: list[int]) -> bool:
    return any(grid.at(row, column).text or grid.at(row, column).colour for column in columns)


def _label_column(grid: Grid, labels: Labels, header: int, taken: set[int], first: int) -> int:
    counts: Mapping[int, int] = {
        column: sum(
            labels.service(_text(grid, row, column)).sure for row in range(header + 1, min(grid.rows, header + 120) + 1)
        )
        for column in range(1, min(grid.columns, first + 12) + 1)
        if column not in taken
    }
    best = max(counts.values(), default=0)
    if not best:
        return max(first - 1, 1)
    longest = {
        column: sum(len(_text(grid, row, column)) for row in range(header + 1, grid.rows + 1))
        for column, count in counts.items()
        if 5 * count >= 4 * best
    }
    return max(longest, key=lambda column: longest[column])  # prefer the labels to their codes


def _coloured(grid: Grid, header: int, column: int) -> bool:
    return any(grid.at(row, column).colour for row in range(header + 1, grid.rows + 1))


def _text(grid: Grid, row: int, column: int) -> str:
    return grid.at(row, column).text


def _row(grid: Grid, row: int) -> list[tuple[Place, GridCell]]:
    return [
        ((row, column), grid.cells[(row, column)])
        for column in range(1, grid.columns + 1)
        if (row, column) in grid.cells
    ]
