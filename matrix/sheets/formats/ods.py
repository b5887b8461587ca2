"""Read an ODS workbook into grids: repeated and covered cells, styles of rows and columns, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from matrix.sheets import used_part
from matrix.sheets.formats.ods_styles import Styles
from matrix.sheets.model import EMPTY, Grid, GridCell, Place, SheetRefused, Span, place_of
from matrix.sheets.package import BROKEN, CELL_TEXT_MAX, LINKS, LOCKED, MACROS, NOTE_MAX, Package, clean

SHEETS_MAX = 20
_FAR = 1 << 21


def read(package: Package, bounds: used_part.Bounds = used_part.TABLE) -> tuple[Grid, ...]:
    """Return every sheet, including hidden ones, within the bounds. Raises `SheetRefused`."""
    names = package.names
    if "content.xml" not in names:
        raise SheetRefused(BROKEN)
    manifest = _Manifest()
    if "META-INF/manifest.xml" in names:
        package.stream("META-INF/manifest.xml", manifest)
    if manifest.locked:
        raise SheetRefused(LOCKED)
    if any(name.startswith(("Basic/", "Scripts/")) and not name.endswith("/") for name in names):
        raise SheetRefused(MACROS)
    styles = Styles()
    if "styles.xml" in names:
        package.stream("styles.xml", styles)
    content = _Content(styles, bounds)
    package.stream("content.xml", content)
    return tuple(content.grids)


class _Manifest:
    """Reads from the manifest whether any part is encrypted."""

    def __init__(self) -> None:
        self.locked = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.locked = self.locked or tag == "encryption-data"

    def data(self, text: str) -> None:
        return

    def end(self, tag: str) -> None:
        return


class _Content:
    """Handles the XML events of content.xml, where its own styles come first, then each table."""

    def __init__(self, styles: Styles, bounds: used_part.Bounds) -> None:
        self._styles, self._bounds = styles, bounds
        self.grids: list[Grid] = []
        self._table: _Table | None = None
        self._depth = 0  # tables within a table belong to drawings

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in ("table-source", "cell-range-source", "dde-link", "dde-source"):
            raise SheetRefused(LINKS)
        if tag == "table":
            self._depth += 1
            if self._depth == 1 and len(self.grids) < SHEETS_MAX:
                self._table = _Table(self._styles, attributes, self._bounds)
                return
        if self._table is None:
            self._styles.start(tag, attributes)
        elif self._depth == 1:
            self._table.start(tag, attributes)

    def data(self, text: str) -> None:
        if self._table is not None and self._depth == 1:
            self._table.data(text)

    def end(self, tag: str) -> None:
        if tag == "table":
            self._depth -= 1
            if self._depth == 0 and self._table is not None:
                self.grids.append(self._table.finished())
                self._table = None
                return
        if self._table is None:
            self._styles.end(tag)
        elif self._depth == 1:
            self._table.end(tag)


class _Table:
    """Handles the XML events of one table. Repeated cells stay runs until the used part of the sheet is known."""

    def __init__(self, styles: Styles, attributes: Mapping[str, str], bounds: used_part.Bounds) -> None:
        self._styles = styles
        self._name = clean(attributes.get("name", ""), 80)
        self._hidden = styles.hidden(attributes.get("style-name", ""))
        self._texts = used_part.Texts(bounds)
        self._cells: dict[Place, GridCell] = {}
        self._fills: list[tuple[int, int, int, int, str]] = []  # row, rows, column, columns, style
        self._spans: list[Span] = []
        self._defaults = [""]  # the default style of each column, from 1
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._conditional: list[str] = []
        self._groups = 0  # the number of collapsed groups around
        self._groups_open: list[bool] = []
        self._row, self._rows, self._column, self._width = 1, 1, 1, 0
        self._row_style = ""
        self._row_content: list[tuple[int, int, GridCell, str]] = []
        self._row_fills: list[tuple[int, int, str]] = []
        self._cell: Mapping[str, str] = {}
        self._stack: list[str] = []
        self._text: list[str] = []
        self._note: list[str] = []
        self._in_note = False
        self._struck = False

    # --- events of the parser ---

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._stack:  # inside a cell
            self._inside(tag, attributes)
        elif tag in ("table-cell", "covered-table-cell"):
            self._cell, self._text, self._note, self._in_note = attributes, [], [], False
            self._struck = False
            self._stack = [tag]
        elif tag == "table-row":
            self._rows = _count(attributes, "number-rows-repeated")
            self._row_style, self._column = attributes.get("default-cell-style-name", ""), 1
            self._row_content, self._row_fills = [], []
            if attributes.get("visibility", "visible") != "visible" or self._groups:
                last = min(self._row + self._rows - 1, used_part.ROWS_MAX)
                self._hidden_rows.update(range(self._row, last + 1))
        elif tag == "table-column":
            self._add_column(attributes)
        elif tag in ("table-row-group", "table-column-group"):
            closed = attributes.get("display", "true") == "false"
            self._groups_open.append(closed)
            self._groups += closed
        elif tag == "conditional-format":
            self._conditional.extend(attributes.get("target-range-address", "").split())

    def data(self, text: str) -> None:
        if not self._stack:
            return
        into = self._note if self._in_note else self._text
        if self._reads() and len(into) < 4_000:
            into.append(text)

    def end(self, tag: str) -> None:
        if self._stack:
            if tag == "annotation":
                self._in_note = False
            self._stack.pop()
            if not self._stack:
                self._close_cell()
        elif tag == "table-row":
            self._close_row()
        elif tag in ("table-row-group", "table-column-group") and self._groups_open:
            self._groups -= self._groups_open.pop()

    def _inside(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._stack.append(tag)
        if tag in ("p", "h", "span") and not self._in_note:
            name = attributes.get("style-name", "")
            self._struck = self._struck or self._styles.struck(name, self._styles.texts)
        into = self._note if self._in_note else self._text
        if tag == "annotation" and len(self._stack) == 2:
            self._in_note = True
        elif tag == "p" and self._reads() and into:
            into.append("\n")
        elif self._reads() and tag in ("s", "tab", "line-break"):
            into.append({"s": " " * min(_count(attributes, "c"), 80), "tab": "\t", "line-break": "\n"}[tag])

    def _reads(self) -> bool:
        """Return whether text here belongs to the cell or to its note.

        The text of a drawing and the name of the note's author do not.
        """
        inside = self._stack[2:] if self._in_note else self._stack[1:]
        return "p" in inside and inside[0] in ("p", "list", "h") and "annotation" not in inside

    # --- building the grid ---

    def _add_column(self, attributes: Mapping[str, str]) -> None:
        count = _count(attributes, "number-columns-repeated")
        first, last = self._width + 1, self._width + count
        self._width = min(last, _FAR)
        kept = max(min(last, used_part.COLUMNS_MAX) - first + 1, 0)
        self._defaults.extend([attributes.get("default-cell-style-name", "")] * kept)
        if attributes.get("visibility", "visible") != "visible" or self._groups:
            self._hidden_columns.update(range(first, min(last, used_part.COLUMNS_MAX) + 1))

    def _close_cell(self) -> None:
        attributes = self._cell
        count = _count(attributes, "number-columns-repeated")
        style = attributes.get("style-name", "")
        formula = attributes.get("formula", "")
        text = clean("".join(self._text), CELL_TEXT_MAX)
        if formula:
            text = clean("=" + formula.partition("=")[2], CELL_TEXT_MAX)
        note = clean("".join(self._note), NOTE_MAX)
        if text or note:
            cell = GridCell(text, note=note, formula=bool(formula), struck=self._struck)
            self._row_content.append((self._column, count, cell, style))
        self._row_fills.append((self._column, count, style))
        rows, columns = _count(attributes, "number-rows-spanned"), _count(attributes, "number-columns-spanned")
        if rows > 1 or columns > 1:
            self._spans.append(Span(self._row, self._column, rows, columns))
        self._column = min(self._column + count, _FAR)

    def _close_row(self) -> None:
        for column, count, cell, style in self._row_content:
            last_row, last_column = self._row + self._rows - 1, column + count - 1
            self._texts.add(last_row, last_column, len(cell.text) + len(cell.note), self._rows * count)
            colour, pattern, conditional = self._fill(style, column)
            named = style or self._row_style or self._column_style(column)
            struck = cell.struck or self._styles.struck(named, self._styles.cells)
            made = replace(cell, colour=colour, pattern=pattern, conditional=conditional, struck=struck)
            for row in range(self._row, last_row + 1):
                for at in range(column, last_column + 1):
                    self._cells[(row, at)] = made
        for column, count, style in self._row_fills:
            style = style or self._row_style
            self._fills.append((self._row, self._rows, column, count, style))
        self._row = min(self._row + self._rows, _FAR)

    def _fill(self, style: str, column: int) -> tuple[str, str, bool]:
        return self._styles.fill(style or self._row_style or self._column_style(column))

    def _column_style(self, column: int) -> str:
        return self._defaults[column] if column < len(self._defaults) else ""

    def finished(self) -> Grid:
        """Return the grid of the table; colours of rows and columns are applied to the used part only."""
        defaults = [self._column_style(column) for column in range(self._texts.last_column + 1)]
        empty: dict[str, GridCell] = {}
        for row, rows, column, columns, style in self._fills if self._texts.bounds.coloured else ():
            for at_row in range(row, min(row + rows - 1, self._texts.last_row) + 1):
                for at in range(column, min(column + columns - 1, self._texts.last_column) + 1):
                    made = empty.get(style or defaults[at])
                    if made is None:
                        colour, pattern, conditional = self._styles.fill(style or defaults[at])
                        made = GridCell("", colour, pattern, conditional=conditional)
                        empty[style or defaults[at]] = made
                    if made != EMPTY:
                        self._cells.setdefault((at_row, at), made)
        if self._texts.bounds.coloured:
            self._conditions()
        hidden_rows, hidden_columns = frozenset(self._hidden_rows), frozenset(self._hidden_columns)
        sheet = Grid(self._name, self._cells, tuple(self._spans), hidden_rows, hidden_columns, self._hidden)
        return used_part.used_part(sheet, self._texts)

    def _conditions(self) -> None:
        areas = (address.partition(":") for address in self._conditional)
        ends = ((first.rpartition(".")[2], (last or first).rpartition(".")[2]) for first, _, last in areas)
        for place in used_part.covered(((place_of(first), place_of(last)) for first, last in ends), self._texts):
            self._cells[place] = replace(self._cells.get(place, EMPTY), conditional=True)


def _count(attributes: Mapping[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return min(max(int(text), 1), _FAR) if text.isdecimal() and len(text) < 10 else 1
