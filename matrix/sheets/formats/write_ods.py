"""Write a sheet as ODS: a zip of the few XML parts that LibreOffice, Excel and our own reader need."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from matrix.sheets.model import OutCell, OutSheet

MIME = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
        for name, urn in (
            ("office", "office"),
            ("style", "style"),
            ("text", "text"),
            ("table", "table"),
            ("fo", "xsl-fo-compatible"),
            ("meta", "meta"),
            ("svg", "svg-compatible"),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{MIME}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_PAGE = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-styles {_SPACES} office:version="1.2"><office:styles/>'
    '<office:automatic-styles><style:page-layout style:name="page"><style:page-layout-properties '
    'fo:page-width="29.7cm" fo:page-height="21cm" style:print-orientation="landscape" fo:margin="1cm" '
    'style:scale-to-X="1" style:scale-to-Y="0"/></style:page-layout></office:automatic-styles><office:master-styles>'
    '<style:master-page style:name="Default" style:page-layout-name="page"/></office:master-styles>'
    "</office:document-styles>"
)
_WIDTHS = ("9.5cm", *("3cm",) * 6, "5.5cm")
_BORDER = ' fo:border="0.5pt solid #8a8a8a"'


def write(sheet: OutSheet) -> bytes:
    """Return the bytes of the workbook; the same sheet gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        _add(package, "mimetype", MIME, zipfile.ZIP_STORED)
        _add(package, "META-INF/manifest.xml", _MANIFEST)
        _add(package, "styles.xml", _PAGE)
        _add(package, "content.xml", "".join(_content(sheet)))
    return out.getvalue()


def _add(package: zipfile.ZipFile, name: str, text: str, method: int = zipfile.ZIP_DEFLATED) -> None:
    member = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    member.compress_type = method
    package.writestr(member, text.encode())


def _content(sheet: OutSheet) -> Iterator[str]:
    looks = {
        look: f"c{index}" for index, look in enumerate(dict.fromkeys(_look(cell) for row in sheet.rows for cell in row))
    }
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_SPACES} office:version="1.2">'
    yield "<office:automatic-styles>"
    for index, width in enumerate(_WIDTHS):
        yield (
            f'<style:style style:name="w{index}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{width}"/></style:style>'
        )
    yield (
        '<style:style style:name="t" style:family="table" style:master-page-name="Default">'
        '<style:table-properties table:display="true"/></style:style>'
    )
    for look, name in looks.items():
        yield _style(name, *look)
    yield f"</office:automatic-styles><office:body><office:spreadsheet><table:table table:name={quoteattr(sheet.name)}"
    yield ' table:style-name="t">'
    yield from (f'<table:table-column table:style-name="w{index}"/>' for index in range(len(_WIDTHS)))
    for row in sheet.rows:
        yield "<table:table-row>"
        yield from (_cell(cell, looks[_look(cell)]) for cell in row)
        yield "<table:table-cell/></table:table-row>" if not row else "</table:table-row>"
    yield "</table:table></office:spreadsheet></office:body></office:document-content>"


def _look(cell: OutCell) -> tuple[str, str, bool]:
    return cell.look, cell.colour, cell.italic


def _style(name: str, look: str, colour: str, italic: bool) -> str:
    framed = look in ("head", "label", "cell")
    ground = f' fo:background-color="{colour.lower()}"' if colour else ""
    bold = ' fo:font-weight="bold"' if look in ("title", "head", "section") else ""
    size = {"title": ' fo:font-size="14pt"', "section": ' fo:font-size="12pt"'}.get(look, "")
    centred = '<style:paragraph-properties fo:text-align="center"/>' if look == "cell" else ""
    return (
        f'<style:style style:name="{name}" style:family="table-cell"><style:table-cell-properties'
        f"{ground}{_BORDER if framed else ''}{' fo:wrap-option=' + quoteattr('wrap') if framed else ''}"
        f' style:vertical-align="{"middle" if framed else "automatic"}"/>{centred}'
        f"<style:text-properties{bold}{size}{' fo:font-style=' + quoteattr('italic') if italic else ''}/></style:style>"
    )


def _cell(cell: OutCell, style: str) -> str:
    note = ""
    if cell.note:
        said = f"<dc:creator>Guichet</dc:creator>{_lines(cell.note)}"
        note = f'<office:annotation office:display="false">{said}</office:annotation>'
    if not cell.text and not note:
        return f'<table:table-cell table:style-name="{style}"/>'
    kind = ' office:value-type="string"' if cell.text else ""
    text = _lines(cell.text) if cell.text else ""
    return f'<table:table-cell table:style-name="{style}"{kind}>{note}{text}</table:table-cell>'


def _lines(text: str) -> str:
    return "".join(f"<text:p>{_spaced(line)}</text:p>" for line in text.split("\n"))


def _spaced(line: str) -> str:
    """Return a line as ODS, with runs of spaces and spaces at its ends preserved."""
    found, at = [], 0
    while at < len(line):
        end = at
        while end < len(line) and line[end] == " ":
            end += 1
        if end - at > 1 or (end > at and (at == 0 or end == len(line))):
            found.append(f'<text:s text:c="{end - at}"/>')
        elif end > at:
            found.append(" ")
        elif line[at] == "\t":
            found.append("<text:tab/>")
            end = at + 1
        else:
            while end < len(line) and line[end] not in " \t":
                end += 1
            found.append(escape(line[at:end]))
        at = end
    return "".join(found)
