"""The beginning of the words of an uploaded file: text and office documents, and what gives none."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ticketing.files.document_words import beginning
from ticketing.pupils import BIRTH, LIST, signs

CLASS = [("DURAND", "Léa"), ("LE GOFF", "Noé"), ("N’DIAYE", "Awa"), ("GARCIA", "Tom"), ("ÉMERY", "Zoé")]


def packed(member: str, text: str) -> io.BytesIO:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, text)
    held.seek(3)  # read from its start all the same
    return held


def test_the_rows_of_a_calc_sheet_are_lines() -> None:
    rows = "".join(
        "<table:table-row><table:table-cell><text:p>"
        + "</text:p></table:table-cell><table:table-cell><text:p>".join(names)
        + "</text:p></table:table-cell></table:table-row>"
        for names in CLASS
    )
    said = beginning("Classe.ODS", packed("content.xml", f"<office:body>{rows}</office:body>"), 1000)
    assert "DURAND;Léa" in said and signs(said) == (LIST,)


@pytest.mark.parametrize(
    ("name", "member", "markup"),
    [
        ("a.docx", "word/document.xml", "<w:p><w:r><w:t>Né le </w:t></w:r><w:r><w:t>12/05/2013</w:t></w:r></w:p>"),
        ("a.odt", "content.xml", "<text:p>N&#233;e le <text:span>3 mai 2012</text:span></text:p>"),
        ("a.xlsx", "xl/sharedStrings.xml", "<sst><si><t>né le 12/05/2013</t></si></sst>"),
        ("a.txt", "", "né le 12/05/2013"),
    ],
)
def test_documents_are_read(name: str, member: str, markup: str) -> None:
    file = packed(member, markup) if member else io.BytesIO(markup.encode())
    assert signs(beginning(name, file, 1000)) == (BIRTH,)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ods", b""),
        ("a.ods", b"PK\x03\x04 rien"),
        ("a.docx", b"x" * 5000),
        ("a.pdf", b"%PDF-1.7"),
        ("a.png", b"\x89PNG"),
    ],
)
def test_what_cannot_be_read_gives_no_words(name: str, content: bytes) -> None:
    assert beginning(name, io.BytesIO(content), 1000) == ""


def test_a_bomb_is_read_no_further_than_its_beginning(tmp_path: Path) -> None:
    file = packed("content.xml", "a" * 50_000_000)
    assert len(beginning("a.ods", file, 1000)) == 1000
