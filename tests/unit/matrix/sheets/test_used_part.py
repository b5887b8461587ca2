"""The part of a sheet that areas cover, up to the bound of the work that they may ask for; names of members refused."""

from __future__ import annotations

import pytest

from matrix.sheets import SheetRefused, package, used_part
from matrix.sheets.model import Grid, GridCell, Span
from matrix.sheets.used_part import Texts, covered


@pytest.fixture
def texts():
    """A used part of two rows and three columns; its margins make 7 rows and 11 columns."""
    made = Texts()
    made.add(2, 3, 4, 1)
    return made


def test_an_area_covers_its_places_within_the_used_part(texts):
    assert (texts.last_row, texts.last_column) == (7, 11)
    assert covered([((6, 10), (90, 90))], texts) == {(6, 10), (6, 11), (7, 10), (7, 11)}
    assert covered([((3, 4), (3, 4)), (None, (9, 9)), ((1, 1), None)], texts) == {(3, 4)}
    assert covered([((8, 1), (9, 9))], texts) == set()


def test_past_the_bound_the_whole_used_part_is_covered_and_no_area_is_read_any_more(texts, monkeypatch):
    monkeypatch.setattr(used_part, "AREAS_MAX", 4)
    assert covered([((1, 1), (2, 2))], texts) == {(1, 1), (1, 2), (2, 1), (2, 2)}, "just the bound"
    whole = {(row, column) for row in range(1, 8) for column in range(1, 12)}
    assert covered([((1, 1), (2, 2)), ((3, 3), (3, 3))], texts) == whole

    def areas():
        yield (1, 1), (5, 5)
        yield (1, 1), (1, 2)

    assert covered(areas(), texts) == whole
    assert covered([((1, 1), (1, 1)), ((1, 1), (1, 1))], texts) == {(1, 1)}, "an area is read once"


@pytest.mark.parametrize(
    ("name", "misleading"),
    [
        ("content.xml", False),
        ("xl/worksheets/sheet1.xml", False),
        ("a..b/c.xml", False),
        ("dossier/a:b.xml", False),
        ("x" * 300, False),
        ("x" * 301, True),
        ("dossier\\a.xml", True),
        ("/etc/passwd", True),
        ("../a.xml", True),
        ("a/../b.xml", True),
        ("C:/a.xml", True),
        ("a\x00.xml", True),
    ],
)
def test_a_member_whose_name_leads_elsewhere_is_told(name, misleading):
    assert package._misleading(name) is misleading


def test_a_sheet_at_its_bounds_is_read_and_one_past_them_refused():
    bounds = used_part.Bounds(rows=9, columns=9, texts=4, letters=12)
    for row, column, letters, times in ((9, 9, 3, 4), (1, 1, 12, 1)):
        Texts(bounds).add(row, column, letters, times)
    for row, column, letters, times in ((10, 1, 1, 1), (1, 10, 1, 1), (1, 1, 1, 5), (1, 1, 13, 1), (1, 1, 4, 4)):
        with pytest.raises(SheetRefused, match="trop de cases"):
            Texts(bounds).add(row, column, letters, times)


def test_texts_add_up_and_the_used_part_never_shrinks():
    made = Texts()
    made.add(5, 2, 3, 2)
    made.add(1, 4, 1)
    assert (made.count, made.letters, made.row, made.column) == (3, 7, 5, 4)


def test_what_lies_outside_the_used_part_is_left_out(texts):
    cells = {place: GridCell("x") for place in ((7, 11), (8, 1), (1, 12))}
    spans = (Span(7, 11, 9, 9), Span(8, 1, 1, 2), Span(1, 12, 2, 1))
    found = used_part.used_part(
        Grid("A", cells, spans, frozenset({7, 8}), frozenset({11, 12}), True, ("a", "b", "a")), texts
    )
    assert (set(found.cells), found.spans) == ({(7, 11)}, (Span(7, 11, 9, 9),))
    assert (found.hidden_rows, found.hidden_columns, found.hidden) == ({7}, {11}, True)
    assert (found.name, found.told) == ("A", ("a", "b"))


def test_merges_that_would_overlap_are_more_than_a_sheet_can_have(texts, monkeypatch):
    whole = Span(1, 1, 7, 11)
    assert used_part.used_part(Grid("A", {}, (whole,)), texts).spans == (whole,), "all of it, once"
    with pytest.raises(SheetRefused, match="trop de cases"):
        used_part.used_part(Grid("A", {}, (whole, Span(7, 11, 1, 1))), texts)
    monkeypatch.setattr(used_part, "SPANS_MAX", 2)
    ones = tuple(Span(row, 1, 1, 2) for row in (1, 2, 3))
    assert used_part.used_part(Grid("A", {}, ones[:2]), texts).spans == ones[:2]
    with pytest.raises(SheetRefused, match="trop de cases"):
        used_part.used_part(Grid("A", {}, ones), texts)
