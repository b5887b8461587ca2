"""The beginning of the words of an uploaded file, before it is judged: plain text, or an office document. Pure.

It is read with care and believed in nothing: a member is unpacked in pieces up to a bound, tags are cut away, and what
cannot be read gives no words. The file itself is accepted or refused later, by `receiving`.
"""

from __future__ import annotations

import html
import re
from typing import BinaryIO

from matrix.files.archives import Archive, Broken
from ticketing.files.archives import listable

#: End of a file's name -> the member that holds its words; empty for plain text.
_KINDS = {
    **dict.fromkeys((".txt", ".csv", ".log"), ""),
    **dict.fromkeys((".odt", ".ods", ".odp"), "content.xml"),
    ".docx": "word/document.xml",
    ".xlsx": "xl/sharedStrings.xml",
}
_CELL = re.compile(r"</(?:table:table-cell|w:tc)>|<table:table-cell[^>]*/>")
_LINE = re.compile(r"</(?:text:p|text:h|table:table-row|w:p|w:tr|si)>")
_PARAGRAPH_IN_CELL = re.compile(r"</(?:text:p|w:p)>(?=\s*</(?:table:table-cell|w:tc)>)")
_TAG = re.compile(r"<[^>]*>")
#: How many letters of markup stand beside one of text, at most, in what is read.
_MARKUP = 8


def beginning(name: str, stream: BinaryIO, most: int) -> str:
    """Return at most so many letters of what a file says, by its name; empty where it is not one that is read."""
    member = next((member for end, member in _KINDS.items() if name.lower().endswith(end)), None)
    if member is None:
        return ""
    stream.seek(0)
    if not member:
        return stream.read(most).decode("utf-8", "replace")
    return _words(_member(stream, member, most * _MARKUP))[:most]


def _member(stream: BinaryIO, name: str, most: int) -> str:
    """Return the beginning of a member of an archive; empty where it cannot be read."""
    read = bytearray()
    try:
        if not listable(stream):
            return ""
        archive = Archive(stream)
        found = next((one for one in archive.members if one.filename == name), None)
        if found is None or archive.locked or not archive.plainly_packed:
            return ""
        for piece in archive.pieces(found):
            read += piece
            if len(read) >= most:
                break
    except Broken:
        pass
    return bytes(read[:most]).decode("utf-8", "replace")


def _words(markup: str) -> str:
    """Return the text of a document's XML: a line for each paragraph or row, « ; » between the cells of a row."""
    lined = _LINE.sub("\n", _CELL.sub(";", _PARAGRAPH_IN_CELL.sub("", markup)))
    return html.unescape(_TAG.sub("", lined))
