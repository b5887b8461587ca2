"""Read and write CSV files. CSV keeps neither colours nor notes, so the notes of cells are separate lines.

Text that a spreadsheet could take for a formula is written with an apostrophe before it, and read back without.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace

from matrix.sheets import used_part
from matrix.sheets.model import EMPTY, Grid, GridCell, Place, SheetRefused, place_of
from matrix.sheets.package import BROKEN, CELL_TEXT_MAX, NOTE_MAX, TOO_BIG, clean

BOM = "\ufeff"
#: The title of the lines that hold the notes of cells: coordinate, service, activity, note.
NOTES_TITLE = "Notes des cases"

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BEFORE = " \u00a0\u202f\"'"


def guarded(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet could take it for a formula."""
    return f"'{text}" if text.lstrip(_BEFORE).startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text


def unguarded(text: str) -> str:
    """The text without the apostrophe that `guarded` adds."""
    return text[1:] if text.startswith("'") and text == guarded(text[1:]) else text


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as CSV that French spreadsheets open: UTF-8 with a byte order mark, semicolons, CRLF."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([guarded(text) for text in row] for row in rows)
    return (BOM + out.getvalue()).encode()


def read(data: bytes, name: str) -> Grid:
    """A CSV file as a grid. Raises `SheetRefused`."""
    text = _decoded(data)
    head = text[:4_000]
    delimiter = max(";,\t", key=head.count)
    cells: dict[Place, GridCell] = {}
    texts = used_part.Texts()
    noting = False
    try:
        for row, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            words = [unguarded(one) for one in fields]
            if words and words[0].strip() == NOTES_TITLE:
                noting = True
            elif noting:
                _note(cells, words)
            else:
                _line(cells, texts, row, words)
    except csv.Error as error:
        raise SheetRefused(BROKEN) from error
    return used_part.used_part(Grid(name, cells), texts)


def _line(cells: dict[Place, GridCell], texts: used_part.Texts, row: int, words: Sequence[str]) -> None:
    if row > 20 * used_part.ROWS_MAX:
        raise SheetRefused(TOO_BIG)
    for column, word in enumerate(words, 1):
        kept = clean(word, CELL_TEXT_MAX)
        if kept:
            texts.add(row, column, len(kept))
            cells[(row, column)] = GridCell(kept, formula=kept.startswith("="))


def _note(cells: dict[Place, GridCell], words: Sequence[str]) -> None:
    place = place_of(words[0]) if words else None
    if place is not None and len(words) >= 4:
        cells[place] = replace(cells.get(place, EMPTY), note=clean(words[3], NOTE_MAX))


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise SheetRefused(
        "Ce fichier n’est pas un texte CSV lisible : enregistrez la feuille en .xlsx, en .ods ou en CSV (UTF-8)."
    )
