"""What opens no book, each with its sentence, and each bound of a package just at it and just past it.

`test_hostile` tries the same on whole files, in a process of its own.
"""

from __future__ import annotations

import io
import zipfile

import pytest
from harness.hostile_sheets import MAIN, RELS, SHEET, TABLE, WORKBOOK, lying, ods, xlsx, zipped

from matrix.sheets import SheetRefused, book, open_book, package
from matrix.sheets.package import (
    BOMB,
    BROKEN,
    LINKS,
    LOCKED,
    MACROS,
    TOO_BIG,
    UNSAFE_XML,
    Package,
    clean,
    tree,
)

TEXT = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'


def refused(data, name="a.xlsx"):
    with pytest.raises(SheetRefused) as caught:
        open_book(data, name)
    return str(caught.value)


def encrypted():
    data = bytearray(xlsx(SHEET.format(TEXT)))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (xlsx(**{"xl/vbaProject.bin": b"x"}), "a.xlsx", MACROS),
        (ods(**{"Basic/Standard/Module1.xml": "<x/>"}), "a.ods", MACROS),
        (xlsx(SHEET.format(TEXT)), "a.xlsm", MACROS),
        (xlsx(**{"xl/externalLinks/externalLink1.xml": "<x/>"}), "a.xlsx", LINKS),
        (xlsx(**{"xl/workbook.xml": WORKBOOK.format("<externalReferences/>")}), "a.xlsx", LINKS),
        (ods(TABLE.format("<table:table-source/>")), "a.ods", LINKS),
        (ods(TABLE.format("<table:cell-range-source/>")), "a.ods", LINKS),
        (
            ods(**{"META-INF/manifest.xml": '<m:manifest xmlns:m="x"><m:encryption-data/></m:manifest>'}),
            "a.ods",
            LOCKED,
        ),
        (encrypted(), "a.xlsx", LOCKED),
        (zipped({"[Content_Types].xml": "<Types/>"}, zipfile.ZIP_LZMA), "a.xlsx", BROKEN),
        (ods("<!DOCTYPE x [<!ENTITY e 'a'>]><x>&e;</x>"), "a.ods", UNSAFE_XML),
        (xlsx("<worksheet><sheetData>"), "a.xlsx", BROKEN),
        (xlsx()[:-30], "a.xlsx", BROKEN),
        (zipped({"content.xml": "<x/>"}), "a.ods", BROKEN),
    ],
)
def test_a_package_that_must_not_be_read_says_why(data, name, said):
    assert refused(data, name) == said


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (xlsx(SHEET.format(TEXT)), "a.xlsb", "classeur binaire (.xlsb)"),
        (xlsx(SHEET.format(TEXT)), "a.ods", "donnez-lui l’extension .xlsx"),
        (ods(), "a.xlsx", "donnez-lui l’extension .ods"),
        (zipped({"readme.txt": "x"}), "a.xlsx", "est une archive, et non une feuille"),
        (zipped({"[Content_Types].xml": "<Types/>"}), "a.xlsx", "document bureautique, mais pas une feuille"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "a.ods", "document bureautique"),
        (zipped({"../a": "x"}), "a.xlsx", "noms de parties"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 99, "a.xls", "ancien classeur (.xls)"),
        (b"%PDF-1.7", "a.xlsx", "est un PDF"),
        (b"{\\rtf1", "a.xlsx", "(RTF)"),
        (b"\x89PNG\r\n", "a.xlsx", "est une image"),
        (b"\xff\xd8\xff\xe0", "a.xlsx", "est une image"),
        (xlsx(), "a.xlsx", "aucune case remplie"),
        (ods(), "a.ods", "aucune case remplie"),
        (b"", "a.xlsx", "est vide"),
    ],
)
def test_a_file_that_is_no_sheet_says_what_it_is(data, name, words):
    assert words in refused(data, name)


def test_a_template_of_a_sheet_is_a_sheet():
    body = "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    made = zipped(
        {"mimetype": "application/vnd.oasis.opendocument.spreadsheet-template", "content.xml": TABLE.format(body)}
    )
    assert open_book(made, "a.ods").grids[0].at(1, 1).text == "x"


def test_two_letters_alone_begin_a_text_and_a_whole_mark_an_archive():
    assert open_book(b"PK;x\n", "a.csv").kind == "csv"
    assert refused(b"PK\x05\x06", "a.csv") == BROKEN


def test_a_file_of_exactly_the_most_bytes_is_read(monkeypatch):
    data = xlsx(SHEET.format(TEXT))
    monkeypatch.setattr(book, "FILE_MAX", len(data))
    assert open_book(data, "a.xlsx").kind == "xlsx"
    monkeypatch.setattr(book, "FILE_MAX", len(data) - 1)
    assert "dépasse" in refused(data)


# --- the bounds of a package ------------------------------------------------------------------------------------------

PART = "<a><b>é</b><b/></a>"


def packed(**parts):
    return Package(zipped({"part.xml": PART, **parts}))


@pytest.mark.parametrize(
    ("bound", "least", "said"),
    [
        ("DEPTH_MAX", 2, BROKEN),
        ("ELEMENTS_MAX", 3, TOO_BIG),
        ("NODES_MAX", 3, TOO_BIG),
        ("NAMES_MAX", 2, BOMB),
        ("PART_LETTERS_MAX", 1, TOO_BIG),
        ("MEMBER_MAX", len(PART.encode()), BOMB),
        ("TAG_MAX", len(PART.encode()), None),
    ],
)
def test_a_part_just_at_a_bound_is_read_and_one_past_it_is_refused(monkeypatch, bound, least, said):
    monkeypatch.setattr(package, bound, least)
    assert tree(packed(), "part.xml").words() == "é"
    if said is not None:
        monkeypatch.setattr(package, bound, least - 1)
        with pytest.raises(SheetRefused) as caught:
            tree(packed(), "part.xml")
        assert str(caught.value) == said


def test_attributes_count_as_nodes_four_by_four(monkeypatch):
    many = '<a b="" c="" d="" e="" f="" g="" h=""/>'
    monkeypatch.setattr(package, "NODES_MAX", 2)
    assert tree(packed(**{"part.xml": many}), "part.xml").tag == "a"
    monkeypatch.setattr(package, "NODES_MAX", 1)
    with pytest.raises(SheetRefused, match="trop de cases"):
        tree(packed(**{"part.xml": many}), "part.xml")


def test_a_tag_that_never_ends_is_refused_before_the_parser_holds_it(monkeypatch):
    monkeypatch.setattr(package, "TAG_MAX", 70_000)
    with pytest.raises(SheetRefused) as caught:
        tree(packed(**{"part.xml": f'<a b="{"x" * 140_000}"/>'}), "part.xml")
    assert str(caught.value) == BOMB
    short = "<a>" + "<b/>" * 40_000 + "</a>"
    assert len(tree(packed(**{"part.xml": short}), "part.xml").children) == 40_000


@pytest.mark.parametrize(("bound", "least"), [("MEMBERS_MAX", 2), ("DIRECTORY_MAX", None), ("TOTAL_MAX", None)])
def test_the_list_of_an_archive_is_bounded(monkeypatch, bound, least):
    data = zipped({"a": "x" * 10, "b": "y" * 20})
    if least is None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {"DIRECTORY_MAX": len(data) - archive.start_dir - 22, "TOTAL_MAX": 30}
        least = sizes[bound]
    monkeypatch.setattr(package, bound, least)
    assert Package(data).names == {"a", "b"}
    monkeypatch.setattr(package, bound, least - 1)
    with pytest.raises(SheetRefused) as caught:
        Package(data)
    assert str(caught.value) == BOMB


def test_a_member_that_swells_too_much_is_refused(monkeypatch):
    """What packs well is refused past a megabyte alone; an XML part past the most bytes of a member always is."""
    swollen = zipped({"a.bin": b"\0" * 1_000_001})
    with pytest.raises(SheetRefused) as caught:
        Package(swollen)
    assert str(caught.value) == BOMB
    assert Package(zipped({"a.bin": b"\0" * 1_000_000})).names == {"a.bin"}
    monkeypatch.setattr(package, "RATIO_MAX", 2_000)
    assert Package(swollen).names == {"a.bin"}
    monkeypatch.setattr(package, "MEMBER_MAX", 9)
    assert Package(zipped({"a.bin": b"x" * 10, "a.xml": b"x" * 9})).names == {"a.bin", "a.xml"}
    with pytest.raises(SheetRefused):
        Package(zipped({"a.xml": b"x" * 10}))


def test_a_size_that_is_not_the_true_one_is_found():
    data = zipped({"a": "x" * 20})
    assert b"".join(Package(data).pieces("a")) == b"x" * 20
    for size in (19, 21):
        with pytest.raises(SheetRefused):
            list(Package(lying(data, "a", size)).pieces("a"))
    with pytest.raises(SheetRefused, match="abîmé"):
        list(Package(data).pieces("b"))


def test_the_head_of_a_member_is_its_first_bytes_and_nothing_where_there_is_none():
    opened = Package(zipped({"a": "abcdef"}))
    assert (opened.head("a", 3), opened.head("b", 3)) == (b"abc", b"")


def test_two_members_of_one_name_are_misleading():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning):
            archive.writestr("a", "2")
    with pytest.raises(SheetRefused, match="noms de parties"):
        Package(out.getvalue())


def test_a_tree_gives_its_nodes_in_order():
    root = tree(packed(**{"part.xml": "<a><b i='1'><c/><b i='2'/></b><b i='3'>x<d>y</d></b></a>"}), "part.xml")
    assert [node.get("i") for node in root.all("b")] == ["1", "2", "3"]
    assert root.child("b") is root.children[0] and root.child("c") is None
    assert root.words() == "xy" and root.children[0].get("j", "rien") == "rien"


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("a\r\nb\rc\td\x07\u200b", 99, "a\nb\nc\td"),
        (" \u00a0a\u202fb ", 99, "a\u202fb"),
        ("abcd", 4, "abcd"),
        ("abcde", 4, "abc…"),
    ],
)
def test_a_text_is_kept_without_what_cannot_be_seen_and_cut(text, most, kept):
    assert clean(text, most) == kept


def test_relations_outside_the_file_and_with_absolute_targets():
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    related = RELS.format(
        f'<Relationship Id="rId9" Type="{office}/worksheet" Target="http://x/" TargetMode="External"/>'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
    )
    found = open_book(xlsx(SHEET.format(TEXT), **{"xl/_rels/workbook.xml.rels": related}), "a.xlsx")
    assert [one.name for one in found.grids] == ["A"]
    comments = RELS.format(f'<Relationship Id="r" Type="{office}/comments" Target="../comments1.xml"/>')
    notes = (
        f'<comments xmlns="{MAIN}"><commentList><comment ref="A1"><text><r><t>de</t></r><r><t>ux</t></r></text>'
        '</comment><comment ref="B2"><text><t>seule</t></text></comment></commentList></comments>'
    )
    more = {"xl/worksheets/_rels/sheet1.xml.rels": comments, "xl/comments1.xml": notes}
    (grid,) = open_book(xlsx(SHEET.format(TEXT), **more), "a.xlsx").grids
    assert (grid.at(1, 1).text, grid.at(1, 1).note, grid.at(2, 2).note) == ("x", "deux", "seule")
