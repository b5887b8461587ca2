"""The size that an image declares, in each of the ways in which its kind may say it."""

from __future__ import annotations

import io
import struct

import pytest

from ticketing.files import images


def sizes(content: bytes, extension: str) -> list[tuple[int, int]]:
    return images.sizes(io.BytesIO(content), extension)


@pytest.mark.parametrize(
    ("width", "height", "large"),
    [
        (40_000, 5_500, False),
        (40_001, 1, True),
        (1, 40_001, True),
        (22_000, 10_000, False),
        (22_000, 10_001, True),
    ],
)
def test_an_image_is_too_large_past_its_pixels_or_its_longest_side(width: int, height: int, large: bool) -> None:
    assert images.too_large([(10, 10), (width, height)]) is large
    assert not images.too_large([])


def webp(kind: bytes, rest: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + rest


def test_each_form_of_webp_says_its_size() -> None:
    extended = b"\0" * 8 + (4031).to_bytes(3, "little") + (3023).to_bytes(3, "little")
    lossless = b"\0" * 4 + b"\x2f" + ((4031) | (3023 << 14) | (7 << 28)).to_bytes(4, "little") + b"\0" * 5
    lossy = b"\0" * 10 + struct.pack("<HH", 4032 | 0x4000, 3024 | 0x8000)
    assert sizes(webp(b"VP8X", extended), "webp") == [(4032, 3024)]
    assert sizes(webp(b"VP8L", lossless), "webp") == [(4032, 3024)]
    assert sizes(webp(b"VP8 ", lossy), "webp") == [(4032, 3024)]
    assert sizes(webp(b"VP8 ", b"\0" * 13), "webp") == []


FRAME = b"\x00\x0b\x08" + struct.pack(">HH", 3024, 4032) + b"\x01\x01\x11\x00"


@pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xCF])
def test_a_jpeg_is_as_large_as_its_first_frame(marker: int) -> None:
    assert sizes(b"\xff\xd8\xff" + bytes([marker]) + FRAME, "jpg") == [(4032, 3024)]


@pytest.mark.parametrize(
    ("before", "found"),
    [
        (b"\xff\xe0\x00\x04ab", True),
        (b"\xff\xff\xff\xe0\x00\x04ab", True),
        (b"\xff\xd0\xff\x01\xff\xd7", True),
        (b"\xff\xc4\x00\x04ab", True),
        (b"\xff\xd9", False),
        (b"\xff\xda", False),
        (b"\xff\xd9\x00\x02", False),
        (b"\xff\xda\x00\x02", False),
        (b"ab", False),
        (b"\xff", False),
    ],
)
def test_the_frame_of_a_jpeg_is_found_from_marker_to_marker(before: bytes, found: bool) -> None:
    content = b"\xff\xd8" + before + (b"\xff\xc0" + FRAME if before != b"\xff" else b"")
    assert sizes(content, "jpeg") == ([(4032, 3024)] if found else [])


def test_what_does_not_begin_as_a_jpeg_is_none() -> None:
    assert sizes(b"\xff\xd9\xff\xc0" + FRAME, "jfif") == []


def test_a_png_says_its_size_in_its_first_chunk_alone() -> None:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\r"
    assert sizes(head + b"IHDR" + struct.pack(">II", 3, 5), "png") == [(3, 5)]
    assert sizes(head + b"IDAT" + struct.pack(">II", 3, 5), "png") == []
    assert sizes(head + b"IHDR" + struct.pack(">II", 3, 0), "png") == []


def test_a_heic_says_the_size_of_each_of_its_tiles() -> None:
    def box(width: int, height: int) -> bytes:
        return b"ispe\0\0\0\0" + struct.pack(">II", width, height)

    assert sizes(b"\0" * 8 + box(512, 512) + b"x" + box(4032, 3024), "heic") == [(512, 512), (4032, 3024)]
    assert sizes(b"\0" * 1_000_000 + box(9, 9), "heic") == []
