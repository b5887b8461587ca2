"""Hostile spreadsheets, as bytes by name. Run as a script on a folder, it reads each and prints its cost."""

from __future__ import annotations

import io
import json
import struct
import sys
import time
import zipfile
import zlib
from pathlib import Path

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets>{{}}'
    "</workbook>"
)
SHEET = f'<worksheet xmlns="{MAIN}">{{}}</worksheet>'
ODS = "application/vnd.oasis.opendocument.spreadsheet"
CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">{}</office:document-content>'
)
TABLE = CONTENT.format(
    "<office:automatic-styles/><office:body><office:spreadsheet>"
    '<table:table table:name="A">{}</table:table></office:spreadsheet></office:body>'
)
FILLED = (
    f'<styleSheet xmlns="{MAIN}"><fills><fill/><fill><patternFill patternType="solid"><fgColor rgb="FFFF0000"/>'
    '</patternFill></fill></fills><cellXfs><xf fillId="0"/><xf fillId="1"/></cellXfs></styleSheet>'
)
LAUGHS = (
    "<!DOCTYPE x ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def xlsx(sheet=None, **more):
    """A hand-made workbook of one sheet; `more`: further parts (« xl_styles » is xl/styles.xml)."""
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS.format(f'<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'),
        "xl/workbook.xml": WORKBOOK.format(""),
        "xl/_rels/workbook.xml.rels": RELS.format(
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
        ),
        "xl/worksheets/sheet1.xml": sheet if sheet is not None else SHEET.format("<sheetData/>"),
    }
    return zipped({**parts, **more})


def ods(content=None, **more):
    return zipped({"mimetype": ODS, "content.xml": content if content is not None else TABLE.format(""), **more})


def sheets_of_one_text(sheets, count, text):
    """A workbook in which every cell, 20 in each of `count` rows of each sheet, is the same shared text."""
    cells = ("<row>" + '<c t="s"><v>0</v></c>' * 20 + "</row>") * count
    numbers = range(1, sheets + 1)
    return xlsx(
        SHEET.format(f"<sheetData>{cells}</sheetData>"),
        **{
            "xl/workbook.xml": WORKBOOK.replace(
                '<sheet name="A" sheetId="1" r:id="rId1"/>',
                "".join(f'<sheet name="A{number}" sheetId="{number}" r:id="rId1"/>' for number in numbers),
            ).format(""),
            "xl/_rels/workbook.xml.rels": RELS.format(
                f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
            ),
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{text}</t></si></sst>',
        },
    )


def rows(count, cells=""):
    return "".join(f'<row r="{row}" s="1" customFormat="1">{cells}</row>' for row in range(1, count + 1))


def lying(data, name, size):
    """The archive with a false size declared for a member, in the archive's list and before the member."""
    raw, at = bytearray(data), 0
    wanted = name.encode()
    while (at := raw.find(wanted, at)) >= 0:
        for mark, offset, back in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
            if raw[at - back : at - back + 4] == mark:
                raw[at - back + offset : at - back + offset + 4] = struct.pack("<I", size)
        at += len(wanted)
    return bytes(raw)


def _of_many_members():
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as package:
        for number in range(60_000):
            package.writestr(f"a{number}", b"")
    return many.getvalue()


def files(*names):
    """The hostile files, or those of these names only: name -> bytes. Making them all takes seconds."""
    deep = "<row>" * 100_000
    ground = (
        '<style:style style:name="a" style:family="table-cell"><style:table-cell-properties '
        'fo:background-color="#ff0000"/></style:style>'
    )
    empty_row = "<table:table-row><table:table-cell/></table:table-row>"
    styles = "<fills>" + "<fill><patternFill patternType='solid'/></fill>" * 400_000 + "</fills>"
    long = "".join(f"{number * 7919 % 9973:x}" for number in range(9_000))
    encrypted = bytearray(xlsx())
    encrypted[6] |= 1
    encrypted[encrypted.rfind(b"PK\x01\x02") + 8] |= 1
    made = {
        "million-rows.xlsx": lambda: xlsx(SHEET.format(f"<sheetData>{rows(1_000_000)}</sheetData>")),
        "many-rows.xlsx": lambda: xlsx(SHEET.format(f"<sheetData>{rows(310_000)}</sheetData>")),
        "wide.xlsx": lambda: xlsx(SHEET.format("<sheetData>" + rows(40, "<c s='1'/>" * 16_384) + "</sheetData>")),
        "million-rows.ods": lambda: ods(TABLE.format(empty_row * 1_000_000)),
        "many-rows.ods": lambda: ods(TABLE.format(empty_row * 160_000)),
        "repeated-text.ods": lambda: ods(
            TABLE.format(
                '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
                'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>'
            )
        ),
        "laughs.xlsx": lambda: xlsx(LAUGHS + f'<worksheet xmlns="{MAIN}">&a9;</worksheet>'),
        "laughs-strings.xlsx": lambda: xlsx(
            **{"xl/styles.xml": LAUGHS + f'<styleSheet xmlns="{MAIN}">&a9;</styleSheet>'}
        ),
        "laughs.ods": lambda: ods(LAUGHS + "<x>&a9;</x>"),
        "outside.ods": lambda: ods('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
        "dtd.ods": lambda: ods('<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><x/>'),
        "bomb.xlsx": lambda: xlsx(b"\0" * 150_000_000),
        "bomb-small.xlsx": lambda: xlsx(SHEET.format(" " * 20_000_000)),
        "lying.xlsx": lambda: lying(
            xlsx(SHEET.format(f"<sheetData>{rows(250_000)}</sheetData>")), "xl/worksheets/sheet1.xml", 2_000
        ),
        "bomb.ods": lambda: ods(b" " * 150_000_000),
        "deep.xlsx": lambda: xlsx(f'<worksheet xmlns="{MAIN}">{deep}'),
        "deep.ods": lambda: ods(TABLE.format("<text:p>" * 100_000)),
        "styles.xlsx": lambda: xlsx(**{"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'}),
        "attributes.xlsx": lambda: xlsx(f'<worksheet xmlns="{MAIN}" a="{"x" * 9_000_000}"/>'),
        "merges.xlsx": lambda: xlsx(
            SHEET.format(
                "<mergeCells>"
                + "".join(f'<mergeCell ref="A{row}:XFD1048576"/>' for row in range(1, 60_000))
                + "</mergeCells>"
            )
        ),
        "few-merges.xlsx": lambda: xlsx(
            SHEET.format(
                '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row></sheetData><mergeCells>'
                + '<mergeCell ref="A1:XFD1048576"/>' * 4_000
                + "</mergeCells>"
            )
        ),
        "conditions.xlsx": lambda: xlsx(
            SHEET.format(
                '<sheetData><row r="2000"><c r="IV2000" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
                + '<conditionalFormatting sqref="A1:XFD1048576"/>' * 4_000
            )
        ),
        "filled-rows.xlsx": lambda: xlsx(
            SHEET.format(
                '<cols><col min="1" max="16384" style="1"/></cols><sheetData>'
                + "".join(f'<row r="{row}" s="1" customFormat="1"/>' for row in range(1, 3_000))
                + '<row r="3000"><c r="IV3000" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
            ),
            **{"xl/styles.xml": FILLED},
        ),
        "filled-rows.ods": lambda: ods(
            CONTENT.format(
                f"<office:automatic-styles>{ground}</office:automatic-styles><office:body><office:spreadsheet>"
                '<table:table table:name="A">'
                + (
                    '<table:table-row table:number-rows-repeated="1048576">'
                    '<table:table-cell table:style-name="a" table:number-columns-repeated="16384"/></table:table-row>'
                )
                * 200
                + "</table:table></office:spreadsheet></office:body>"
            )
        ),
        "many-attributes.xlsx": lambda: xlsx(
            f'<worksheet xmlns="{MAIN}">'
            + "".join("<row " + " ".join(f'a{number}="{row}"' for number in range(100)) + "/>" for row in range(20_000))
        ),
        "crowded-tag.xlsx": lambda: xlsx(
            f'<worksheet xmlns="{MAIN}" ' + " ".join(f'a{number:x}=""' for number in range(2_200_000)) + "/>"
        ),
        "crowded-names.ods": lambda: ods(
            "<x>"
            + "".join(
                "<x " + " ".join(f'a{row:x}-{number:x}=""' for number in range(1_000)) + "/>" for row in range(1_800)
            )
            + "</x>"
        ),
        "crowded-nodes.xlsx": lambda: xlsx(
            **{
                "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fills>'
                + "".join(
                    "<fill " + " ".join(f'a{number}="{row}"' for number in range(27)) + "/>" for row in range(75_000)
                )
                + "</fills></styleSheet>"
            }
        ),
        "one-text.xlsx": lambda: sheets_of_one_text(7, 990, "\U0001f600" * 1_990),
        "one-text-everywhere.xlsx": lambda: sheets_of_one_text(20, 25, "\U0001f600" * 1_990),
        "noted.xlsx": lambda: xlsx(
            **{
                "xl/worksheets/_rels/sheet1.xml.rels": RELS.format(
                    f'<Relationship Id="rId1" Type="{OFFICE}/comments" Target="../comments1.xml"/>'
                ),
                "xl/comments1.xml": f'<comments xmlns="{MAIN}"><commentList>'
                + "".join(
                    f'<comment ref="A{row}"><text><t>{chr(0x1F600 + row % 50)}{long}</t></text></comment>'
                    for row in range(1, 700)
                )
                + "</commentList></comments>",
            }
        ),
        "many-texts.xlsx": lambda: xlsx(
            SHEET.format(
                "<sheetData>"
                + "".join(
                    f'<row r="{row}">'
                    + "".join(
                        f'<c r="{chr(65 + column)}{row}" t="inlineStr">'
                        f"<is><t>Conseil {row} {column} expertise</t></is></c>"
                        for column in range(20)
                    )
                    + "</row>"
                    for row in range(1, 990)
                )
                + "</sheetData>"
            )
        ),
        "members.xlsx": _of_many_members,
        "macros.xlsx": lambda: xlsx(**{"xl/vbaProject.bin": b"x"}),
        "macros.ods": lambda: ods(**{"Basic/Standard/Module1.xml": "<x/>"}),
        "links.xlsx": lambda: xlsx(**{"xl/externalLinks/externalLink1.xml": "<x/>"}),
        "links-declared.xlsx": lambda: xlsx(**{"xl/workbook.xml": WORKBOOK.format("<externalReferences/>")}),
        "links.ods": lambda: ods(TABLE.format('<table:table-source xlink:href="file:///a" xmlns:xlink="x"/>')),
        "locked.ods": lambda: ods(
            **{"META-INF/manifest.xml": '<m:manifest xmlns:m="x"><m:encryption-data/></m:manifest>'}
        ),
        "locked.xlsx": lambda: bytes(encrypted),
        "old.xls": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4_000,
        "old-renamed.xlsx": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4_000,
        "macro-extension.xlsm": lambda: xlsx(),
        "ods-in-xlsx.xlsx": lambda: ods(),
        "xlsx-in-ods.ods": lambda: xlsx(),
        "zip-in-csv.csv": lambda: xlsx(),
        "text-in-xlsx.xlsx": lambda: b"Service;Annuaire\r\n",
        "page.xlsx": lambda: b"<html><table><tr><td>EN</td></tr></table></html>",
        "flat.xml": lambda: b'<?xml version="1.0"?><Workbook/>',
        "report.pdf": lambda: b"%PDF-1.7\n",
        "pdf.xlsx": lambda: b"%PDF-1.7\n",
        "archive.xlsx": lambda: zipped({"readme.txt": "x"}),
        "document.ods": lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}),
        "truncated.xlsx": lambda: xlsx()[:-200],
        "half.xlsx": lambda: xlsx(SHEET.format(f"<sheetData>{rows(3_000)}</sheetData>"))[:900],
        "damaged.xlsx": lambda: xlsx().replace(zlib.compress(b"")[:1], b"\0", 1)[:200] + b"\0" * 500 + xlsx()[700:],
        "not-xml.xlsx": lambda: xlsx("<worksheet><sheetData>"),
        "traversal.xlsx": lambda: xlsx(**{"../../etc/cron.d/x": "x"}),
        "absolute.ods": lambda: ods(**{"/etc/passwd": "x"}),
        "backslash.xlsx": lambda: xlsx(**{"..\\x": "x"}),
        "empty.xlsx": lambda: b"",
        "blank.csv": lambda: b"\r\n\r\n",
        "heavy.xlsx": lambda: xlsx() + b"\0" * 10_000_001,
        "long.csv": lambda: b"a;b;c\n" * 200_000,
        "heavy.csv": lambda: b"a;b;c\n" * 400_000,
        "binary.csv": lambda: bytes(range(256)) * 40,
        "quotes.csv": lambda: b'"' + b"x" * 500_000,
        "lzma.xlsx": lambda: zipped({"[Content_Types].xml": TYPES}, zipfile.ZIP_LZMA),
        "nothing.xlsx": lambda: xlsx(),
        "nothing.ods": lambda: ods(),
    }
    return {name: make() for name, make in made.items() if not names or name in names}


def _peak():
    """The peak memory of this program in MB. `ru_maxrss` would not do, since a child starts with its parent's value."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main(folder):
    """Read each file of the folder in turn, in little memory, and print the result, its time and its memory."""
    from matrix import load_conventions
    from matrix.sheets import Answers, SheetRefused, open_book, read

    conventions = load_conventions()
    for path in sorted(Path(folder).iterdir()):
        begun, said = time.process_time(), None
        try:
            read(open_book(path.read_bytes(), path.name), conventions, "hautes-pyrenees-2015", Answers())
        except SheetRefused as refused:
            said = str(refused)
        peak = _peak()
        seconds = time.process_time() - begun
        print(json.dumps({"name": path.name, "said": said, "seconds": seconds, "peak": peak}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
