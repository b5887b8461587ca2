"""Recognise the kind of a file from its first bytes, for every accepted kind that has a signature. Pure.

Text has no signature, and an office document is recognised by the members of its archive (`ticketing.files.receiving`).
"""

from __future__ import annotations

import re

#: The brands of an HEVC picture or sequence of pictures, which is what « HEIC » names (ISO/IEC 23008-12, annex B).
_HEVC = rb"(?:hei[cxms]|hev[cxms])"
#: What an Android phone or a scanner may write first: any HEIF picture or sequence; its real brand comes later.
_HEIF = rb"(?:mif1|msf1)"

#: Extension -> pattern of the first bytes of such a file.
SIGNATURES: dict[str, re.Pattern[bytes]] = {
    "pdf": re.compile(rb"(?:\r\n)?%PDF"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8"),
    "jpeg": re.compile(rb"\xff\xd8"),
    "jfif": re.compile(rb"\xff\xd8"),
    "gif": re.compile(rb"GIF8[79]a"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "heic": re.compile(rb".{4}ftyp" + _HEVC, re.DOTALL),
}
_HEIF_START = re.compile(rb"(.{4})ftyp" + _HEIF, re.DOTALL)


def begins_as(extension: str, head: bytes) -> bool:
    """Whether `head`, the first bytes of a file, are those of a file with this extension (a key of `SIGNATURES`)."""
    return bool(SIGNATURES[extension].match(head)) or (extension == "heic" and _hevc_inside(head))


def _hevc_inside(head: bytes) -> bool:
    """Whether a file that declares itself as any HEIF lists an HEVC brand among its compatible brands.

    The list ends with its box, which must end within `head`: beyond it, anything may look like a brand.
    """
    start = _HEIF_START.match(head)
    if not start:
        return False
    size = int.from_bytes(start[1], "big")
    brands = head[16:size] if size <= len(head) else b""
    return any(re.fullmatch(_HEVC, brands[at : at + 4]) for at in range(0, len(brands), 4))
