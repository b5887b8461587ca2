"""ODS as LibreOffice writes it: styles by name and by default, repeats, covered cells, notes, groups, hidden parts."""

from __future__ import annotations

import pytest
from harness.hostile_sheets import CONTENT, ods

from matrix import load_conventions
from matrix.sheets import Answers, SheetRefused, open_book, read

CONVENTIONS = load_conventions()

STYLES = """<office:document-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"><office:styles>
<style:default-style style:family="table-cell"/>
<style:style style:name="Default" style:family="table-cell"/>
<style:style style:name="Academie" style:display-name="Académie" style:family="table-cell"
 style:parent-style-name="Default"><style:table-cell-properties fo:background-color="#ff0000"/></style:style>
</office:styles></office:document-styles>"""
AUTOMATIC = """<office:automatic-styles>
<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:style style:name="ce1" style:family="table-cell" style:parent-style-name="Academie"/>
<style:style style:name="ce2" style:family="table-cell" style:parent-style-name="Default"><style:table-cell-properties
 fo:background-color="#0070c0"/></style:style>
<style:style style:name="ce3" style:family="table-cell" style:parent-style-name="Academie"><style:table-cell-properties
 fo:background-color="transparent"/></style:style>
<style:style style:name="ce4" style:family="table-cell" style:parent-style-name="ce2"><style:table-cell-properties
 style:diagonal-bl-tr="0.75pt solid #000000"/></style:style>
<style:style style:name="ce5" style:family="table-cell" style:parent-style-name="Default"><style:map
 style:condition="cell-content()=&quot;EN&quot;" style:apply-style-name="Academie" style:base-cell-address="A.B3"/>
</style:style>
</office:automatic-styles>"""
HEAD = "<table:table-row>{}</table:table-row>".format(
    "".join(
        f"<table:table-cell office:value-type='string'><text:p>{label}</text:p></table:table-cell>"
        for label in ("Service", *CONVENTIONS.activities.values())
    )
)
TAIL = (
    "<table:table-row table:number-rows-repeated='1048560'><table:table-cell "
    "table:number-columns-repeated='16384'/></table:table-row>"
)


def cell(text="", style="", **attributes):
    more = "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    own = f' table:style-name="{style}"' if style else ""
    said = "".join(f"<text:p>{line}</text:p>" for line in text.split("\n")) if text else ""
    return f"<table:table-cell{own}{more}>{said}</table:table-cell>"


def row(*cells, **attributes):
    more = "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def book(*rows, columns="", tables=""):
    table = f'<table:table table:name="Annexe 2">{columns}{HEAD}{"".join(rows)}{TAIL}</table:table>{tables}'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    return open_book(ods(CONTENT.format(AUTOMATIC + body), **{"styles.xml": STYLES}), "annexe.ods")


def grid(*rows, **more):
    return book(*rows, **more).grids[0]


def colours(found, row_number):
    return [found.at(row_number, column).colour for column in range(2, 8)]


ANNUAIRE = cell("Service d'annuaire")


def test_styles_named_automatic_and_overridden():
    found = grid(row(ANNUAIRE, cell(style="Academie"), cell(style="ce1"), cell(style="ce2"), cell(style="ce3")))
    assert colours(found, 2)[:4] == ["#FF0000", "#FF0000", "#0070C0", ""]


def test_repeated_cells_and_rows():
    found = grid(row(ANNUAIRE, cell(style="ce1", number_columns_repeated=3), cell("EN", number_columns_repeated=2)))
    assert colours(found, 2) == ["#FF0000"] * 3 + [""] * 3
    assert [found.at(2, column).text for column in (5, 6, 7)] == ["EN", "EN", ""]
    twice = grid(row(ANNUAIRE, cell("EN"), number_rows_repeated=2))
    assert (twice.at(3, 2).text, twice.at(4, 2).text) == ("EN", "")


def test_the_default_styles_of_columns_and_rows():
    columns = (
        '<table:table-column/><table:table-column table:default-cell-style-name="ce2" '
        'table:number-columns-repeated="2"/><table:table-column table:number-columns-repeated="16381"/>'
    )
    found = grid(row(ANNUAIRE, cell(), cell("EN"), cell()), columns=columns)
    assert colours(found, 2)[:3] == ["#0070C0", "#0070C0", ""]
    by_row = grid(row(ANNUAIRE, cell(), cell(style="ce2"), default_cell_style_name="ce1"), columns=columns)
    assert colours(by_row, 2)[:2] == ["#FF0000", "#0070C0"]


def test_covered_cells_take_the_first_one_s():
    covered = "<table:covered-table-cell/>"
    found = grid(
        row(ANNUAIRE, cell("EN", "ce1", number_columns_spanned=2, number_rows_spanned=2), covered, cell("CL")),
        row(cell("Service de gestion des journaux"), covered, covered, cell("Etab")),
    )
    for place in ((2, 3), (3, 2), (3, 3)):
        assert (found.at(*place).text, found.at(*place).colour) == ("EN", "#FF0000")
    assert (found.at(2, 4).text, found.at(3, 4).text) == ("CL", "Etab")


def test_hidden_rows_columns_groups_and_sheets():
    columns = (
        '<table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:visibility="collapse"/>'
        '<table:table-column-group table:display="false"><table:table-column/></table:table-column-group>'
    )
    hidden = f'<table:table table:name="B" table:style-name="ta2">{row(cell("x"))}</table:table>'
    group = f'<table:table-row-group table:display="false">{row(cell("y"))}</table:table-row-group>'
    opened = book(row(ANNUAIRE, cell("EN"), visibility="filter"), group, row(cell("z")), columns=columns, tables=hidden)
    found = opened.grids[0]
    assert found.hidden_rows == {2, 3} and found.hidden_columns == {3, 4}
    assert [one.hidden for one in opened.grids] == [False, True]


def test_notes_without_the_name_of_who_wrote_them_and_text_with_its_spaces():
    noted = (
        '<table:table-cell><office:annotation><dc:creator xmlns:dc="x">Quelqu’un</dc:creator>'
        "<text:p>À revoir</text:p><text:p>en 2027</text:p></office:annotation>"
        "<text:p>CL<text:s/>ou <text:span>Etab</text:span></text:p>"
        "<text:p>(4)</text:p></table:table-cell>"
    )
    found = grid(row(ANNUAIRE, noted)).at(2, 2)
    assert (found.text, found.note) == ("CL ou Etab\n(4)", "À revoir\nen 2027")


def test_text_of_a_drawing_is_not_the_cell_s():
    drawn = (
        '<table:table-cell><draw:frame xmlns:draw="x"><draw:text-box><text:p>EN</text:p></draw:text-box>'
        "</draw:frame><text:p>CL</text:p></table:table-cell>"
    )
    assert grid(row(ANNUAIRE, drawn)).at(2, 2).text == "CL"


def test_crossed_out_conditional_and_computed_cells():
    formula = '<table:table-cell table:formula="of:=IF([.A1]=1;1;2)"><text:p>EN</text:p></table:table-cell>'
    found = grid(row(ANNUAIRE, cell(style="ce4"), cell("EN", style="ce5"), formula))
    assert (found.at(2, 2).pattern, found.at(2, 2).colour) == ("barrée", "#0070C0")
    assert found.at(2, 3).conditional and not found.at(2, 2).conditional
    assert found.at(2, 4).formula and found.at(2, 4).text.startswith("=IF")


def test_styles_that_are_each_other_s_parent_end():
    looped = AUTOMATIC.replace(
        'style:name="ce1" style:family="table-cell" style:parent-style-name="Academie"',
        'style:name="ce1" style:family="table-cell" style:parent-style-name="ce1"',
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="A">{HEAD}{row(ANNUAIRE, cell("EN", "ce1"))}'
    content = CONTENT.format(looped + body + "</table:table></office:spreadsheet></office:body>")
    assert open_book(ods(content), "a.ods").grids[0].at(2, 2).colour == ""


def test_a_whole_reading_in_ods():
    legend = (row(cell()), row(cell(), cell("Académie", "ce1")), row(cell(), cell("Département", "ce2")))
    opened = book(row(ANNUAIRE, cell(style="Academie"), cell(style="ce2"), cell("sans  objet")), *legend)
    reading = read(opened, CONVENTIONS, "hautes-pyrenees-2015", Answers({"blank": "keep"}))
    assert [one.word for one in reading.cells[:3]] == ["EN", "CL", "sans objet"] and reading.ready


def test_far_and_formatted_cells_cost_nothing_and_far_texts_are_refused():
    far = row(cell(style="ce1", number_columns_repeated=16384), number_rows_repeated=1048000)
    assert grid(row(ANNUAIRE), far).rows < 20
    with pytest.raises(SheetRefused, match="trop de cases"):
        grid(row(ANNUAIRE), row(cell(number_columns_repeated=9000), cell("EN")))


STRUCK = """<office:automatic-styles>
<style:style style:name="T1" style:family="text"><style:text-properties style:text-line-through-style="solid"
 style:text-line-through-type="single"/></style:style>
<style:style style:name="T2" style:family="text"><style:text-properties style:text-line-through-style="none"/>
</style:style>
<style:style style:name="ce9" style:family="table-cell"><style:text-properties
 style:text-line-through-style="solid"/></style:style>
</office:automatic-styles>"""


@pytest.mark.parametrize(
    ("style", "text", "struck"),
    [
        ("ce9", "EN", True),
        ("", "<text:span text:style-name='T1'>CL ou</text:span> Etab", True),
        ("", "<text:span text:style-name='T2'>CL ou</text:span> Etab", False),
        ("", "EN", False),
    ],
)
def test_struck_text_is_a_question(style, text, struck):
    cell = f"<table:table-cell table:style-name='{style}'><text:p>{text}</text:p></table:table-cell>"
    label = CONVENTIONS.services["infrastructure-reseau"]
    row = f"<table:table-row><table:table-cell><text:p>{label}</text:p></table:table-cell>{cell}</table:table-row>"
    body = f"<table:table table:name='A'>{HEAD}{row}{TAIL}</table:table>"
    body = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    book = open_book(ods(CONTENT.format(STRUCK + body)), "a.ods")
    reading = read(book, CONVENTIONS, "hautes-pyrenees-2015", Answers())
    asked = [one for one in reading.open_questions if "est barré" in one.sentence]
    assert len(asked) == struck
    if asked:
        answered = read(book, CONVENTIONS, "hautes-pyrenees-2015", Answers({asked[0].key: "blank"}))
        assert [one.word for one in answered.cells if one.row == 2 and one.column == 2] == [""]


# --- what stands around the table, and its bounds ---------------------------------------------------------------------


def test_a_table_within_a_drawing_is_no_sheet_and_adds_nothing():
    inner = (
        "<table:table><table:table-row><table:table-cell><text:p>dedans</text:p></table:table-cell></table:table-row>"
    )
    drawn = f"<table:table-cell><text:p>a</text:p><x>{inner}</table:table></x></table:table-cell>"
    found = book(row(drawn, cell("b")), row(cell("c")))
    assert len(found.grids) == 1
    texts = {place: one.text for place, one in found.grids[0].cells.items() if place[0] > 1}
    assert texts == {(2, 1): "a", (2, 2): "b", (3, 1): "c"}


def test_twenty_sheets_are_read_and_no_more():
    more = "".join(f'<table:table table:name="{rank}">{row(cell("x"))}</table:table>' for rank in range(20))
    names = [one.name for one in book(row(ANNUAIRE), tables=more).grids]
    assert len(names) == 20 and names[0] == "Annexe 2" and names[-1] == "18"


def test_a_shown_sheet_is_told_from_a_hidden_one():
    hidden = f'<table:table table:name="B" table:style-name="ta2">{row(cell("x"))}</table:table>'
    shown = f'<table:table table:name="C" table:style-name="autre">{row(cell("x"))}</table:table>'
    assert [one.hidden for one in book(row(ANNUAIRE), tables=hidden + shown).grids] == [False, True, False]


def test_groups_open_and_close_around_their_rows_and_columns():
    open_, closed = "<table:table-row-group>", '<table:table-row-group table:display="false">'
    end = "</table:table-row-group>"
    rows = (open_, row(cell("a")), end, closed, open_, row(cell("b")), end, row(cell("c")), end, row(cell("d")))
    assert grid(*rows).hidden_rows == {3, 4}


def test_rows_that_repeat_are_hidden_all_of_them():
    found = grid(row(cell("a"), visibility="collapse", number_rows_repeated=3), row(cell("b")))
    assert found.hidden_rows == {2, 3, 4} and found.at(5, 1).text == "b"


@pytest.mark.parametrize(
    ("repeated", "times"), [("2", 2), ("0", 1), ("-3", 1), ("trois", 1), ("", 1), ("00000000002", 1)]
)
def test_a_count_that_is_no_number_counts_once(repeated, times):
    found = grid(row(cell("a", number_columns_repeated=repeated), cell("b")))
    assert found.at(2, times + 1).text == "b"


def test_a_formula_is_shown_as_it_is_written_and_never_computed():
    found = grid(row(cell("3", formula="of:=[.A1]+1"), cell("4", formula="+1")))
    assert [(found.at(2, column).text, found.at(2, column).formula) for column in (1, 2)] == [
        ("=[.A1]+1", True),
        ("=", True),
    ]


def test_spans_of_one_cell_are_none():
    found = grid(
        row(
            cell("a", number_columns_spanned=1, number_rows_spanned=1),
            cell("b", number_columns_spanned=2),
            "<table:covered-table-cell/>",
            cell("c", number_rows_spanned=2),
        )
    )
    assert [(one.row, one.column, one.rows, one.columns) for one in found.spans] == [(2, 2, 1, 2), (2, 4, 2, 1)]


def test_paragraphs_tabs_breaks_and_lists_of_a_cell():
    text = (
        "<table:table-cell><text:p>a<text:s/>b<text:s text:c='3'/>c<text:tab/>d<text:line-break/>e</text:p>"
        "<text:p>f</text:p><text:list><text:list-item><text:p>g</text:p></text:list-item></text:list></table:table-cell>"
    )
    assert grid(row(text)).at(2, 1).text == "a b   c\td\ne\nf\ng"


def test_areas_of_conditions_name_their_sheet_and_may_be_one_cell():
    formats = (
        '<calcext:conditional-formats xmlns:calcext="x"><calcext:conditional-format '
        "calcext:target-range-address=\"'A.b'.B2:'A.b'.C2 Feuille.E2\"/></calcext:conditional-formats>"
    )
    table = f'<table:table table:name="A">{HEAD}{row(ANNUAIRE, cell("EN"))}{formats}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    (found,) = open_book(ods(CONTENT.format(AUTOMATIC + body), **{"styles.xml": STYLES}), "a.ods").grids
    assert {place for place, one in found.cells.items() if one.conditional} == {(2, 2), (2, 3), (2, 5)}


@pytest.mark.parametrize(
    ("properties", "pattern"),
    [
        ('style:diagonal-tl-br="0.75pt solid #000000"', "barrée"),
        ('style:diagonal-bl-tr="none"', ""),
        ("", ""),
    ],
)
def test_a_diagonal_crosses_a_cell(properties, pattern):
    style = (
        '<office:automatic-styles><style:style style:name="d" style:family="table-cell">'
        f"<style:table-cell-properties {properties}/></style:style></office:automatic-styles>"
    )
    table = f'<table:table table:name="A">{row(cell("EN", "d"))}</table:table>'
    body = f"{style}<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    assert open_book(ods(CONTENT.format(body)), "a.ods").grids[0].at(1, 1).pattern == pattern
