"""Thumbnails of images: made once, small, from the pixels alone, and kept beside the image that they show.

Nothing of the file but its pixels goes into a thumbnail: no place, no date, no name of a device, no colour profile. An
image that declares more pixels than `PIXELS_MAX`, or that no reader opens, has none, and is not tried again. What asks
for one checks first that its reader may read the file: this module knows no perimeter.
"""

from __future__ import annotations

import os
import threading
import uuid
from pathlib import Path

from charters import private_files
from ticketing.files import images

#: Content type of a file -> the reader of the library that opens it, and no other.
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
CONTENT_TYPE = "image/webp"
SUFFIX = ".vignette"
#: Pixels of the longer side; a screen of twice the density still has enough for what the page shows.
SIDE = 320
#: The most pixels that are unpacked, about 100 MB; a JPEG of one pass is read at an eighth of its size, so that photos
#: all pass.
PIXELS_MAX, JPEG_PIXELS_MAX = 24_000_000, images.PIXELS_MAX
#: The most passes of a JPEG that comes sharper and sharper: programs write about ten, 25 MB may hold a million.
SCANS_MAX = 30
_QUALITY = 75
#: One image at a time is unpacked in a process, however many a page shows; who waits longer goes without.
_ONE = threading.BoundedSemaphore(1)
_PATIENCE = 10.0


def shows(content_type: str) -> bool:
    """Whether files of a content type may have a thumbnail."""
    return content_type in FORMATS


def thumbnail(image: Path, content_type: str) -> Path | None:
    """Return the file of an image's thumbnail, made now if it is not there; None where there can be none."""
    made = image.with_name(image.name + SUFFIX)
    if not made.exists():
        if not shows(content_type) or not _ONE.acquire(timeout=_PATIENCE):
            return None
        try:
            if not made.exists():
                _write(made, _small(image, content_type))
        finally:
            _ONE.release()
    return made if made.stat().st_size else None


def _small(image: Path, content_type: str) -> bytes:
    """Return the bytes of the thumbnail; none for an image that cannot be shown."""
    import io
    import warnings

    from PIL import Image, ImageOps  # late: few pages need it, and every process would carry it

    try:
        with warnings.catch_warnings(), Image.open(image, formats=(FORMATS[content_type],)) as opened:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the bound below is lower
            if content_type == "image/jpeg" and not _may_be_read(image, opened.width * opened.height):
                return b""
            if content_type == "image/jpeg":
                opened.draft("RGB", (SIDE, SIDE))
            if opened.width * opened.height > PIXELS_MAX:
                return b""
            whole = ImageOps.exif_transpose(opened.convert("RGBA" if _is_clear(opened) else "RGB"))
            whole.thumbnail((SIDE, SIDE))
            bare = Image.new(whole.mode, whole.size)  # the pixels alone: nothing of `info` comes along
            bare.paste(whole)
            kept = io.BytesIO()
            bare.save(kept, "WEBP", quality=_QUALITY, exif=b"", icc_profile=b"", xmp=b"")
            return kept.getvalue()
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError):
        return b""


def _may_be_read(jpeg: Path, pixels: int) -> bool:
    """Whether a JPEG costs little enough: of one pass it is reduced as it is read, of several it is kept whole."""
    scans = images.jpeg_scans(jpeg.read_bytes(), SCANS_MAX)
    return scans <= SCANS_MAX and pixels <= (JPEG_PIXELS_MAX if scans < 2 else PIXELS_MAX)


def _is_clear(opened: object) -> bool:
    """Whether an image has transparent parts."""
    return getattr(opened, "mode", "") in ("RGBA", "LA", "PA") or "transparency" in getattr(opened, "info", {})


def _write(made: Path, content: bytes) -> None:
    aside = made.with_name(f"{made.name}.{uuid.uuid4().hex}")
    try:
        with open(aside, "xb", opener=private_files.opener) as target:
            target.write(content)
        os.replace(aside, made)
    finally:
        aside.unlink(missing_ok=True)
