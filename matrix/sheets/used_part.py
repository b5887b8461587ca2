"""The used part of a sheet: cells far from any text are only formatting and are left out; huge sheets are refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matrix.sheets.model import Grid, Place, SheetRefused
from matrix.sheets.package import TOO_BIG

ROWS_MAX, COLUMNS_MAX = 1_000, 100
TEXTS_MAX = 20_000
#: Letters allowed in a sheet and in a book: one shared text, to which every cell refers, takes no room in the file.
LETTERS_MAX = 1_000_000
SPANS_MAX = 5_000
#: The number of cells that areas of conditional formats may cover; beyond it, every cell counts as covered.
AREAS_MAX = 400_000
#: How far beyond the last text a colour still counts: it may be a legend's swatch or the end of a row without words.
MARGIN_ROWS, MARGIN_COLUMNS = 5, 8


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a sheet may hold: rows, columns, cells with text and letters, and XML elements of the whole file.

    `coloured`: whether the colours of rows, columns and conditions are spread over the cells that they cover.
    """

    rows: int = ROWS_MAX
    columns: int = COLUMNS_MAX
    texts: int = TEXTS_MAX
    letters: int = LETTERS_MAX
    elements: int | None = None  # None: as many as a package takes by itself
    coloured: bool = True


#: The bounds of an annexe 2, and those of a list of people or of établissements.
TABLE = Bounds()
LIST = Bounds(rows=12_000, columns=120, texts=250_000, letters=6_000_000, elements=1_000_000, coloured=False)


class Texts:
    """Counts the cells with text, and refuses a sheet beyond its bounds."""

    def __init__(self, bounds: Bounds = TABLE) -> None:
        self.bounds = bounds
        self.count, self.letters, self.row, self.column = 0, 0, 0, 0

    def add(self, row: int, column: int, letters: int, times: int = 1) -> None:
        """Count a cell with a text of `letters` letters, repeated over `times` cells up to (row, column)."""
        self.count += times
        self.letters += letters * times
        self.row, self.column = max(self.row, row), max(self.column, column)
        most = self.bounds
        if self.count > most.texts or self.letters > most.letters or row > most.rows or column > most.columns:
            raise SheetRefused(TOO_BIG)

    @property
    def last_row(self) -> int:
        return self.row + MARGIN_ROWS

    @property
    def last_column(self) -> int:
        return self.column + MARGIN_COLUMNS


def covered(areas: Iterable[tuple[Place | None, Place | None]], texts: Texts) -> set[Place]:
    """Return the places of the used part that areas (first cell, last cell) cover."""
    found: set[Place] = set()
    work = 0
    for start, end in dict.fromkeys(areas):
        if start is None or end is None:
            continue
        rows = range(start[0], min(end[0], texts.last_row) + 1)
        columns = range(start[1], min(end[1], texts.last_column) + 1)
        work += len(rows) * len(columns)
        if work > AREAS_MAX:
            rows, columns = range(1, texts.last_row + 1), range(1, texts.last_column + 1)
        found.update((row, column) for row in rows for column in columns)
        if work > AREAS_MAX:
            break
    return found


def used_part(sheet: Grid, texts: Texts) -> Grid:
    """Return the used part of a sheet. A merge without content of its own keeps only what lies in that part.

    Raises `SheetRefused` where there are more merges than an annexe 2 can have.
    """
    last_row, last_column = texts.last_row, texts.last_column
    kept = {place: cell for place, cell in sheet.cells.items() if place[0] <= last_row and place[1] <= last_column}
    merged = tuple(span for span in sheet.spans if span.row <= last_row and span.column <= last_column)
    # Merged cells never overlap: together they cover no more than the sheet.
    area = sum(
        (min(span.row + span.rows - 1, last_row) - span.row + 1)
        * (min(span.column + span.columns - 1, last_column) - span.column + 1)
        for span in merged
    )
    if len(merged) > SPANS_MAX or area > last_row * last_column:
        raise SheetRefused(TOO_BIG)
    return Grid(
        name=sheet.name,
        cells=kept,
        spans=merged,
        hidden_rows=frozenset(row for row in sheet.hidden_rows if row <= last_row),
        hidden_columns=frozenset(column for column in sheet.hidden_columns if column <= last_column),
        hidden=sheet.hidden,
        told=tuple(dict.fromkeys(sheet.told)),
    )
