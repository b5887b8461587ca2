"""What Outlook hides in winmail.dat: the words and the files of a message (tnefparse). Pure.

tnefparse believes the counts and lengths that it reads, and copies the rest of the file at each object; so it is given
only a file of few objects, all of whose counts have been checked here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from tnefparse import TNEF, properties

from ticketing.mail.incoming.mime import headers, rtf

#: tnefparse writes what it could not read, words of people too, to the log.
logging.getLogger("tnefparse").disabled = True

_SIGNATURE = TNEF.TNEF_SIGNATURE.to_bytes(4, "little")
#: The objects that are read; recipients, dates and the rest are in the headers of the mail.
_READ = frozenset(
    (
        TNEF.ATTATTACHRENDDATA,
        TNEF.ATTATTACHTITLE,
        TNEF.ATTATTACHDATA,
        TNEF.ATTATTACHMENT,
        TNEF.ATTBODY,
        TNEF.ATTMAPIPROPS,
        TNEF.ATTOEMCODEPAGE,
    )
)
_PROPERTIES = frozenset((TNEF.ATTATTACHMENT, TNEF.ATTMAPIPROPS))
OBJECTS_MAX, VALUES_MAX = 400, 2000
_SIZES = {0x2: 2, 0xB: 2, 0x3: 4, 0x4: 4, 0xA: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_COUNTED = frozenset((0x0, 0xD, 0x1E, 0x1F, 0x102))


@dataclass(frozen=True, slots=True)
class HiddenFile:
    """A file of winmail.dat: its name, its type if it says one, its Content-ID, its bytes."""

    name: str
    content_type: str
    content_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Hidden:
    """What winmail.dat holds: a text or a page of HTML, either of which may be empty, and files."""

    text: str
    page: str
    files: tuple[HiddenFile, ...]


def read(data: bytes) -> Hidden | None:
    """Return what a winmail.dat holds, or None if it is none or cannot be read."""
    checked = _checked(data)
    if checked is None:
        return None
    try:
        found = TNEF(checked, do_checksum=False)
        files = tuple(file for one in found.attachments if (file := _file(one)) is not None)
        text, page = _words(found)
    except Exception:  # what a library does with broken bytes is not known beforehand
        return None
    return Hidden(text, page, files)


def _words(found: TNEF) -> tuple[str, str]:
    page, text = _said(found.htmlbody), _said(found.body)
    if not page and found._rtfbody:
        packed = found._rtfbody[0] if isinstance(found._rtfbody, list) else found._rtfbody
        words, is_html = rtf.text(rtf.unpacked(packed))
        page, text = (words, text) if is_html else ("", text or words)
    return text, page


def _said(value: object) -> str:
    one = value[0] if isinstance(value, list) and value else value
    if isinstance(one, bytes):
        one = headers.as_text(one)
    return one.strip("\0") if isinstance(one, str) else ""


def _file(one: object) -> HiddenFile | None:
    said = {attribute.name: _said(attribute.data) for attribute in one.mapi_attrs if _is_text(attribute)}  # type: ignore[attr-defined]
    name = said.get(properties.MAPI_ATTACH_LONG_FILENAME, "")
    if not name:
        name = _said(one._name)  # type: ignore[attr-defined]
    content = one.data  # type: ignore[attr-defined]
    content = content[0] if isinstance(content, list) and content else content
    if not isinstance(content, bytes) or not content:
        return None
    kind, place = said.get(properties.MAPI_ATTACH_MIME_TAG, ""), said.get(properties.MAPI_ATTACH_CONTENT_ID, "")
    return HiddenFile(name, kind.lower(), place.strip("<>"), content)


def _is_text(attribute: object) -> bool:
    return attribute.attr_type in (0x1E, 0x1F)  # type: ignore[attr-defined]


def _checked(data: bytes) -> bytes | None:
    """Return a winmail.dat with only the objects that are read and whose counts are true, or None if it is none."""
    if data[:4] != _SIGNATURE:
        return None
    kept, at, count = [data[:6]], 6, 0
    while at + 12 <= len(data) and count < OBJECTS_MAX:
        name = int.from_bytes(data[at + 1 : at + 3], "little")
        length = int.from_bytes(data[at + 5 : at + 9], "little")
        end = at + 11 + length
        if end > len(data):
            break
        if name in _READ and (name not in _PROPERTIES or _is_sound(data[at + 9 : end - 2])):
            kept.append(data[at:end])
            count += 1
        at = end
    # tnefparse leaves out a last object that is too near the end.
    return b"".join((*kept, bytes(12)))


def _is_sound(block: bytes) -> bool:
    """Whether the properties of a block, read as tnefparse reads them, stay within it and are few."""
    walk = _Walk(block)
    try:
        for _ in range(walk.count(VALUES_MAX)):
            _property(walk)
    except ValueError:
        return False
    return True


class _Walk:
    """A place in a block of properties; any step out of it raises ValueError."""

    def __init__(self, block: bytes) -> None:
        self.block, self.at, self.values = block, 0, 0

    def number(self, size: int = 4) -> int:
        start = self.skip(size)
        return int.from_bytes(self.block[start : self.at], "little")

    def count(self, most: int) -> int:
        found = self.number()
        self.values += found
        if found > most or self.values > VALUES_MAX * 3:
            raise ValueError("too many")
        return found

    def skip(self, size: int) -> int:
        start, self.at = self.at, self.at + size
        if self.at > len(self.block) + 3:  # the last value may lack its padding
            raise ValueError("too long")
        return start


def _property(walk: _Walk) -> None:
    kind, name = walk.number(2), walk.number(2)
    if name >= 0x8000:
        walk.skip(16)
        if walk.number() == 0:
            walk.skip(4)
        else:
            length = walk.number()
            walk.skip(length + -length % 4)
    several = walk.count(VALUES_MAX) if kind & 0x1000 else None
    kind &= ~0x1000
    for _ in range(several or 1):
        if kind in _COUNTED:
            for _ in range(1 if several else walk.count(VALUES_MAX)):
                length = walk.number()
                walk.skip(length + -length % 4)
        elif kind in _SIZES:
            walk.skip(_SIZES[kind])
        else:
            raise ValueError("unknown type")
    if kind in (0x2, 0xB) and (several or 1) % 2:
        walk.skip(2)
