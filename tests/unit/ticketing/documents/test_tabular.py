"""The CSV files contain nothing that a spreadsheet computes, and read back unchanged."""

import csv
import io

import pytest

from ticketing.documents.tabular import BOM, cell, csv_text

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    '"=1',
    "'=1",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "－1",
    "＋1",
    "＠SUM(A1)",
    "  @x",
    '="x"',
    '+HYPERLINK("http://x")',
    "=A1;B1",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_becomes_a_formula(text: str) -> None:
    assert cell(text).startswith("'")
    (row,) = csv.reader(io.StringIO(csv_text([[text, "suite"]]).removeprefix(BOM), newline=""), delimiter=";")
    assert row == ["'" + text, "suite"]


def test_numbers_are_french_and_no_text() -> None:
    assert [cell(value) for value in (None, 0, -3, 1234, 1.5, -0.25, True, False)] == [
        "",
        "0",
        "-3",
        "1234",
        "1,50",
        "-0,25",
        "oui",
        "non",
    ]


def test_it_is_what_a_french_spreadsheet_opens() -> None:
    text = csv_text([["Mois", "Ouverts"], ["Octobre 2026", 12]])
    assert text == "\ufeffMois;Ouverts\r\nOctobre 2026;12\r\n"


def test_words_with_separators_read_back() -> None:
    words = ["a;b", 'il dit "oui"', "deux\nlignes", "virgule, aussi", "Collège L’Étoile"]
    (row,) = csv.reader(io.StringIO(csv_text([words]).removeprefix(BOM), newline=""), delimiter=";")
    assert row == words
