"""Write a pack as files: XLSX and ODS workbooks, a CSV for each table, the data dictionary. Pure.

Cells keep their kind: counts and hours are numbers, shares percents, days dates. No text can become a formula, and
nothing of the day it is written on is in a file: the same pack gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from matrix.sheets.formats.csvs import guarded
from ticketing.committees.content import HIDDEN, Column, Pack, PackTable, Value, dictionary
from ticketing.documents.tabular import csv_text

_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a mark of no day, and workbooks know no zone
#: A worksheet's name has at most 31 letters, and none of these.
_NAME_MAX, _FORBIDDEN = 31, str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_FORMATS = {"count": "#,##0", "hours": "#,##0.00", "share": "0.0%", "day": "dd/mm/yyyy", "measure": "#,##0.00"}
_WIDTHS = {"text": 34, "count": 12, "hours": 12, "share": 10, "day": 12, "measure": 16}


def heading(pack: Pack) -> list[tuple[str, Value]]:
    """Return what a pack says of itself: (label, value)."""
    whose = pack.side_name or "Toutes les parties"
    if pack.everything:
        whose += " ; réservé à l’académie, les groupes de moins de cinq personnes y sont comptés"
    return [
        ("Accord", pack.title),
        ("Année scolaire", pack.year),
        ("Périmètre", whose),
        ("Chiffres arrêtés au", pack.cut_off),
        ("Empreinte des données (SHA-256)", pack.digest),
    ]


def sheets(pack: Pack) -> list[tuple[str, list[Sequence[Value]], tuple[Column, ...]]]:
    """Return the sheets of a workbook: (name, rows with their header, columns); the first says what the pack is."""
    told = [("Dossier du comité", None), *heading(pack)]
    found: list[tuple[str, list[Sequence[Value]], tuple[Column, ...]]] = [
        ("Dossier", list(told), (Column(""), Column("")))
    ]
    for one in pack.tables:
        rows: list[Sequence[Value]] = [tuple(column.name for column in one.columns), *one.rows]
        found.append((sheet_name(one.title), rows, one.columns))
    lines = dictionary(pack)
    found.append(("Dictionnaire", list(lines), tuple(Column(name) for name in lines[0])))
    return found


def sheet_name(title: str) -> str:
    """Return a table's title as the name of a sheet."""
    text = title.replace("’", " ").translate(_FORBIDDEN)
    if len(text) > _NAME_MAX:
        text = text[:_NAME_MAX].rsplit(" ", 1)[0]
    return text.strip(" ,")


# --- CSV --------------------------------------------------------------------------------------------------------------


def csv(pack: Pack, table: PackTable) -> bytes:
    """Return a table as a CSV file that a French spreadsheet opens; what the pack is stands below it."""
    lines: list[Sequence[object]] = [tuple(column.name for column in table.columns)]
    lines += [tuple(_csv_cell(cell) for cell in row) for row in table.rows]
    lines += [(), *((label, _csv_cell(value)) for label, value in heading(pack))]
    return csv_text(lines).encode()


def _csv_cell(value: Value) -> object:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".").replace(".", ",")
    return value


def csv_files(pack: Pack) -> list[tuple[str, bytes]]:
    """Return the CSV files of a pack, in order, and its data dictionary: (name, bytes)."""
    found = [(f"{rank:02d}-{one.id}.csv", csv(pack, one)) for rank, one in enumerate(pack.tables, 1)]
    return [*found, ("dictionnaire.csv", csv_text(dictionary(pack)).encode())]


def archive(pack: Pack) -> bytes:
    """Return the CSV files as one zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, body in csv_files(pack):
            _member(package, name, body)
    return out.getvalue()


def _member(package: zipfile.ZipFile, name: str, body: bytes, method: int = zipfile.ZIP_DEFLATED) -> None:
    member = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    member.compress_type = method
    package.writestr(member, body)


# --- XLSX -------------------------------------------------------------------------------------------------------------


def xlsx(pack: Pack) -> bytes:
    """Return the pack as an XLSX workbook, a sheet for each table."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": f"Dossier du comité, {pack.title}", "author": "Guichet", "created": _MADE})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1})
    looks: dict[tuple[str, bool], Any] = {}
    for name, rows, columns in sheets(pack):
        page = book.add_worksheet(name)
        page.freeze_panes(1, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        for at, column in enumerate(columns):
            page.set_column(at, at, _WIDTHS[column.kind])
        for row, cells in enumerate(rows):
            for at, cell in enumerate(cells):
                kind = columns[at].kind if at < len(columns) else "text"
                _xlsx_cell(book, page, (row, at), cell, head if row == 0 else _look(book, looks, kind, cell))
    book.close()
    return out.getvalue()


def _look(book: Any, looks: dict[tuple[str, bool], Any], kind: str, cell: Value) -> Any:
    """Return the format of a cell, made once for each kind; text that looks like a formula keeps its quote."""
    quoted = isinstance(cell, str) and guarded(cell) != cell
    kind = "day" if isinstance(cell, date) else "text" if isinstance(cell, str) else kind
    if (kind, quoted) not in looks:
        said: dict[str, Any] = {"valign": "top", "text_wrap": kind == "text", "quote_prefix": quoted}
        looks[(kind, quoted)] = book.add_format(said | ({"num_format": _FORMATS[kind]} if kind in _FORMATS else {}))
    return looks[(kind, quoted)]


def _xlsx_cell(book: Any, page: Any, place: tuple[int, int], cell: Value, look: Any) -> None:
    match cell:
        case None:
            page.write_blank(*place, None, look)
        case str():
            page.write_string(*place, cell, look)
        case date():
            page.write_datetime(*place, datetime(cell.year, cell.month, cell.day), look)  # noqa: DTZ001
        case _:
            page.write_number(*place, cell, look)


# --- ODS --------------------------------------------------------------------------------------------------------------

ODS = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
    for name, urn in (
        ("office", "office"),
        ("style", "style"),
        ("text", "text"),
        ("table", "table"),
        ("number", "datastyle"),
        ("fo", "xsl-fo-compatible"),
    )
)
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{ODS}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_NUMBER = '<number:number number:min-integer-digits="1" number:grouping="true" number:decimal-places='
_STYLES = (
    f'<number:number-style style:name="n0">{_NUMBER}"0"/></number:number-style>'
    f'<number:number-style style:name="n2">{_NUMBER}"2"/></number:number-style>'
    f'<number:percentage-style style:name="np">{_NUMBER}"1"/><number:text>%</number:text></number:percentage-style>'
    '<number:date-style style:name="nd"><number:day number:style="long"/><number:text>/</number:text><number:month '
    'number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style>'
    + "".join(
        f'<style:style style:name="{name}" style:family="table-cell"{data}>'
        f'<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/>'
        f"<style:text-properties{bold}/></style:style>"
        for name, data, bold in (
            ("head", "", ' fo:font-weight="bold"'),
            ("text", "", ""),
            ("count", ' style:data-style-name="n0"', ""),
            ("hours", ' style:data-style-name="n2"', ""),
            ("measure", ' style:data-style-name="n2"', ""),
            ("share", ' style:data-style-name="np"', ""),
            ("day", ' style:data-style-name="nd"', ""),
        )
    )
)


def ods(pack: Pack) -> bytes:
    """Return the pack as an ODS workbook, a sheet for each table."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        _member(package, "mimetype", ODS.encode(), zipfile.ZIP_STORED)
        _member(package, "META-INF/manifest.xml", _MANIFEST.encode())
        _member(package, "content.xml", "".join(_content(pack)).encode())
    return out.getvalue()


def _content(pack: Pack) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_SPACES} office:version="1.2">'
    widths = "".join(
        f'<style:style style:name="w-{kind}" style:family="table-column"><style:table-column-properties '
        f'style:column-width="{width / 5:.1f}cm"/></style:style>'
        for kind, width in _WIDTHS.items()
    )
    yield f"<office:automatic-styles>{_STYLES}{widths}</office:automatic-styles><office:body><office:spreadsheet>"
    for name, rows, columns in sheets(pack):
        yield f"<table:table table:name={quoteattr(name)}>"
        yield from (f'<table:table-column table:style-name="w-{column.kind}"/>' for column in columns)
        for row, cells in enumerate(rows):
            yield "<table:table-row>"
            for at, cell in enumerate(cells):
                kind = columns[at].kind if at < len(columns) else "text"
                yield _ods_cell(cell, "head" if row == 0 else kind)
            yield "</table:table-row>" if cells else "<table:table-cell/></table:table-row>"
        yield "</table:table>"
    yield "</office:spreadsheet></office:body></office:document-content>"


def _ods_cell(cell: Value, kind: str) -> str:
    style = f'table:style-name="{kind}"'
    match cell:
        case None:
            return f"<table:table-cell {style}/>"
        case str():
            words = "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.split("\n"))
            return f'<table:table-cell table:style-name="{"head" if kind == "head" else "text"}" ' + (
                f'office:value-type="string">{words}</table:table-cell>'
            )
        case date():
            said = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
            return (
                f'<table:table-cell table:style-name="day" {said}><text:p>{cell:%d/%m/%Y}</text:p></table:table-cell>'
            )
        case _:
            of = "percentage" if kind == "share" else "float"
            said = f'office:value-type="{of}" office:value="{cell!r}"'
            return f"<table:table-cell {style} {said}><text:p>{_csv_cell(cell)}</text:p></table:table-cell>"


__all__ = ["HIDDEN", "archive", "csv", "csv_files", "heading", "ods", "sheets", "xlsx"]
