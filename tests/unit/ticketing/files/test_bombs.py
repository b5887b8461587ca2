"""What a small file may hide: billions of pixels, gigabytes of zeros, members that lie or share their bytes."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from harness import processor

from ticketing.files import archives, eicar, images
from ticketing.files.receiving import FileRefused, Limits, receiving
from ticketing.model import Upload

LIMITS = Limits(per_file=25_000_000, per_ticket=100_000_000)
ODT = "application/vnd.oasis.opendocument.text"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def jpeg(width: int, height: int, before: bytes = b"") -> bytes:
    frame = b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + before + frame + b"\xff\xd9"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def webp(width: int, height: int) -> bytes:
    body = (
        b"VP8X"
        + struct.pack("<I", 10)
        + b"\0\0\0\0"
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def heic(width: int, height: int) -> bytes:
    ftyp = struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic"
    return ftyp + struct.pack(">I", 20) + b"ispe\0\0\0\0" + struct.pack(">II", width, height) + b"\0" * 64


MAKERS = {"png": png, "jpg": jpeg, "gif": gif, "webp": webp, "heic": heic}


def odt(content: bytes = b"<x/>", **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(zipfile.ZipInfo("mimetype"), ODT)
        made.writestr("content.xml", content)
        for name, data in more.items():
            made.writestr(name.replace("_dot_", ".").replace("_", "/"), data)
    return out.getvalue()


def sent(folder: Path, name: str, content: bytes):
    with receiving(folder, [Upload(name, io.BytesIO(content))], LIMITS) as (file,):
        return file


@pytest.mark.parametrize("extension", MAKERS)
def test_an_image_tells_its_size(extension: str) -> None:
    assert images.sizes(io.BytesIO(MAKERS[extension](4032, 3024)), extension) == [(4032, 3024)]


@pytest.mark.parametrize("extension", MAKERS)
@pytest.mark.parametrize("size", [(60_000, 60_000), (50_000, 2)])
def test_an_image_bomb_stays_out_and_a_telephone_s_photograph_does_not(tmp_path, extension, size) -> None:
    sent(tmp_path, f"photo.{extension}", MAKERS[extension](16_384, 12_288))
    with pytest.raises(FileRefused, match="trop de pixels"):
        sent(tmp_path, f"photo.{extension}", MAKERS[extension](*size))


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("png", b"\x89PNG\r\n\x1a\n"),
        ("png", png(0, 5)),
        ("jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 40),
        ("gif", b"GIF89a"),
        ("jpg", b"\xff\xd8\xff\xe0\xff\xff" + b"x" * 40),
    ],
)
def test_an_image_without_a_size_is_refused(tmp_path, extension, content) -> None:
    with pytest.raises(FileRefused):
        sent(tmp_path, f"a.{extension}", content)


def test_a_thumbnail_inside_a_photograph_does_not_speak_for_it(tmp_path) -> None:
    inside = jpeg(10, 10)
    hidden = b"\xff\xe1" + struct.pack(">H", len(inside) + 2) + inside
    with pytest.raises(FileRefused, match="trop de pixels"):
        sent(tmp_path, "a.jpg", jpeg(60_000, 60_000, hidden))


def test_a_bomb_in_an_office_document_is_refused_soon(tmp_path) -> None:
    bomb = odt(b"\0" * 60_000_000)
    with processor.measured() as spent, pytest.raises(FileRefused, match="démesuré"):
        sent(tmp_path, "a.odt", bomb)
    assert spent.seconds < 2


@pytest.mark.slow
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("member", ["mimetype", "content.xml", "Pictures/un"])
def test_a_bomb_packed_as_no_office_document_is_stays_packed(tmp_path, method, member) -> None:
    """bzip2 and LZMA unpack a whole member at once, however little is read, so no count of bytes comes in time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in {"mimetype": ODT.encode(), "content.xml": b"<x/>", "Pictures/un": b"x"}.items():
            if name == member:
                content += b"\0" * 80_000_000
            made.writestr(zipfile.ZipInfo(name), content, method if name == member else zipfile.ZIP_STORED)
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused):
            sent(tmp_path, "a.odt", out.getvalue())
        with pytest.raises(archives.Unsafe):
            archives.check(_laid(tmp_path, out.getvalue()))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("long", [False, True])
def test_a_list_of_members_that_is_a_bomb_by_itself_is_not_read(tmp_path, long) -> None:
    """24 megabytes list half a million members without name or byte, also by the record of a long archive."""
    count = 520_000
    entries = (b"PK\x01\x02\x14\0\x14\0" + b"\0" * 38) * count
    tail = b"PK\x05\x06\0\0\0\0" + struct.pack("<HHIIH", 0xFFFF, 0xFFFF, len(entries), 0, 0)
    if long:
        record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(entries), 0)
        tail = (
            record
            + struct.pack("<4sIQI", b"PK\x06\x07", 0, len(entries), 1)
            + tail.replace(struct.pack("<I", len(entries)), b"\xff\xff\xff\xff")
        )
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused):
            sent(tmp_path, "a.docx", entries + tail)
        with pytest.raises(archives.Unsafe):
            archives.check(_laid(tmp_path, entries + tail))
        assert tracemalloc.get_traced_memory()[1] < 60_000_000  # twice the size of the file itself
    finally:
        tracemalloc.stop()


def test_a_long_archive_is_read_as_any(tmp_path) -> None:
    whole = odt()
    end = whole.rindex(b"PK\x05\x06")
    size, start = struct.unpack("<II", whole[end + 12 : end + 20])
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    assert sent(tmp_path, "a.odt", whole[:end] + record + locator + whole[end:]).quarantine == ""


def _laid(folder: Path, content: bytes) -> Path:
    path = folder / "laid"
    path.write_bytes(content)
    return path


def test_members_that_share_their_bytes_are_refused(tmp_path) -> None:
    """The list names the same compressed bytes many times; each member alone is small."""
    whole = odt(b"x" * 500_000)
    end = whole.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", whole[end + 16 : end + 20])[0]
    entry = whole[whole.rindex(b"PK\x01\x02") : end]
    copies = b"".join(entry.replace(b"content.xml", f"content{n:04}"[:11].encode()) for n in range(1000, 1400))
    tail = whole[end : end + 8] + struct.pack("<HH", 402, 402) + struct.pack("<I", end - start + len(copies))
    with pytest.raises(FileRefused):
        sent(tmp_path, "a.odt", whole[:end] + copies + tail + whole[end + 16 :])


def test_a_member_that_lies_about_its_size_is_refused(tmp_path) -> None:
    whole = bytearray(odt(b"x" * 500_000))
    at = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 1)
    struct.pack_into("<I", whole, at + 24, 10)
    with pytest.raises(FileRefused):
        sent(tmp_path, "a.odt", bytes(whole))


def test_locked_macros_and_programs_are_refused_with_what_to_do(tmp_path) -> None:
    locked = bytearray(odt())
    for at in (locked.index(b"PK\x03\x04", 60) + 6, locked.rindex(b"PK\x01\x02") + 8):
        locked[at] |= 1
    with pytest.raises(FileRefused, match="mot de passe"):
        sent(tmp_path, "a.odt", bytes(locked))
    for member in ("Basic_Standard_Module1_dot_xml", "Scripts_a_dot_py", "a_dot_exe", "ObjectReplacements_b_dot_js"):
        with pytest.raises(FileRefused, match="macros ou des programmes"):
            sent(tmp_path, "a.odt", odt(**{member: b"x"}))
    assert sent(tmp_path, "a.odt", odt(Pictures_un=b"<svg/>")).quarantine == ""


def test_the_antivirus_test_is_found_inside_an_office_document(tmp_path) -> None:
    file = sent(tmp_path, "a.odt", odt(b"x" * 300_000 + eicar.SIGNATURE))
    assert (file.quarantine, file.path) == ("virus", f"quarantine/{file.uuid}")


def test_too_many_members_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(archives, "MEMBERS_MAX", 3)
    with pytest.raises(FileRefused, match="démesuré"):
        sent(tmp_path, "a.odt", odt(a=b"1", b=b"2"))


def test_an_archive_may_unpack_to_its_bound_and_to_no_byte_more(tmp_path, monkeypatch) -> None:
    content = odt(b"x" * 999_000)
    whole = sum(one.file_size for one in zipfile.ZipFile(io.BytesIO(content)).infolist())
    path = tmp_path / "a.odt"
    path.write_bytes(content)
    for bound, value in (("UNPACKED_MAX", whole), ("RATIO_FROM", whole)):
        with monkeypatch.context() as changed:
            changed.setattr(archives, "RATIO_MAX", 1)
            changed.setattr(archives, bound, value)
            assert archives.check(path) is False
            changed.setattr(archives, bound, value - 1)
            with pytest.raises(archives.Unsafe, match="démesuré"):
                archives.check(path)
