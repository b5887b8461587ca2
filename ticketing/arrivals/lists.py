"""A list typed in a spreadsheet, CSV, ODS or XLSX, read into rows by the headings of its columns. Pure.

Headings are met whatever their capitals, accents and blanks, in any order; separators and encodings are found. Nothing
runs a formula: a cell that holds one is said to, and whoever judges the row refuses it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matrix.french import fold
from matrix.sheets import SheetRefused
from matrix.sheets.book import open_book, packed, refuse_others, refuse_untexted, shown
from matrix.sheets.formats.csvs import decoded, unguarded
from matrix.sheets.model import Grid
from matrix.sheets.package import BROKEN, CELL_TEXT_MAX, FILE_MAX, clean
from matrix.sheets.used_part import LIST

__all__ = ["FILE_MAX", "Column", "Listed", "Row", "SheetRefused", "read"]

#: The most rows of a list, and the lines within which its headings are looked for.
ROWS_MAX, HEADINGS_WITHIN = 10_000, 25
_SEPARATORS = (";", ",", "\t", "|")
csv.field_size_limit(max(csv.field_size_limit(), 131_072))


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: its name on the screen, the headings that mean it, whether the list must have it."""

    label: str
    headings: tuple[str, ...]
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list: its line in the file, the text of each column met, and the columns that hold a formula."""

    line: int
    values: Mapping[str, str]
    formulas: frozenset[str] = frozenset()

    def get(self, column: str) -> str:
        """Return the text of a column, empty where the list has none."""
        return self.values.get(column, "")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it was read: the name of its file, its rows, the columns met, the headings that nothing reads."""

    name: str
    rows: tuple[Row, ...]
    columns: frozenset[str]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    texts: tuple[str, ...]
    formulas: frozenset[int] = frozenset()  # positions


def read(data: bytes, name: str, columns: Mapping[str, Column]) -> Listed:
    """Return the list that a file holds. Raises `SheetRefused` with a sentence that says what to do."""
    name = shown(name)
    refuse_others(data)
    if packed(data):
        return _of_book(data, name, columns)
    refuse_untexted(data, name)
    text = decoded(data)
    heads = {one: _best(_lines(text, one), columns) for one in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda one: heads[one][0])
    return _listed(name, _lines(text, separator), heads[separator][1], columns)


def _of_book(data: bytes, name: str, columns: Mapping[str, Column]) -> Listed:
    """Return the list of the sheet of a workbook whose headings are best known."""
    grids = [grid for grid in open_book(data, name, LIST).grids if grid.cells]
    found = [(_best(_rows(grid), columns), grid) for grid in grids]
    (_, head), grid = max(found, key=lambda one: one[0][0])
    return _listed(name, _rows(grid), head, columns)


def _rows(grid: Grid) -> Iterator[_Line]:
    width = max(column for _, column in grid.cells)
    for row in sorted({row for row, _ in grid.cells}):
        cells = [grid.at(row, column) for column in range(1, width + 1)]
        yield _Line(
            row,
            tuple(clean(cell.text, CELL_TEXT_MAX) for cell in cells),
            frozenset(at for at, cell in enumerate(cells) if cell.formula),
        )


def _lines(text: str, separator: str) -> Iterator[_Line]:
    before, reader = 0, csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise SheetRefused(BROKEN) from error
        if fields is None:
            return
        texts = tuple(clean(unguarded(one), CELL_TEXT_MAX) for one in fields)
        yield _Line(before + 1, texts, frozenset(at for at, one in enumerate(texts) if one.startswith("=")))
        before = reader.line_num


def _best(lines: Iterator[_Line], columns: Mapping[str, Column]) -> tuple[int, int]:
    """Return how many headings the best of the first lines has, and its number (0: none)."""
    best = (0, 0)
    for _, line in zip(range(HEADINGS_WITHIN), lines, strict=False):
        known = len({name for name in _named(line.texts, columns) if name})
        best = max(best, (known, line.number), key=lambda one: one[0])
    return best


def _named(texts: Sequence[str], columns: Mapping[str, Column]) -> list[str]:
    """Return the column that each heading means, empty where it means none."""
    known = {heading: name for name, column in columns.items() for heading in map(_key, column.headings)}
    return [known.get(_key(text), "") for text in texts]


def _key(text: str) -> str:
    return "".join(letter for letter in fold(text.partition("(")[0]) if letter.isalnum())


def _listed(name: str, lines: Iterable[_Line], head: int, columns: Mapping[str, Column]) -> Listed:
    named: list[str] = []
    unread: tuple[str, ...] = ()
    rows: list[Row] = []
    for line in lines:
        if line.number == head:
            named = _named(line.texts, columns)
            unread = tuple(text for text, column in zip(line.texts, named, strict=True) if text and not column)
        elif line.number > head > 0 and any(line.texts):
            rows.append(_row(line, named))
            if len(rows) > ROWS_MAX:
                raise SheetRefused(
                    f"Cette liste compte plus de {ROWS_MAX:_} lignes : coupez-la.".replace("_", "\u202f")
                )
    _check_headings(named, columns)
    if not rows:
        raise SheetRefused("Cette liste n’a aucune ligne sous ses titres. Vérifiez le fichier, puis renvoyez-le.")
    return Listed(name, tuple(rows), frozenset(filter(None, named)), unread)


def _row(line: _Line, named: Sequence[str]) -> Row:
    values = {column: text for column, text in zip(named, line.texts, strict=False) if column}
    formulas = frozenset(column for at, column in enumerate(named) if column and at in line.formulas)
    return Row(line.number, values, formulas)


def _check_headings(named: Sequence[str], columns: Mapping[str, Column]) -> None:
    twice = [one for one in dict.fromkeys(named) if one and named.count(one) > 1]
    if twice:
        raise SheetRefused(f"Deux colonnes ont le titre « {columns[twice[0]].label} » : gardez-en une.")
    missing = [column.label for name, column in columns.items() if column.wanted and name not in named]
    if missing:
        told = ", ".join(f"« {one} »" for one in missing)
        plural = "s" if len(missing) > 1 else ""
        raise SheetRefused(
            f"Il manque {'les' if plural else 'la'} colonne{plural} {told}. La première ligne de la liste porte le "
            "titre de chaque colonne."
        )
