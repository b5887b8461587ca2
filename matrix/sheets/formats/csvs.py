"""Read and write CSV files. CSV keeps neither colours nor notes, so the notes of cells are separate lines.

Text that a spreadsheet could take for a formula is written with an apostrophe before it, and read back without.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from matrix.sheets import labels, used_part
from matrix.sheets.model import EMPTY, Grid, GridCell, Place, SheetRefused, place_of
from matrix.sheets.package import BROKEN, CELL_TEXT_MAX, NOTE_MAX, TOO_BIG, clean

BOM = "\ufeff"
#: The title of the lines that hold the notes of cells: coordinate, service, activity, note.
NOTES_TITLE = "Notes des cases"

#: A first line for Excel, which says the separator.
_DECLARED = re.compile(r'"?sep=([;,\t|])"?[;,\t|]*\r?\n', re.IGNORECASE)
_SEPARATORS = (";", ",", "\t", "|")
HEADER_WITHIN, HEAD_MAX = 60, 20_000  # lines and letters within which the header is looked for

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BEFORE = " \u00a0\u202f\"'"


def guarded(text: str) -> str:
    """Return the text, after an apostrophe where a spreadsheet could take it for a formula."""
    return f"'{text}" if text.lstrip(_BEFORE).startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text


def unguarded(text: str) -> str:
    """Return the text without the apostrophe that `guarded` adds."""
    return text[1:] if text.startswith("'") and text == guarded(text[1:]) else text


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the rows as CSV that French spreadsheets open: UTF-8 with a byte order mark, semicolons, CRLF."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([guarded(text) for text in row] for row in rows)
    return (BOM + out.getvalue()).encode()


def read(data: bytes, name: str) -> Grid:
    """Return a CSV file as a grid. Raises `SheetRefused`."""
    text = decoded(data)
    cells: dict[Place, GridCell] = {}
    texts = used_part.Texts()
    noted: list[list[str]] | None = None
    try:
        for row, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)), 1):
            words = [unguarded(one) for one in fields]
            if row == 1 and _DECLARED.match(text):
                continue  # for spreadsheets: it says nothing of the table
            if words and words[0].strip() == NOTES_TITLE:
                noted = []
            elif noted is not None:
                noted.append(words)
            else:
                _line(cells, texts, row, words)
    except csv.Error as error:
        raise SheetRefused(BROKEN) from error
    told = tuple(_lost(words) for words in noted or () if not _note(cells, words))
    return used_part.used_part(Grid(name, cells, told=told), texts)


def _separator(text: str) -> str:
    """Return the separator: it cuts a line into the most names of activities, or else is the most frequent one.

    Frequency alone is deceived by the commas of titles and notes.
    """
    declared = _DECLARED.match(text)
    if declared:
        return declared[1]
    head = "".join(text.splitlines(keepends=True)[:HEADER_WITHIN])[:HEAD_MAX]
    named = {one: _named(head, one) for one in _SEPARATORS}
    return max(_SEPARATORS, key=lambda one: (named[one], head.count(one)))


def _named(head: str, separator: str) -> int:
    """Return the number of activities on the line that names most of them, once lines are cut at this separator."""
    try:
        return labels.activities_named(csv.reader(io.StringIO(head, newline=""), delimiter=separator))
    except csv.Error:
        return 0


def _line(cells: dict[Place, GridCell], texts: used_part.Texts, row: int, words: Sequence[str]) -> None:
    if row > 20 * used_part.ROWS_MAX:
        raise SheetRefused(TOO_BIG)
    for column, word in enumerate(words, 1):
        kept = clean(word, CELL_TEXT_MAX)
        if kept:
            texts.add(row, column, len(kept))
            cells[(row, column)] = GridCell(kept, formula=kept.startswith("="))


def _note(cells: dict[Place, GridCell], words: Sequence[str]) -> bool:
    """Put a note on the cell that its service and activity name, and say whether there is one.

    Its coordinate is that of the export: a line or a column inserted since then would give the note to another cell.
    It tells apart lines of one name only.
    """
    if len(words) < 4 or not words[3].strip():
        return True
    service, activity = (clean(word, CELL_TEXT_MAX) for word in words[1:3])
    written = place_of(words[0]) or (1, 1)
    columns = [place for place, cell in cells.items() if cell.text == activity]
    if not service or not columns:
        return False
    header, column = min(columns)
    rows = [row for (row, _), cell in cells.items() if cell.text == service and row > header]
    if not rows:
        return False
    place = (min(rows, key=lambda row: abs(row - written[0])), column)
    cells[place] = replace(cells.get(place, EMPTY), note=clean(words[3], NOTE_MAX))
    return True


def _lost(words: Sequence[str]) -> str:
    """Return the sentence about a note whose cell is not in the table."""
    named = " : ".join(clean(word, 80) for word in words[1:3])
    return f"La note de la case « {named} » n’a pas trouvé sa case dans le tableau : elle n’est pas lue."


def decoded(data: bytes) -> str:
    """Return the text of a CSV file: UTF-8, UTF-16 or Windows, whatever wrote it. Raises `SheetRefused`."""
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
