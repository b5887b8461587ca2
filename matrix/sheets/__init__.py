"""Annexe 2 as a spreadsheet: coloured sheets are read into changes, and the matrix is written as a sheet. Pure.

    book = open_book(data, "annexe2.xlsx")  # bytes -> grids: values, colours, spans, notes; or SheetRefused
    reading = read(book, conventions, "hautes-pyrenees-2015", Answers())
    reading.questions  # what stops: an unknown colour is a question, never a guess
    differences(reading, conventions)                 # -> matrix.changes.CellChange, once every question is answered
    export(conventions, "hautes-pyrenees-2015", "ods")  # -> bytes, which read back without a difference

Nothing here runs a formula, follows a link or writes a file.
"""

from matrix.sheets.book import open_book
from matrix.sheets.difference import Difference, compared, differences
from matrix.sheets.export import FORMATS, export
from matrix.sheets.model import Answers, Book, CellReading, Grid, GridCell, Question, SheetReading, SheetRefused
from matrix.sheets.sheet_reader import read

__all__ = [
    "FORMATS",
    "Answers",
    "Book",
    "CellReading",
    "Difference",
    "Grid",
    "GridCell",
    "Question",
    "SheetReading",
    "SheetRefused",
    "compared",
    "differences",
    "export",
    "open_book",
    "read",
]
