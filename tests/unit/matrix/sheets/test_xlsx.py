"""XLSX as workbooks write it, part by part: fills of rows and columns, phonetic readings, notes, odd references."""

from __future__ import annotations

import pytest
from harness.hostile_sheets import FILLED, MAIN, OFFICE, RELS, SHEET, WORKBOOK, xlsx

from matrix.sheets import SheetRefused, open_book
from matrix.sheets.formats import xlsx as reader
from matrix.sheets.package import BROKEN, TOO_BIG

TEXT = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
RELATED = (
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
)


def grid(body, **parts):
    """The first sheet of a workbook whose worksheet has this body; `parts` by path."""
    return open_book(xlsx(SHEET.format(body), **parts), "a.xlsx").grids[0]


def strings(*items):
    """The parts of a workbook that has shared strings."""
    return {
        "xl/_rels/workbook.xml.rels": RELS.format(RELATED),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(f"<si>{one}</si>" for one in items)}</sst>',
    }


def test_the_fill_of_a_row_colours_its_cells_up_to_the_margin():
    body = f'<sheetData><row r="2" s="1" customFormat="1">{TEXT.format("A2", "x")}<c r="B2" s="0"/></row></sheetData>'
    found = grid(body, **{"xl/styles.xml": FILLED})
    assert found.at(2, 1).text == "x" and found.at(2, 1).colour == "", "the cell's own style holds"
    assert found.at(2, 2).colour == "", "its own style too, where it says nothing"
    assert found.at(2, 3).colour == "#FF0000" == found.at(2, 9).colour
    assert (found.columns, found.at(3, 3).colour) == (9, "")


def test_the_fill_of_a_column_colours_its_cells_and_a_far_one_none():
    body = (
        '<cols><col min="2" max="2" style="1"/><col min="3" max="3" style="0"/><col min="50" max="50" style="1"/>'
        "</cols>"
        f'<sheetData><row r="2">{TEXT.format("A2", "x")}</row>'
        '<row r="900" s="1" customFormat="1"></row></sheetData>'
    )
    found = grid(body, **{"xl/styles.xml": FILLED})
    assert {place for place, cell in found.cells.items() if cell.colour} == {(row, 2) for row in range(1, 8)}


def test_a_phonetic_reading_is_no_text_of_the_cell():
    parts = strings("<t>EN</t><rPh><t>e-en</t></rPh><r><t> ou CL</t></r>")
    found = grid('<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>', **parts)
    assert found.at(1, 1).text == "EN ou CL"


def test_a_text_longer_than_a_cell_may_hold_is_cut():
    parts = strings("".join(f"<r><t>{'x' * 1_000}</t></r>" for _ in range(80)))
    found = grid('<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>', **parts)
    assert len(found.at(1, 1).text) == reader.CELL_TEXT_MAX


def test_shared_strings_of_too_many_letters_are_refused(monkeypatch):
    monkeypatch.setattr(reader, "PART_LETTERS_MAX", 5)
    with pytest.raises(SheetRefused) as caught:
        grid("<sheetData/>", **strings("<t>abc</t>", "<t>def</t>"))
    assert str(caught.value) == TOO_BIG


def test_more_descriptions_of_columns_than_a_sheet_can_have_are_refused(monkeypatch):
    monkeypatch.setattr(reader, "COLUMNS_TOLD_MAX", 2)
    with pytest.raises(SheetRefused) as caught:
        grid(f"<cols>{'<col/>' * 3}</cols><sheetData/>")
    assert str(caught.value) == TOO_BIG


def test_a_truth_is_read_as_the_word_that_is_shown():
    cells = '<c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>0</v></c>'
    found = grid(f'<sheetData><row r="1">{cells}</row></sheetData>')
    assert (found.at(1, 1).text, found.at(1, 2).text) == ("VRAI", "FAUX")


def test_the_area_of_a_newer_conditional_format_is_read_and_that_of_a_list_of_values_is_not():
    body = (
        f'<sheetData><row r="1">{TEXT.format("A1", "x")}{TEXT.format("B1", "y")}</row></sheetData>'
        "<extLst><ext><conditionalFormattings><conditionalFormatting><sqref>B1 nowhere</sqref></conditionalFormatting>"
        "</conditionalFormattings><dataValidations><dataValidation><sqref>A1</sqref></dataValidation></dataValidations>"
        "</ext></extLst>"
    )
    found = grid(body)
    assert (found.at(1, 1).conditional, found.at(1, 2).conditional) == (False, True)


def test_conditional_formats_over_more_cells_than_a_sheet_has_hold_for_all_of_it(monkeypatch):
    monkeypatch.setattr("matrix.sheets.used_part.AREAS_MAX", 3)
    body = (
        f'<sheetData><row r="1">{TEXT.format("A1", "x")}</row></sheetData>'
        '<conditionalFormatting sqref="C3:E5"/><conditionalFormatting sqref="B2"/>'
    )
    found = grid(body)
    assert found.at(1, 1).conditional and found.at(6, 9).conditional


def test_a_merge_whose_end_comes_before_its_start_is_none():
    cells = f'<sheetData><row r="1">{TEXT.format("A1", "x")}</row></sheetData>'
    merges = '<mergeCells><mergeCell ref="B2:A1"/><mergeCell ref="ici"/><mergeCell ref="A1:B1"/></mergeCells>'
    assert [(one.row, one.column, one.rows, one.columns) for one in grid(cells + merges).spans] == [(1, 1, 1, 2)]


def test_formatting_far_from_any_text_is_left_out():
    far = '<row r="5000"><c r="A5000"/><c r="B5000" s="1"/></row>'
    found = grid(f'<sheetData><row r="1">{TEXT.format("A1", "x")}</row>{far}</sheetData>', **{"xl/styles.xml": FILLED})
    assert list(found.cells) == [(1, 1)]


def test_a_note_without_a_place_or_without_a_text_is_none():
    rels = RELS.format(
        f'<Relationship Id="r1" Type="{OFFICE}/comments" Target="../comments1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/hyperlink" Target="https://exemple.fr/" TargetMode="External"/>'
    )
    notes = (
        f'<comments xmlns="{MAIN}"><commentList><comment ref="A1"><text><t>lu</t></text></comment>'
        '<comment ref="ici"><text><t>nulle part</t></text></comment><comment ref="B1"/></commentList></comments>'
    )
    found = grid(
        f'<sheetData><row r="1">{TEXT.format("A1", "x")}</row></sheetData>',
        **{"xl/worksheets/_rels/sheet1.xml.rels": rels, "xl/comments1.xml": notes},
    )
    assert {place: cell.note for place, cell in found.cells.items()} == {(1, 1): "lu"}


def test_a_sheet_that_leads_to_no_worksheet_is_left_out():
    two = WORKBOOK.format("").replace("</sheets>", '<sheet name="B" sheetId="2" r:id="rId9"/></sheets>')
    body = f'<sheetData><row r="1">{TEXT.format("A1", "x")}</row></sheetData>'
    book = open_book(xlsx(SHEET.format(body), **{"xl/workbook.xml": two}), "a.xlsx")
    assert [one.name for one in book.grids] == ["A"]


def test_a_workbook_whose_main_part_is_missing_is_broken():
    lost = RELS.format(f'<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/book.xml"/>')
    with pytest.raises(SheetRefused) as caught:
        open_book(xlsx(**{"_rels/.rels": lost}), "a.xlsx")
    assert str(caught.value) == BROKEN
