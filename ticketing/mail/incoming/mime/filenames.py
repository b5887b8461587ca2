"""Names of attached files, made fit to be shown and kept. Pure."""

from __future__ import annotations

import re
import unicodedata

NAME_MAX = 150
#: Names of files that came without one, by their type.
_EXTENSIONS = {
    "application/ms-tnef": "dat",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/zip": "zip",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
}
#: Kinds of characters that no name shows: controls, formats (bidirectional, zero-width), halves, private, unassigned.
_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def clean(name: str) -> str:
    """Return the last part of a path, on one line, without unseen characters, cut before its extension if too long."""
    last = re.split(r"[/\\]", name[:4000].rstrip("/\\ \t\r\n"))[-1]
    shown = "".join(" " if c in "\t\r\n" else c for c in unicodedata.normalize("NFC", last))
    shown = "".join(c for c in shown if unicodedata.category(c) not in _UNSHOWN)
    shown = re.sub(r'[<>:"|?*]', "_", " ".join(shown.split())).strip(". ")
    if len(shown) <= NAME_MAX:
        return shown
    stem, dot, extension = shown.rpartition(".")
    if not dot or len(extension) > 10:
        return shown[:NAME_MAX].rstrip()
    return f"{stem[: NAME_MAX - len(extension) - 1].rstrip()}.{extension}"


def made_up(content_type: str, number: int) -> str:
    """Return the name of a file that came without one."""
    extension = _EXTENSIONS.get(content_type, "bin")
    word = "image" if content_type.startswith("image/") else "piece-jointe"
    return f"{word}-{number}.{extension}"


def told_apart(name: str, taken: set[str]) -> str:
    """Return a name that no other file of the message has, whatever their capitals, and take it."""
    stem, dot, extension = name.rpartition(".")
    stem, ending = (stem, f".{extension}") if dot and stem else (name, "")
    found, number = name, 1
    while found.lower() in taken:
        number += 1
        found = f"{stem[: NAME_MAX - 12]} ({number}){ending}"
    taken.add(found.lower())
    return found
