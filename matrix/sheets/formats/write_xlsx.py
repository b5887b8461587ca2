"""Write a sheet as XLSX. Text stays text: no content of a cell becomes a formula, a number or a link."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from matrix.sheets.formats.csvs import guarded
from matrix.sheets.model import OutCell, OutSheet

#: A fixed date, so that files of the same matrix are the same bytes whenever they are written.
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a mark of no day, and workbooks know no zone
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "head": {
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "border": 1,
        "border_color": "#8A8A8A",
        "bg_color": "#FFFFFF",
    },
    "section": {"bold": True, "font_size": 12, "valign": "bottom"},
    "label": {"text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#8A8A8A"},
    "cell": {"text_wrap": True, "align": "center", "valign": "vcenter", "border": 1, "border_color": "#8A8A8A"},
    "plain": {},
}


def write(sheet: OutSheet) -> bytes:
    """Return the bytes of the workbook."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "constant_memory": True,
            "in_memory": True,
        },
    )
    book.set_properties({"title": sheet.title, "author": "Guichet", "created": _MADE})
    page = book.add_worksheet(sheet.name)
    page.set_column(0, 0, 52)
    page.set_column(1, 6, 16)
    page.set_column(7, 7, 30)
    page.freeze_panes(sheet.header, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(sheet.header - 1)
    formats: dict[tuple[str, str, bool, bool], Any] = {}
    for row, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            look = (cell.look, cell.colour, cell.italic, guarded(cell.text) != cell.text)
            if look not in formats:
                formats[look] = book.add_format(_look(cell))
            if cell.text:
                page.write_string(row, column, cell.text, formats[look])
            elif cell.look != "plain":
                page.write_blank(row, column, None, formats[look])
            if cell.note:
                page.write_comment(row, column, cell.note, {"author": "Guichet", "x_scale": 3, "y_scale": 2})
    book.close()
    return out.getvalue()


def _look(cell: OutCell) -> dict[str, Any]:
    found = dict(_LOOKS[cell.look])
    if cell.colour:
        found["bg_color"] = cell.colour
    if cell.italic:
        found["italic"] = True
    if guarded(cell.text) != cell.text:  # stays text when edited, as after a typed apostrophe
        found["quote_prefix"] = True
    return found
