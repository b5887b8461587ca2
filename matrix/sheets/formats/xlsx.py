"""Read an XLSX workbook into grids. Parts are streamed, so a cell with only formatting is counted, not stored.

(openpyxl makes an object of every formatted cell before its caller can stop it, and a sheet with a million of them is
exactly the file that must be refused in little memory.)
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from matrix.sheets import used_part
from matrix.sheets.formats.xlsx_styles import Styles
from matrix.sheets.model import EMPTY, Grid, GridCell, Place, SheetRefused, Span, place_of
from matrix.sheets.package import (
    BROKEN,
    CELL_TEXT_MAX,
    LINKS,
    MACROS,
    NOTE_MAX,
    PART_LETTERS_MAX,
    TOO_BIG,
    Node,
    Package,
    clean,
    tree,
)

SHEETS_MAX = 20
COLUMNS_TOLD_MAX = 20_000
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class _Part:
    """A relation of a part: its kind (last word of the type) and the member to which it refers."""

    kind: str
    target: str


def read(package: Package, bounds: used_part.Bounds = used_part.TABLE) -> tuple[Grid, ...]:
    """Return every sheet of cells, including hidden ones, within the bounds. Raises `SheetRefused`."""
    names = package.names
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise SheetRefused(MACROS)
    if any("/externallinks/" in f"/{name.lower()}" for name in names):
        raise SheetRefused(LINKS)
    main = next((part.target for part in _relations(package, "").values() if part.kind == "officeDocument"), "")
    if main not in names:
        raise SheetRefused(BROKEN)
    parts = _relations(package, main)
    root = tree(package, main)
    if root.child("externalReferences") is not None:
        raise SheetRefused(LINKS)
    styles = Styles(package, _target(parts, "styles", names), _target(parts, "theme", names))
    strings = _Strings()
    shared = _target(parts, "sharedStrings", names)
    if shared is not None:
        package.stream(shared, strings)
    found = []
    for sheet in root.all("sheet")[:SHEETS_MAX]:
        part = parts.get(sheet.get("id"))
        if part is not None and part.kind == "worksheet" and part.target in names:
            handler = _Sheet(styles, strings, bounds)
            found.append(_sheet(package, sheet, part.target, handler))
    return tuple(found)


def _sheet(package: Package, sheet: Node, member: str, handler: _Sheet) -> Grid:
    package.stream(member, handler)
    cells = handler.finished()
    notes = next((one.target for one in _relations(package, member).values() if one.kind == "comments"), None)
    if notes is not None and notes in package.names:
        for place, text in _notes(package, notes):
            cells[place] = replace(cells.get(place, EMPTY), note=text)
            handler.texts.add(*place, len(text))
    whole = Grid(
        name=clean(sheet.get("name"), 80),
        cells=cells,
        spans=tuple(handler.spans),
        hidden_rows=frozenset(handler.hidden_rows),
        hidden_columns=frozenset(handler.hidden_columns),
        hidden=sheet.get("state", "visible") != "visible",
        told=tuple(handler.told),
    )
    return used_part.used_part(whole, handler.texts)


def _notes(package: Package, member: str) -> list[tuple[Place, str]]:
    found = []
    for node in tree(package, member).all("comment"):
        place, text = place_of(node.get("ref")), node.child("text")
        if place is not None and text is not None:
            found.append((place, clean("".join(one.text for one in text.all("t")), NOTE_MAX)))
    return found


def _relations(package: Package, member: str) -> dict[str, _Part]:
    """Return the parts to which a part refers, by id; targets outside the file are left out."""
    folder, name = posixpath.split(member)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, _Part] = {}
    if path not in package.names:
        return found
    for node in tree(package, path).children:
        if node.get("TargetMode") == "External":
            continue
        target = node.get("Target")
        whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[node.get("Id")] = _Part(node.get("Type").rpartition("/")[2], whole)
    return found


def _target(parts: Mapping[str, _Part], kind: str, names: frozenset[str]) -> str | None:
    return next((part.target for part in parts.values() if part.kind == kind and part.target in names), None)


def _unescaped(text: str) -> str:
    """Return the text with escapes such as « _x000D_ », which workbooks use for characters unfit for XML, decoded."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Strings:
    """Reads the shared strings; phonetic readings are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.struck: set[int] = set()
        self._strikes = False
        self._pieces: list[str] = []
        self._length, self._in_text, self._phonetic = 0, False, 0
        self._letters = PART_LETTERS_MAX

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "si":
            self._pieces, self._length = [], 0
        elif tag == "r":
            self._strikes = False
        elif tag == "strike":
            self._strikes = attributes.get("val", "1") not in ("0", "false")
        elif tag == "rPh":
            self._phonetic += 1
        self._in_text = tag == "t" and not self._phonetic

    def data(self, text: str) -> None:
        if self._in_text and self._length <= CELL_TEXT_MAX:
            self._length += len(text)
            self._pieces.append(text)
            if self._strikes and text.strip():
                self.struck.add(len(self.texts))

    def end(self, tag: str) -> None:
        self._in_text = False
        if tag == "rPh":
            self._phonetic -= 1
        elif tag == "si":
            self._strikes = False
            text = clean(_unescaped("".join(self._pieces)), CELL_TEXT_MAX)
            self._letters -= len(text)
            if self._letters < 0:
                raise SheetRefused(TOO_BIG)
            self.texts.append(text)


class _Sheet:
    """Handles the XML events of one worksheet, and keeps its cells, merges and hidden parts."""

    def __init__(self, styles: Styles, strings: _Strings, bounds: used_part.Bounds) -> None:
        self._styles, self._strings, self._struck_strings = styles, strings.texts, strings.struck
        self._struck = False
        self.cells: dict[Place, GridCell] = {}
        self.texts = used_part.Texts(bounds)
        self.spans: list[Span] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.told: list[str] = []
        self._row, self._column = 0, 0
        self._row_fills: dict[int, str] = {}
        self._column_fills: dict[int, str] = {}
        self._columns_told = 0
        self._conditional: list[str] = []
        self._cell: dict[str, str] = {}
        self._pieces: dict[str, list[str]] = {}
        self._into, self._length, self._in_conditional = "", 0, False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._into = ""
        if tag == "c":
            self._begin(attributes)
        elif tag == "strike" and attributes.get("val", "1") not in ("0", "false"):
            self._struck = True
        elif tag in ("v", "f", "t"):
            self._into = tag
            self._pieces.setdefault(tag, [])
        elif tag == "row":
            self._begin_row(attributes)
        elif tag == "col":
            self._columns(attributes)
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "conditionalFormatting":
            self._conditional.append(attributes.get("sqref", ""))
            self._in_conditional = True
        elif tag == "sqref" and self._in_conditional:  # not the range of a list of allowed values
            self._into, self._length, self._pieces["sqref"] = "sqref", 0, []

    def data(self, text: str) -> None:
        if self._into and self._length <= CELL_TEXT_MAX:
            self._length += len(text)
            self._pieces[self._into].append(text)

    def end(self, tag: str) -> None:
        self._into = ""
        if tag == "c":
            self._close()
        elif tag == "sqref":
            self._conditional.append("".join(self._pieces.pop("sqref", [])))
        elif tag == "conditionalFormatting":
            self._in_conditional = False

    def finished(self) -> dict[Place, GridCell]:
        """Return the cells, including those that have only the fill of their row or column."""
        if not self.texts.bounds.coloured:
            return {place: cell for place, cell in self.cells.items() if cell.text}
        self._spread()
        areas = (area.partition(":") for area in " ".join(self._conditional).split())
        for place in used_part.covered(((place_of(one), place_of(last or one)) for one, _, last in areas), self.texts):
            self.cells[place] = replace(self.cells.get(place, EMPTY), conditional=True)
        return self.cells

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        number = attributes.get("r", "")
        self._row = int(number) if number.isdecimal() and len(number) < 8 else self._row + 1
        self._column = 0
        if attributes.get("hidden") in ("1", "true") and self._row <= used_part.ROWS_MAX:
            self.hidden_rows.add(self._row)
        if attributes.get("customFormat") in ("1", "true") and self._row <= used_part.ROWS_MAX:
            self._row_fills[self._row] = attributes.get("s", "")

    def _columns(self, attributes: Mapping[str, str]) -> None:
        self._columns_told += 1
        if self._columns_told > COLUMNS_TOLD_MAX:
            raise SheetRefused(TOO_BIG)
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if not (first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6):
            return
        if attributes.get("hidden") in ("1", "true"):
            self.hidden_columns.update(range(int(first), min(int(last), used_part.COLUMNS_MAX) + 1))
        if attributes.get("style"):
            own = range(int(first), min(int(last), used_part.COLUMNS_MAX) + 1)
            self._column_fills.update(dict.fromkeys(own, attributes["style"]))

    def _begin(self, attributes: Mapping[str, str]) -> None:
        place = place_of(attributes.get("r", ""))
        self._row, self._column = place or (self._row, self._column + 1)
        self._cell, self._pieces, self._length = dict(attributes), {}, 0
        self._struck = False

    def _close(self) -> None:
        fill = self._styles.fill(self._cell.get("s", ""))
        text = clean(self._text(), CELL_TEXT_MAX)
        if text:
            self.texts.add(self._row, self._column, len(text))
        elif not fill.colour and not fill.pattern:
            if self._row <= used_part.ROWS_MAX and self._column <= used_part.COLUMNS_MAX:
                self.cells[(self._row, self._column)] = EMPTY  # its own style hides the row's and the column's
            return
        elif self._row > used_part.ROWS_MAX or self._column > used_part.COLUMNS_MAX:
            return
        self.cells[(self._row, self._column)] = GridCell(
            text,
            fill.colour,
            fill.pattern,
            fill.second,
            formula="f" in self._pieces,
            struck=self._is_struck(fill.struck),
        )

    def _is_struck(self, whole: bool) -> bool:
        """Return whether the cell's text is struck, in whole or in part."""
        index = "".join(self._pieces.get("v", ())).strip() if self._cell.get("t") == "s" else ""
        return whole or self._struck or (index.isdecimal() and len(index) < 8 and int(index) in self._struck_strings)

    def _text(self) -> str:
        """Return the content of the cell; for a formula, the formula itself and not its stored result."""
        if "f" in self._pieces:
            return "=" + "".join(self._pieces["f"])
        if self._cell.get("t") == "inlineStr":
            return _unescaped("".join(self._pieces.get("t", ())))
        value = "".join(self._pieces.get("v", ()))
        if self._cell.get("t") == "s":
            index = value.strip()
            known = index.isdecimal() and len(index) < 8 and int(index) < len(self._strings)
            return self._strings[int(index)] if known else ""
        if self._cell.get("t") == "b":
            return "VRAI" if value == "1" else "FAUX"
        return value.removesuffix(".0")

    def _merge(self, ref: str) -> None:
        first, _, last = ref.partition(":")
        start, end = place_of(first), place_of(last)
        if start and end and end[0] >= start[0] and end[1] >= start[1]:
            self.spans.append(Span(start[0], start[1], end[0] - start[0] + 1, end[1] - start[1] + 1))
            if len(self.spans) > 4 * used_part.SPANS_MAX:
                raise SheetRefused(TOO_BIG)

    def _spread(self) -> None:
        last_row, last_column = self.texts.last_row, self.texts.last_column
        for row, style in self._row_fills.items():
            if row <= last_row:
                self._fill(style, (row, row), (1, last_column))
        for column, style in self._column_fills.items():
            if column <= last_column:
                self._fill(style, (1, last_row), (column, column))
        for place in [place for place, cell in self.cells.items() if cell is EMPTY]:
            del self.cells[place]

    def _fill(self, style: str, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        fill = self._styles.fill(style)
        if not fill.colour and not fill.pattern:
            return
        made = GridCell("", fill.colour, fill.pattern, fill.second)
        for row in range(rows[0], rows[1] + 1):
            for column in range(columns[0], columns[1] + 1):
                self.cells.setdefault((row, column), made)
