"""The files of a pack: typed cells, no formula, the same bytes from the same pack."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date

import pytest

from ticketing.committees import files, showing
from ticketing.committees.content import HIDDEN, Column, Pack, PackTable, packed, unpacked

TABLE = PackTable(
    "essentiel",
    "Ce qui est compté, et ce qui ne l’est pas du tout",
    "",
    (
        Column("Partie", "text", "Qui."),
        Column("Ouverts", "count", "Les tickets ouverts.", "Somme.", "IV"),
        Column("Tenu", "hours"),
        Column("Part", "share"),
        Column("Jour", "day"),
    ),
    (
        ("=1+1", 12, 3.25, 0.5, date(2026, 3, 9)),
        ("@somme", None, None, None, None),
        ("L’Académie", HIDDEN, 1200.0, 1.0, date(2026, 8, 31)),
    ),
)
PACK = Pack(
    agreement="hautes-pyrenees-2015",
    title="Convention",
    year="2025-2026",
    side="",
    side_name="",
    cut_off=date(2026, 8, 31),
    meeting=date(2026, 11, 18),
    tables=(TABLE,),
    chapters=(("L’essentiel", ("essentiel",)),),
)


def test_a_pack_goes_through_json_and_back_with_its_digest() -> None:
    again = unpacked(json.loads(json.dumps(packed(PACK))))
    assert again == PACK and again.digest == PACK.digest
    assert replace(PACK, cut_off=date(2026, 8, 30)).digest != PACK.digest


@pytest.mark.parametrize("write", [files.xlsx, files.ods, files.archive])
def test_the_same_pack_gives_the_same_bytes(write) -> None:
    assert write(PACK) == write(unpacked(packed(PACK)))


def test_xlsx_cells_are_typed_and_no_text_is_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(files.xlsx(PACK))) as package:
        sheet = package.read("xl/worksheets/sheet2.xml").decode()
        strings = package.read("xl/sharedStrings.xml").decode()
        styles = package.read("xl/styles.xml").decode()
    assert "<f>" not in sheet and "=1+1" in strings and 'quotePrefix="1"' in styles
    row = re.search(r'<row r="2".*?</row>', sheet)
    assert row is not None
    assert re.search(r'<c r="A2"[^>]* t="s">', row[0])
    assert re.search(r'<c r="B2"[^>]*><v>12</v>', row[0]) and re.search(r'<c r="C2"[^>]*><v>3.25</v>', row[0])
    assert re.search(r'<c r="D2"[^>]*><v>0.5</v>', row[0]) and re.search(r'<c r="E2"[^>]*><v>46090</v>', row[0])


def test_ods_cells_are_typed_and_no_text_is_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(files.ods(PACK))) as package:
        assert package.infolist()[0].filename == "mimetype"
        content = package.read("content.xml").decode()
    assert "table:formula" not in content and "<text:p>=1+1</text:p>" in content
    assert 'office:value-type="float" office:value="12"' in content
    assert 'office:value-type="percentage" office:value="0.5"' in content
    assert 'office:value-type="date" office:date-value="2026-03-09"' in content


def test_csv_has_french_numbers_and_guards_what_looks_like_a_formula() -> None:
    text = files.csv(PACK, TABLE).decode("utf-8-sig")
    assert text.splitlines()[1] == '\'=1+1;12;"3,25";"0,5";09/03/2026'
    assert text.splitlines()[2].startswith("'@somme;;;;")
    assert PACK.digest in text


def test_the_dictionary_says_every_column() -> None:
    name, body = files.csv_files(PACK)[-1]
    text = body.decode("utf-8-sig")
    assert name == "dictionnaire.csv"
    assert text.count("\r\n") == 1 + len(TABLE.columns)
    assert "Ouverts;nombre entier;Les tickets ouverts.;Somme.;IV" in text


def test_names_of_sheets_are_short_and_allowed() -> None:
    assert files.sheet_name(TABLE.title) == "Ce qui est compté, et ce qui"
    assert files.sheet_name("Qui ? [a/b]") == "Qui    a b"


def test_cells_are_said_in_french() -> None:
    said = [showing.cell(value, kind) for value, kind in ((1234, "count"), (0.875, "share"), (3.25, "hours"))]
    assert said == ["1\u202f234", "88\u00a0%", "3,2\u00a0h"]
    assert showing.cell(None, "count") == "–" and showing.cell(0.5, "measure", "part") == "50\u00a0%"
