"""Shape a spreadsheet and its reading for the page that shows them side by side, row by row. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matrix import Conventions
from matrix.sheets import Difference, GridCell, Question, SheetReading
from matrix.sheets.colour_meanings import KEEP, NONE, colour_key
from matrix.sheets.colours import name as colour_name
from matrix.sheets.lexicon import Lexicon
from matrix.sheets.model import CellReading, coordinate, letters

#: How many rows and columns of a sheet the page shows; the rest is read too.
ROWS_SHOWN, COLUMNS_SHOWN = 250, 30

#: Word of a cell -> its colour in « Qui fait quoi ».
_LOOKS = {"EN": "academie", "CL": "departement", "Etab": "college", "CL ou Etab": "either", "selon": "depends"}


@dataclass(frozen=True, slots=True)
class Original:
    """A cell as it stands in the sheet. `merged`: the coordinate of the cell that it is merged with, or empty."""

    at: str
    text: str
    colours: tuple[str, ...]
    colour: str  # in words
    pattern: str
    note: str
    merged: str


@dataclass(frozen=True, slots=True)
class Read:
    """A cell as Guichet reads it. `mark`: « question », « doute », « laissée », or empty."""

    at: str
    word: str
    look: str
    mark: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of both tables. `label` is the service that the row is about; without one, `told` says what the row is."""

    number: int
    hidden: bool
    cells: tuple[Original, ...]
    label: str
    told: str
    read: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class SheetColour:
    """A colour of the legend: the value that it is read as, and the other values to choose from."""

    key: str
    colour: str
    name: str
    text: str
    place: str
    options: tuple[tuple[str, str], ...]
    value: str


@dataclass(frozen=True, slots=True)
class SheetDoubt:
    """A cell read with a doubt, and the sentences that a person has to weigh."""

    at: str
    service: str
    activity: str
    word: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetChange:
    """A difference between the sheet and the agreement's matrix."""

    at: str
    service: str
    activity: str
    before: str
    after: str
    told: str
    cases: bool


@dataclass(frozen=True, slots=True)
class SheetReview:
    """Everything that the page shows of a reading."""

    file: str
    sheet: str
    columns: tuple[str, ...]
    hidden_columns: frozenset[str]
    activities: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    cut: bool
    legend: tuple[SheetColour, ...]
    questions: tuple[Question, ...]
    doubts: tuple[SheetDoubt, ...]
    told: tuple[str, ...]
    changes: tuple[SheetChange, ...]
    count: int
    ready: bool


def review(reading: SheetReading, differences: Sequence[Difference], conventions: Conventions) -> SheetReview:
    """Return the view of a reading."""
    grid = reading.grid
    asked = {question.key for question in reading.questions}
    last = min(grid.columns, COLUMNS_SHOWN)
    return SheetReview(
        file=reading.file,
        sheet=grid.name,
        columns=tuple(letters(column) for column in range(1, last + 1)),
        hidden_columns=frozenset(letters(column) for column in grid.hidden_columns),
        activities=tuple(conventions.activities[activity] for activity in _columns(reading).values()),
        rows=tuple(_rows(reading, conventions, last)),
        cut=grid.rows > ROWS_SHOWN or grid.columns > COLUMNS_SHOWN,
        legend=tuple(one for one in _legend(reading, conventions) if one.key not in asked),
        questions=reading.questions,
        doubts=_doubts(reading, conventions),
        told=reading.told,
        changes=_changes(differences, conventions),
        count=len(reading.cells),
        ready=reading.ready,
    )


def _doubts(reading: SheetReading, conventions: Conventions) -> tuple[SheetDoubt, ...]:
    return tuple(
        SheetDoubt(
            one.coordinate,
            conventions.services[one.service],
            conventions.activities[one.activity],
            _word(one),
            one.doubts,
        )
        for one in reading.cells
        if one.doubts
    )


def _changes(differences: Sequence[Difference], conventions: Conventions) -> tuple[SheetChange, ...]:
    return tuple(
        SheetChange(
            one.reading.coordinate,
            conventions.services[one.change.service],
            conventions.activities[one.change.activity],
            one.before,
            one.change.value,
            one.told,
            one.before == one.change.value,
        )
        for one in differences
    )


def _columns(reading: SheetReading) -> dict[int, str]:
    return dict(sorted(reading.columns.items()))


def _rows(reading: SheetReading, conventions: Conventions, last: int) -> list[SheetRow]:
    found: dict[tuple[int, int], CellReading] = {(one.row, one.column): one for one in reading.cells}
    rows = []
    for row in range(1, min(reading.grid.rows, ROWS_SHOWN) + 1):
        cells = tuple(_original(reading, row, column) for column in range(1, last + 1))
        service = reading.lines.get(row)
        told = _told(reading, row) if any(cell.text or cell.colours for cell in cells) else ""
        if service is not None and not any((row, column) in found for column in reading.columns):
            told = "ligne masquée, non lue"
        read = tuple(_read(found.get((row, column)), row, column) for column in _columns(reading))
        rows.append(
            SheetRow(
                row,
                row in reading.grid.hidden_rows,
                cells,
                conventions.services[service] if service else "",
                told,
                read,
            )
        )
    return rows


def _told(reading: SheetReading, row: int) -> str:
    """Return what a row is, where it is about no service."""
    if row in reading.lines:
        return ""
    if row <= reading.header:
        return "en-tête" if row == reading.header else "au-dessus du tableau"
    return "titre" if row in reading.titles else "légende" if row in reading.below else "ligne non lue"


def _original(reading: SheetReading, row: int, column: int) -> Original:
    cell: GridCell = reading.grid.at(row, column)
    anchor = reading.grid.anchors.get((row, column))
    return Original(
        coordinate(row, column),
        "" if anchor else cell.text,
        tuple(one for one in (cell.colour, cell.second) if one),
        colour_name(cell.colour) if cell.colour else "",
        cell.pattern,
        "" if anchor else cell.note,
        coordinate(*anchor) if anchor else "",
    )


def _read(one: CellReading | None, row: int, column: int) -> Read:
    if one is None:
        return Read(coordinate(row, column), "", "", "")
    mark = {"question": "question", "keep": "laissée"}.get(one.source, "doute" if one.doubts else "")
    word = one.word or ""
    look = _LOOKS.get(word.partition(" (")[0], "none" if word else "unknown")
    return Read(one.coordinate, _word(one), look if one.word is not None else "", mark)


def _word(one: CellReading) -> str:
    if one.word is None:
        return ""
    return one.word or "blanc"


def _legend(reading: SheetReading, conventions: Conventions) -> list[SheetColour]:
    lexicon = Lexicon(conventions[reading.convention])
    options = (*lexicon.options(), NONE, KEEP)
    found = []
    for entry in reading.legend:
        found.append(
            SheetColour(
                colour_key(entry.colour),
                entry.colour,
                colour_name(entry.colour),
                entry.text,
                entry.place,
                options,
                entry.word or "blank",
            )
        )
    return found
