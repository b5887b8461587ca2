"""Coloured sheets as académies keep them, made line by line, and what is read of them."""

from __future__ import annotations

import io

import openpyxl
from openpyxl.styles import PatternFill

from matrix import load_conventions
from matrix.sheets import Answers, open_book, read

CONVENTIONS = load_conventions()
HP = "hautes-pyrenees-2015"
ACTIVITIES = tuple(CONVENTIONS.activities.values())
RED, BLUE, GREEN, GREY = "FF0000", "0070C0", "92D050", "BFBFBF"
LEGEND = ((RED, "EN"), (BLUE, "CL"), (GREEN, "Etab"))


class Sheet:
    """Builds a workbook with a header on row 3; `line` adds a line, and `legend` ends the sheet."""

    def __init__(self, header=3, activities=ACTIVITIES):
        self.book = openpyxl.Workbook()
        self.page = self.book.active
        self.page["A1"] = "Annexe 2 : répartition"
        self.header, self.next = header, header + 1
        self.page.cell(header, 1, "Services")
        for index, label in enumerate(activities, 2):
            self.page.cell(header, index, label)

    def line(self, label, *cells):
        """Add a line. `cells`: colour or (colour, text), in the order of the columns; None leaves a cell empty."""
        row, self.next = self.next, self.next + 1
        self.page.cell(row, 1, label)
        for column, cell in enumerate(cells, 2):
            colour, text = cell if isinstance(cell, tuple) else (cell, None)
            made = self.page.cell(row, column, text)
            if colour:
                made.fill = PatternFill("solid", fgColor=colour)
        return row

    def legend(self, entries=LEGEND, inside=True):
        self.next += 1
        for colour, text in entries:
            cell = self.page.cell(self.next, 2, text if inside else None)
            cell.fill = PatternFill("solid", fgColor=colour)
            if not inside:
                self.page.cell(self.next, 3, text)
            self.next += 1
        return self

    @property
    def data(self):
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()

    def read(self, convention=HP, **given):
        answers = Answers({key.replace("_", "-"): value for key, value in given.items()})
        return read(open_book(self.data, "annexe2.xlsx"), CONVENTIONS, convention, answers)


def words(reading):
    return {cell.coordinate: cell.word for cell in reading.cells}


def only(reading):
    (question,) = reading.open_questions
    return question
