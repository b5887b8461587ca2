"""Archives: their end record, members read in pieces, and no other exception than Broken."""

from __future__ import annotations

import io
import struct
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.files.archives import Archive, Broken, End, end_of


def made(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


TWO = made(a=b"x" * 100_000, b="é".encode())


def test_an_archive_is_read_in_pieces():
    archive = Archive(io.BytesIO(TWO))
    assert [member.filename for member in archive.members] == ["a", "b"]
    assert archive.plainly_packed and not archive.locked
    pieces = list(archive.pieces(archive.members[0], 30_000))
    assert [len(piece) for piece in pieces] == [30_000, 30_000, 30_000, 10_000]


def test_the_end_tells_of_the_list_before_it_is_read():
    assert end_of(io.BytesIO(TWO)) == End(2, 94, False)
    assert end_of(io.BytesIO(TWO[:-1])) is None and end_of(io.BytesIO(b"")) is None
    assert end_of(io.BytesIO(b"not an archive" * 10_000)) is None


@pytest.mark.parametrize(("record", "directory"), [(True, 7_000_000_000), (False, sys.maxsize)])
def test_a_long_archive_tells_in_its_own_record(record, directory):
    end = TWO.rindex(b"PK\x05\x06")
    told = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06" if record else b"none", 44, 45, 45, 0, 0, 2, 2, 7_000_000_000, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    assert end_of(io.BytesIO(TWO[:end] + told + locator + TWO[end:])) == End(2, directory, True)


def test_a_password_and_another_way_of_packing_are_seen():
    locked = bytearray(TWO)
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert Archive(io.BytesIO(locked)).locked
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as target:
        target.writestr("a", b"x")
    assert not Archive(out).plainly_packed


@given(st.lists(st.tuples(st.integers(0, len(TWO) - 1), st.integers(0, 255)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=300)
def test_a_damaged_archive_is_broken_and_nothing_else(changes):
    damaged = bytearray(TWO)
    for at, value in changes:
        damaged[at] = value
    file = io.BytesIO(bytes(damaged))
    end_of(file)
    try:
        archive = Archive(file)
        for member in archive.members:
            for _ in archive.pieces(member):
                pass
    except Broken:
        pass
