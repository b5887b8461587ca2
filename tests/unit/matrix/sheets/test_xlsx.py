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
    cell = f"<sheetData><row>{TEXT.format('A1', 'x')}</row></sheetData>"
    assert grid(f"<cols>{'<col/>' * 2}</cols>{cell}").at(1, 1).text == "x"
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


# --- fills ------------------------------------------------------------------------------------------------------------


def shown(*cells, fills="", borders="", fonts="", more="", **parts):
    """Row 1 of a sheet whose styles are these; `cells`: attributes of the `xf` of each cell."""
    styles = (
        f'<styleSheet xmlns="{MAIN}"><fonts>{fonts}</fonts><fills>{fills}</fills><borders>{borders}</borders>'
        f"<cellXfs>{''.join(f'<xf {one}/>' for one in cells)}</cellXfs>{more}</styleSheet>"
    )
    row = "".join(f'<c s="{number}" t="inlineStr"><is><t>x</t></is></c>' for number in range(len(cells)))
    found = grid(f'<sheetData><row r="1">{row}</row></sheetData>', **{"xl/styles.xml": styles}, **parts)
    return [found.at(1, column) for column in range(1, len(cells) + 1)]


def pattern(kind, fore="", back=""):
    return (
        f'<fill><patternFill patternType="{kind}">{f"<fgColor {fore}/>" if fore else ""}'
        f"{f'<bgColor {back}/>' if back else ''}</patternFill></fill>"
    )


def test_a_fill_is_solid_patterned_graded_or_none():
    fills = (
        pattern("none", 'rgb="FFFF0000"')
        + pattern("solid", 'rgb="FFFF0000"', 'rgb="FF0000FF"')
        + pattern("lightUp", 'rgb="FFFF0000"', 'rgb="FF0000FF"')
        + pattern("gray125")
        + '<fill><gradientFill><stop><color rgb="FFFF0000"/></stop><stop><color rgb="FF0000FF"/></stop></gradientFill>'
        "</fill>"
        + '<fill><gradientFill><stop><color rgb="FFFF0000"/></stop><stop><color rgb="FFFF0000"/></stop></gradientFill>'
        "</fill><fill/>"
    )
    cells = shown(*(f'fillId="{number}"' for number in range(8)), fills=fills)
    assert [(cell.colour, cell.pattern, cell.second) for cell in cells] == [
        ("", "", ""),
        ("#FF0000", "", ""),
        ("#0000FF", "hachurée", "#FF0000"),
        ("", "grisée", ""),
        ("#FF0000", "en dégradé", "#0000FF"),
        ("#FF0000", "", ""),
        ("", "", ""),
        ("", "", ""),
    ]


def test_a_cell_is_crossed_by_either_diagonal_and_struck_by_its_font():
    cells = shown(
        'borderId="0"',
        'borderId="1"',
        'borderId="2"',
        'borderId="9"',
        'fontId="1"',
        'fontId="2"',
        'fontId="3"',
        borders='<border/><border diagonalUp="1"/><border diagonalDown="true"/>',
        fonts='<font/><font><strike/></font><font><strike val="0"/></font><font><strike val="false"/></font>',
    )
    assert [(cell.pattern, cell.struck) for cell in cells] == [
        ("", False),
        ("barrée", False),
        ("barrée", False),
        ("", False),
        ("", True),
        ("", False),
        ("", False),
    ]


@pytest.mark.parametrize(
    ("said", "colour"),
    [
        ('rgb="FF808080" tint="0.5"', "#C0C0C0"),
        ('rgb="FF808080" tint="-0.5"', "#404040"),
        ('rgb="FF808080" tint="1"', "#FFFFFF"),
        ('rgb="FF808080" tint="1.5"', "#808080"),
        ('rgb="FF808080" tint="beaucoup"', "#808080"),
        ('theme="0"', "#FFFFFF"),
        ('theme="1"', "#000000"),
        ('theme="4"', "#4F81BD"),
        ('theme="11"', "#800080"),
        ('theme="12"', ""),
        ('indexed="2"', "#FF0000"),
        ('indexed="63"', "#333333"),
        ('indexed="64"', ""),
        ('auto="1"', ""),
    ],
)
def test_a_colour_is_given_by_itself_by_the_theme_or_by_its_number(said, colour):
    (cell,) = shown('fillId="0"', fills=pattern("solid", said))
    assert cell.colour == colour


def test_the_palette_of_a_workbook_replaces_the_first_numbers_alone():
    more = '<colors><indexedColors><rgbColor rgb="FF123456"/><rgbColor rgb="FF654321"/></indexedColors></colors>'
    fills = "".join(pattern("solid", f'indexed="{number}"') for number in (0, 1, 2))
    cells = shown('fillId="0"', 'fillId="1"', 'fillId="2"', fills=fills, more=more)
    assert [cell.colour for cell in cells] == ["#123456", "#654321", "#FF0000"]


def test_the_theme_of_a_workbook_counts_light_before_dark():
    theme = (
        f'<theme xmlns="{MAIN}"><clrScheme><dk1><sysClr val="windowText" lastClr="111111"/></dk1>'
        '<lt1><srgbClr val="EEEEEE"/></lt1><accent1><srgbClr val="ABCDEF"/></accent1></clrScheme></theme>'
    )
    related = RELS.format(RELATED + f'<Relationship Id="rId4" Type="{OFFICE}/theme" Target="theme1.xml"/>')
    fills = "".join(pattern("solid", f'theme="{number}"') for number in (0, 1, 4, 5))
    cells = shown(
        *(f'fillId="{number}"' for number in range(4)),
        fills=fills,
        **{"xl/theme1.xml": theme, "xl/_rels/workbook.xml.rels": related},
    )
    assert [cell.colour for cell in cells] == ["#EEEEEE", "#111111", "#ABCDEF", "#C0504D"]


# --- rows, columns, places --------------------------------------------------------------------------------------------


def test_cells_and_rows_without_a_place_follow_each_other():
    body = (
        "<sheetData><row><c t='str'><v>a</v></c><c t='str'><v>b</v></c></row><row r='4'><c r='C4'><v>1</v></c>"
        "<c><v>2</v></c></row><row><c><v>3</v></c></row></sheetData>"
    )
    found = grid(body)
    assert {place: cell.text for place, cell in found.cells.items()} == {
        (1, 1): "a",
        (1, 2): "b",
        (4, 3): "1",
        (4, 4): "2",
        (5, 1): "3",
    }


@pytest.mark.parametrize(("number", "row"), [("0000003", 3), ("00000003", 2), ("trois", 2), ("-3", 2)])
def test_a_row_whose_number_is_none_follows_the_one_before(number, row):
    found = grid(f"<sheetData><row r='1'/><row r='{number}'><c t='str'><v>x</v></c></row></sheetData>")
    assert found.at(row, 1).text == "x"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c r='A1'><v>3.0</v></c>", "3"),
        ("<c r='A1'><v>3.5</v></c>", "3.5"),
        ("<c r='A1' t='b'><v>1</v></c>", "VRAI"),
        ("<c r='A1' t='b'><v>0</v></c>", "FAUX"),
        ("<c r='A1'><f>1+1</f><v>2</v></c>", "=1+1"),
        ("<c r='A1' t='inlineStr'><is><t>a_x000D_b_x0041_</t></is></c>", "a\nbA"),
        ("<c r='A1' t='s'><v>7</v></c>", None),
        ("<c r='A1' t='s'><v>-1</v></c>", None),
        ("<c r='A1' t='s'><v>00000000</v></c>", None),
    ],
)
def test_what_a_cell_holds(cell, text):
    found = grid(f'<sheetData><row r="1">{cell}<c r="B1"><v>9</v></c></row></sheetData>', **strings("<t>zéro</t>"))
    assert found.at(1, 1).text == (text or "") and found.at(1, 1).formula == ("=" in (text or ""))


def test_hidden_rows_and_columns_are_kept_within_the_used_part():
    body = (
        '<cols><col min="2" max="3" hidden="1"/><col min="5" max="90" hidden="true"/><col min="1" max="1" hidden="0"/>'
        f'</cols><sheetData><row r="1">{TEXT.format("A1", "x")}</row><row r="2" hidden="1"/><row r="3" hidden="true"/>'
        '<row r="4" hidden="0"/><row r="7" hidden="1"/></sheetData>'
    )
    found = grid(body)
    assert (found.hidden_rows, found.hidden_columns) == ({2, 3}, {2, 3, 5, 6, 7, 8, 9})


def test_a_merge_covers_from_its_first_cell_to_its_last():
    body = (
        f'<sheetData><row r="2">{TEXT.format("B2", "x")}</row><row r="6">{TEXT.format("F6", "y")}</row></sheetData>'
        '<mergeCells><mergeCell ref="B2:C4"/><mergeCell ref="D4:D4"/><mergeCell ref="nulle part"/></mergeCells>'
    )
    found = grid(body)
    assert [(span.row, span.column, span.rows, span.columns) for span in found.spans] == [(2, 2, 3, 2), (4, 4, 1, 1)]
    assert found.at(4, 3).text == "x" and found.at(5, 3).text == ""


def test_sheets_keep_their_names_and_whether_they_are_hidden():
    names = "".join(
        f'<sheet name="{name}" sheetId="{rank}" r:id="rId1"{state}/>'
        for rank, (name, state) in enumerate(
            (("Une", ""), ("Deux", ' state="hidden"'), ("Trois", ' state="veryHidden"'), ("Quatre", ' state="visible"'))
        )
    )
    workbook = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
    body = SHEET.format(f"<sheetData><row>{TEXT.format('A1', 'x')}</row></sheetData>")
    grids = open_book(xlsx(body, **{"xl/workbook.xml": workbook}), "a.xlsx").grids
    assert [(one.name, one.hidden) for one in grids] == [
        ("Une", False),
        ("Deux", True),
        ("Trois", True),
        ("Quatre", False),
    ]


def test_twenty_sheets_are_read_and_no_more():
    names = "".join(f'<sheet name="{rank}" sheetId="{rank}" r:id="rId1"/>' for rank in range(21))
    workbook = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
    body = SHEET.format(f"<sheetData><row>{TEXT.format('A1', 'x')}</row></sheetData>")
    assert len(open_book(xlsx(body, **{"xl/workbook.xml": workbook}), "a.xlsx").grids) == 20


@pytest.mark.parametrize(
    ("first", "last", "hidden"),
    [("2", "99999", set(range(2, 10))), ("2", "100000", set()), ("000002", "3", set()), ("deux", "3", set())],
)
def test_columns_whose_numbers_no_sheet_has_are_not_read(first, last, hidden):
    body = (
        f'<cols><col min="{first}" max="{last}" hidden="1"/></cols>'
        f'<sheetData><row r="1">{TEXT.format("A1", "x")}</row></sheetData>'
    )
    assert grid(body).hidden_columns == hidden
