"""Test thumbnails: small, of the pixels alone, never of what is too large or broken."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from ticketing.files import receiving, thumbnails

SECRET = b"43.2328N 0.0781E"


def saved(folder: Path, kind: str, size: tuple[int, int] = (1600, 900), mode: str = "RGB", **more: Any) -> Path:
    path = folder / "ab" / "0123"
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, size, 120 if mode in ("L", "P") else (200, 30, 30, 90)[: len(mode)]).save(path, kind, **more)
    return path


def opened(made: Path | None) -> Image.Image:
    assert made is not None
    return Image.open(io.BytesIO(made.read_bytes()))


@pytest.mark.parametrize(
    ("content_type", "kind", "mode"),
    [
        ("image/png", "PNG", "RGB"),
        ("image/png", "PNG", "RGBA"),
        ("image/png", "PNG", "P"),
        ("image/png", "PNG", "L"),
        ("image/jpeg", "JPEG", "RGB"),
        ("image/jpeg", "JPEG", "CMYK"),
        ("image/gif", "GIF", "P"),
        ("image/webp", "WEBP", "RGB"),
    ],
)
def test_an_image_of_each_kind_has_a_small_one(tmp_path: Path, content_type: str, kind: str, mode: str) -> None:
    path = saved(tmp_path, kind, mode=mode)
    made = thumbnails.thumbnail(path, content_type)
    shown = opened(made)
    assert (shown.format, shown.size) == ("WEBP", (320, 180))
    assert made is not None and made.stat().st_mode & 0o077 == 0
    before = made.stat().st_mtime_ns
    assert thumbnails.thumbnail(path, content_type) == made and made.stat().st_mtime_ns == before, "made once"


def test_nothing_but_pixels_goes_into_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0112] = 6  # turned by a quarter: the pixels are turned, since the mark goes
    photo = saved(tmp_path, "JPEG", (800, 400), exif=exif, icc_profile=SECRET * 9, comment=SECRET)
    assert SECRET in photo.read_bytes()
    made = thumbnails.thumbnail(photo, "image/jpeg")
    shown = opened(made)
    assert shown.size == (160, 320)
    assert made is not None and SECRET not in made.read_bytes()
    assert not shown.getexif() and "icc_profile" not in shown.info
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET.decode())
    drawn = tmp_path / "dessin"
    Image.new("RGB", (50, 50)).save(drawn, "PNG", pnginfo=texts)
    small = thumbnails.thumbnail(drawn, "image/png")
    assert small is not None and SECRET not in small.read_bytes() and opened(small).size == (50, 50)


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes that declares so many pixels, all of them there."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    line = b"\0" * (width // 8 + 1 + 1)
    rows = b"".join(packer.compress(line * 1000) for _ in range(height // 1000)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_bomb_is_not_unpacked_and_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bombe"
    path.write_bytes(bomb(14_000, 14_000))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(Image.Image, "convert", lambda *_, **__: pytest.fail("its pixels were unpacked"))
    assert thumbnails.thumbnail(path, "image/png") is None
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened again"))
    assert thumbnails.thumbnail(path, "image/png") is None


def progressive(folder: Path, size: tuple[int, int], declared: int = 0, more_scans: int = 0) -> Path:
    """Save a JPEG of several passes, which may declare another side than it has, or hold its last pass more often."""
    path = saved(folder, "JPEG", size, progressive=True, subsampling=0, comment=SEGMENT)
    content = path.read_bytes()
    frame, last = content.index(b"\xff\xc2") + 5, content.rindex(b"\xff\xda")
    if declared:
        content = content[:frame] + struct.pack(">HH", declared, declared) + content[frame + 4 :]
    path.write_bytes(content[:-2] + content[last:-2] * more_scans + content[-2:])
    return path


#: A segment that holds another image, as telephones write them: its passes are not those of the photo.
SEGMENT = b"\xff\xda\0\x02\xff\xd9" * 50


def test_security_a_jpeg_of_many_passes_does_not_fill_memory_or_take_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 kB took 1.1 GB, 140 kB took six seconds: a progressive JPEG is kept whole, and read anew at each pass."""
    assert thumbnails.thumbnail(progressive(tmp_path, (1600, 900)), "image/jpeg") is not None
    (tmp_path / "ab" / "0123.vignette").unlink()
    assert thumbnails.thumbnail(saved(tmp_path, "JPEG", (8000, 4000), comment=SEGMENT), "image/jpeg") is not None
    monkeypatch.setattr(Image.Image, "convert", lambda *_, **__: pytest.fail("its pixels were unpacked"))
    for path in (lambda: progressive(tmp_path, (64, 64), 14_000), lambda: progressive(tmp_path, (64, 64), 0, 40)):
        (tmp_path / "ab" / "0123.vignette").unlink()
        assert thumbnails.thumbnail(path(), "image/jpeg") is None


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0" + b"\0" * 50, b"<svg/>"])
@pytest.mark.parametrize("content_type", list(thumbnails.FORMATS))
def test_what_is_no_image_has_none(tmp_path: Path, content: bytes, content_type: str) -> None:
    path = tmp_path / "image"
    path.write_bytes(content)
    assert thumbnails.thumbnail(path, content_type) is None


def test_an_image_is_read_by_the_reader_of_its_own_type_alone(tmp_path: Path) -> None:
    path = saved(tmp_path, "TIFF")
    assert thumbnails.thumbnail(path, "image/png") is None
    assert thumbnails.thumbnail(path, "application/pdf") is None and not thumbnails.shows("image/heic")


def test_a_thumbnail_goes_with_its_file(tmp_path: Path) -> None:
    path = saved(tmp_path, "PNG")
    made = thumbnails.thumbnail(path, "image/png")
    later = path.stat().st_mtime + 200_000
    assert made is not None and receiving.sweep(tmp_path, {"ab/0123"}, later) == 0 and made.exists()
    assert receiving.sweep(tmp_path, set(), later) == 2 and not made.exists()
