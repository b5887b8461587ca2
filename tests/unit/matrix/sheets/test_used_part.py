"""The part of a sheet that areas cover, up to the bound of the work that they may ask for; names of members refused."""

from __future__ import annotations

import pytest

from matrix.sheets import package, used_part
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
