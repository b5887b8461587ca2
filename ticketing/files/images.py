"""Read the size of an image as its file declares it, without unpacking a single pixel.

A few kilobytes may declare billions of pixels, which exhaust the memory of any program that opens them: such an image
is refused.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import BinaryIO

#: A telephone takes 12 to 200 million pixels; a plan scanned at A0 has about as many.
PIXELS_MAX = 220_000_000
SIDE_MAX = 40_000

_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def too_large(sizes: list[tuple[int, int]]) -> bool:
    """Whether one of these sizes is more than what any screen, printer or telephone makes."""
    return any(width * height > PIXELS_MAX or max(width, height) > SIDE_MAX for width, height in sizes)


def sizes(stream: BinaryIO, extension: str) -> list[tuple[int, int]]:
    """Return every (width, height) that an image file declares; an empty list means that nothing can show the file.

    A HEIC file also declares the size of each of its tiles.
    """
    try:
        return [size for size in _READERS[extension](stream) if min(size) > 0]
    except (struct.error, IndexError, ValueError):
        return []


#: Where a marker stands in the coded data of a JPEG: all but what data hold themselves (a zero, a restart, a filler).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def jpeg_scans(content: bytes, most: int) -> int:
    """Return how many passes over the whole image a JPEG holds, counted up to `most` and one.

    Each costs a reader as much as a whole image, in a few bytes; and from two on all pixels are kept in memory.
    """
    count, at = 0, 2
    while count <= most and (found := _MARKER.search(content, at)) is not None:
        kind = content[found.start() + 1]
        if kind == 0xD9:
            break
        count += kind == 0xDA
        length = 0 if kind in _JPEG_ALONE else int.from_bytes(content[found.end() : found.end() + 2], "big")
        at = found.end() + length
    return count


def _png(stream: BinaryIO) -> list[tuple[int, int]]:
    head = stream.read(24)
    return [struct.unpack(">II", head[16:24])] if head[12:16] == b"IHDR" else []


def _gif(stream: BinaryIO) -> list[tuple[int, int]]:
    return [struct.unpack("<HH", stream.read(10)[6:10])]


def _webp(stream: BinaryIO) -> list[tuple[int, int]]:
    head = stream.read(30)
    kind = head[12:16]
    if kind == b"VP8X":
        return [(int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1)]
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return [((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)]
    width, height = struct.unpack("<HH", head[26:30])
    return [(width & 0x3FFF, height & 0x3FFF)]


def _jpeg(stream: BinaryIO) -> list[tuple[int, int]]:
    """Return the frame of the image, found from marker to marker, because segments may contain other images."""
    if stream.read(2) != b"\xff\xd8":
        return []
    while stream.read(1) == b"\xff":
        while (kind := stream.read(1)) == b"\xff":
            pass
        if not kind or kind[0] in (0xD9, 0xDA):
            return []
        if kind[0] in _JPEG_ALONE:
            continue
        (length,) = struct.unpack(">H", stream.read(2))
        if kind[0] in _JPEG_SIZES:
            height, width = struct.unpack(">HH", stream.read(5)[1:5])
            return [(width, height)]
        stream.seek(length - 2, 1)
    return []


def _heic(stream: BinaryIO) -> list[tuple[int, int]]:
    """Return the sizes in the « ispe » boxes, which lie at the beginning of the file."""
    head = stream.read(1_000_000)
    return [struct.unpack(">II", head[at.end() + 4 : at.end() + 12]) for at in re.finditer(b"ispe", head)]


_READERS: dict[str, Callable[[BinaryIO], list[tuple[int, int]]]] = {
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "jfif": _jpeg,
    "heic": _heic,
}
