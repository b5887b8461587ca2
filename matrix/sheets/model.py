"""The model of a sheet as its file holds it, and of its reading: frozen values. Rows and columns count from 1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from matrix.model import Case, Contributor

Kind = Literal["xlsx", "ods", "csv"]
QuestionKind = Literal["sheet", "colour", "pattern", "text", "pair", "line", "column", "hidden", "blank", "detail"]
Source = Literal["word", "colour", "both", "blank", "choice", "keep", "question"]
Place = tuple[int, int]  # row, column

_COORDINATE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")


class SheetRefused(ValueError):
    """Raised for a file that cannot be read at all; the message is a French sentence that says what to do."""


def letters(column: int) -> str:
    """Return the letters of a column: 3 -> « C », 28 -> « AB »."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def coordinate(row: int, column: int) -> str:
    """Return the coordinate of a place: (14, 3) -> « C14 »."""
    return f"{letters(column)}{row}"


def place_of(text: str) -> Place | None:
    """Return the (row, column) of a coordinate, or None where the text is not one.

    « C14 » and « $C$14 » give (14, 3).
    """
    found = _COORDINATE.fullmatch(text.strip().upper())
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a sheet. `colour` is « #RRGGBB » or empty; `second` the other colour of a pattern, `pattern` its name.

    `formula`: the text is a formula, shown as it is written and never computed. `conditional`: a conditional format
    applies to the cell, so its colour is unknown without computing.
    """

    text: str = ""
    colour: str = ""
    pattern: str = ""
    second: str = ""
    note: str = ""
    formula: bool = False
    conditional: bool = False
    struck: bool = False


EMPTY = GridCell()


@dataclass(frozen=True, slots=True)
class Span:
    """Merged cells: the first of them, and how many rows and columns they cover."""

    row: int
    column: int
    rows: int
    columns: int


@dataclass(frozen=True)
class Grid:
    """One sheet: its cells with content, its merged cells, its hidden rows and columns. `told`: sentences on it."""

    name: str
    cells: Mapping[Place, GridCell]
    spans: tuple[Span, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    hidden: bool = False
    told: tuple[str, ...] = ()

    @cached_property
    def rows(self) -> int:
        """Return the last row that holds something."""
        return max((row for row, _ in self.cells), default=0)

    @cached_property
    def columns(self) -> int:
        """Return the last column that holds something."""
        return max((column for _, column in self.cells), default=0)

    @cached_property
    def anchors(self) -> Mapping[Place, Place]:
        """Return the first cell of the merge that covers a place, by that place, within the used part of the sheet."""
        found: dict[Place, Place] = {}
        for span in self.spans:
            last_row = min(span.row + span.rows - 1, self.rows)
            last_column = min(span.column + span.columns - 1, self.columns)
            for row in range(span.row, last_row + 1):
                for column in range(span.column, last_column + 1):
                    if (row, column) != (span.row, span.column):
                        found[(row, column)] = (span.row, span.column)
        return found

    def at(self, row: int, column: int) -> GridCell:
        """Return the cell shown at a place; merged cells show the content of the first of them."""
        place = (row, column)
        return self.cells.get(self.anchors.get(place, place), EMPTY)


@dataclass(frozen=True, slots=True)
class Book:
    """An opened file: its sheets, in order."""

    name: str
    kind: Kind
    grids: tuple[Grid, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """Holds the reader's choices: the key of a question -> one of its options."""

    given: Mapping[str, str] = field(default_factory=dict)

    def get(self, key: str) -> str:
        return self.given.get(key, "")


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a person must answer before anything is written; `answer` is empty until then.

    `where`: coordinates of the cells concerned. `options`: (value, label). `colours`: those to show beside it.
    """

    key: str
    kind: QuestionKind
    sentence: str
    where: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    answer: str = ""
    colours: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        return any(value == self.answer for value, _ in self.options)


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """Holds the meaning of a colour: the word, the legend's text and its place; `place` empty: chosen by the reader."""

    colour: str
    word: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Detail:
    """Holds what a structured note adds to a cell's word (`matrix.sheets.notes`)."""

    cases: tuple[Case, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    candidates: tuple[str, ...] = ()
    assume: tuple[tuple[str, str | bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CellReading:
    """Says what is read in a cell. `word` is a word of `matrix.values`; None: a question is open, or nothing changes.

    `source` says where the word comes from. `doubts` are sentences of warning, which do not stop the import.
    `question` is the key of the question that does.
    """

    row: int
    column: int
    service: str
    activity: str
    word: str | None
    source: Source
    doubts: tuple[str, ...] = ()
    question: str = ""
    detail: Detail | None = None

    @property
    def coordinate(self) -> str:
        return coordinate(self.row, self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReading:
    """A sheet read for an agreement. `lines` and `columns` tell which service and activity each stands for.

    `titles` are the rows of sections' titles, `below` those under the table: its legend.
    """

    convention: str
    file: str
    grid: Grid
    header: int
    label_column: int
    lines: Mapping[int, str]
    columns: Mapping[int, str]
    cells: tuple[CellReading, ...]
    legend: tuple[LegendEntry, ...]
    questions: tuple[Question, ...]
    told: tuple[str, ...] = ()
    titles: frozenset[int] = frozenset()
    below: frozenset[int] = frozenset()

    @property
    def ready(self) -> bool:
        """Return whether every question is answered."""
        return all(question.answered for question in self.questions)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if not question.answered)


@dataclass(frozen=True, slots=True)
class OutCell:
    """A cell to write. `look`: « title », « head », « section », « label », « cell » or « plain »."""

    text: str = ""
    colour: str = ""
    note: str = ""
    look: str = "plain"
    italic: bool = False


@dataclass(frozen=True, slots=True)
class OutSheet:
    """A sheet to write, and how many of its columns are wide (the labels)."""

    name: str
    rows: tuple[tuple[OutCell, ...], ...]
    header: int  # the row that stays in view
    title: str
