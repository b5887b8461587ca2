"""Randomly damaged files, whole or in one part, are read or refused but never raise another error."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from matrix import load_conventions
from matrix.sheets import FORMATS, Answers, SheetRefused, compared, export, open_book, read

pytestmark = pytest.mark.slow

HP = "hautes-pyrenees-2015"
CONVENTIONS = load_conventions()
SOUND = {form: export(CONVENTIONS, HP, form) for form in FORMATS}
ODD = (b'"', b"<", b"999999999999", b"-1", b"\xc2\xb2", b"&#x1F600;", b"1e400", b"\xed\xa0\x80", b"_xD800_", b"ZZZZ1")


def damaged(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        at, kind = chance.randrange(len(found) + 1), chance.random()
        if kind < 0.4:
            found[at : at + 1] = bytes([chance.randrange(256)])
        elif kind < 0.6:
            del found[at : at + chance.randrange(40)]
        elif kind < 0.8:
            found[at:at] = found[chance.randrange(len(found) + 1) :][: chance.randrange(60)]
        else:
            found[at:at] = chance.choice(ODD)
    return bytes(found)


def with_one_part_damaged(data: bytes, chance: random.Random) -> bytes:
    package, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    hurt = chance.choice(package.namelist())
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in package.namelist():
            content = package.read(name)
            made.writestr(name, damaged(content, chance) if name == hurt else content)
    return out.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_damaged_files_are_read_or_refused(form):
    chance, outcomes = random.Random(form), {"read": 0, "refused": 0}
    for _ in range(80):
        within = form != "csv" and chance.random() < 0.8
        data = (with_one_part_damaged if within else damaged)(SOUND[form], chance)
        try:
            compared(read(open_book(data, f"a.{form}"), CONVENTIONS, HP, Answers()), CONVENTIONS)
            outcomes["read"] += 1
        except SheetRefused as refused:
            assert str(refused).endswith(".")
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 0, "the damage is neither always nor never fatal"


def test_a_digit_that_is_no_number_is_none():
    """« ² » is a digit for Python but not a number."""
    from harness.hostile_sheets import SHEET, xlsx

    cells = '<c r="A1" s="²" t="s"><v>²</v></c><c t="inlineStr"><is><t>x</t></is></c>'
    sheet = SHEET.format(f'<cols><col min="²" max="3"/></cols><sheetData><row r="²">{cells}</row></sheetData>')
    assert open_book(xlsx(sheet), "a.xlsx").grids[0].rows == 1
