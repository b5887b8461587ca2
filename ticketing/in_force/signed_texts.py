"""The signed texts that an operator laid in a folder, read once and set beside the agreements that are made from them.

Nothing is copied: a file that is added, changed or removed is seen within FRESH_FOR seconds.
"""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path
from threading import Lock

from matrix import Citation, Conventions
from matrix.signed_text import reading
from matrix.signed_text.objects import Objects
from matrix.signed_text.reading import UnreadableText
from matrix.signed_text.text import Beside, SignedText
from ticketing.documents.pdf_text import pdf_text
from ticketing.in_force import routing
from ticketing.settings import desk_settings

__all__ = ["UnreadableText", "beside", "laid", "position", "stamp"]

#: How long a process may use what it has seen in the folder before it looks again, in seconds.
FRESH_FOR = 2.0
#: A file of the folder: its name, when it changed, its size.
Seen = tuple[str, int, int]

#: Every page with a citation asks for its text: a PDF that takes long is taken apart once, not by each thread at once.
_one_at_a_time = Lock()
_seen: dict[Path, tuple[float, tuple[Seen, ...]]] = {}


def stamp() -> tuple[Seen, ...]:
    """Return the files of the folder with times and sizes: it changes whenever a text does; empty without folder."""
    folder = desk_settings().texts
    if folder is None:
        return ()
    known, clock = _seen.get(folder), time.monotonic()
    if known is None or clock - known[0] >= FRESH_FOR:
        known = _seen[folder] = (clock, _listed(folder))
    return known[1]


def laid(conventions: Conventions, convention_id: str) -> bool:
    """Return whether the text of an agreement is in the folder, readable or not."""
    return _file(conventions, convention_id) is not None


def beside(conventions: Conventions, convention_id: str) -> Beside | None:
    """Return an agreement's text beside it, None where no text is laid. Raises `UnreadableText` with its reason."""
    found = _file(conventions, convention_id)
    if found is None:
        return None
    folder, file = found
    with _one_at_a_time:
        read = _read(folder / file[0], file)
    if isinstance(read, str):
        raise UnreadableText(read)
    return _beside(read, conventions, convention_id)


def position(citation: Citation) -> int | None:
    """Return the position of the sentence where a citation begins in its text; None where there is none to show."""
    if not stamp():
        return None
    conventions = routing.shipped()
    if citation.document not in conventions:
        return None
    try:
        found = beside(conventions, citation.document)
    except UnreadableText:
        return None
    return None if found is None else found.position(citation)


def _listed(folder: Path) -> tuple[Seen, ...]:
    try:
        with os.scandir(folder) as entries:
            return tuple(
                sorted(
                    (entry.name, status.st_mtime_ns, status.st_size)
                    for entry in entries
                    if entry.name.lower().endswith((".txt", ".pdf")) and entry.is_file()
                    for status in (entry.stat(),)
                )
            )
    except OSError:
        return ()  # the folder is gone: pages show no text, and the agreements work without


def _file(conventions: Conventions, convention_id: str) -> tuple[Path, Seen] | None:
    files = {file[0]: file for file in stamp()}
    folder = desk_settings().texts
    if not files or folder is None:
        return None
    for name in reading.names(conventions[convention_id]):
        if name in files:
            return folder, files[name]
    return None


@lru_cache(maxsize=16)
def _read(path: Path, _seen_as: Seen) -> SignedText | str:
    """Return the text of a file, or why it cannot be read: a faulty PDF is taken apart once, not at each page."""
    try:
        return SignedText(reading.read(path, pdf_text))
    except UnreadableText as error:
        return str(error)


@lru_cache(maxsize=32)
def _beside(read: SignedText, conventions: Conventions, convention_id: str) -> Beside:
    return Beside(read, conventions[convention_id], Objects(conventions.vocabulary))
