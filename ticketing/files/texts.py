"""Tell text from what is not, and in which charset it is written. Pure.

Text has no signature: any two letters may begin it, « MZ », « PK » and « %! » too. It is known by what it has not: no
NUL, which programs and archives have among their first bytes, and no markup that a browser would run.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

CHUNK = 64 * 1024
_MARKUP = re.compile(r"^\s*\ufeff?\s*<(?:!doctype|\?xml|html|svg|script|head|body|iframe)", re.IGNORECASE)
_NOT_TEXT = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\x7fELF")


def charset(stream: BinaryIO) -> str | None:
    """Return the charset of a text, read to its end; None for what is no text, or begins as a page or a picture.

    UTF-16 declares itself by its first two bytes, as Windows writes it. What is no UTF-8 is read as windows-1252.
    """
    head = stream.read(CHUNK)
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if head.startswith(_NOT_TEXT) or _MARKUP.match(head.decode("utf-16" if wide else "utf-8", "ignore")):
        return None
    possible = ("utf-16",) if wide else ("utf-8", "windows-1252")
    return next((one for one in possible if _reads(stream, head, one)), None)


def _reads(stream: BinaryIO, head: bytes, name: str) -> bool:
    """Whether the whole text is in this charset, without a NUL."""
    decoder = codecs.getincrementaldecoder(name)("strict" if name != "windows-1252" else "replace")
    stream.seek(len(head))
    try:
        text = decoder.decode(head)
        while "\0" not in text:
            piece = stream.read(CHUNK)
            text = decoder.decode(piece, final=not piece)
            if not piece:
                return "\0" not in text
    except UnicodeDecodeError:
        pass
    return False
