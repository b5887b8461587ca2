"""Check that an office document, which is a ZIP archive, can be unpacked, and how large it becomes.

It is unpacked in pieces to the last byte and nothing is written to disk. Its list of members is not believed: a list
may lie, and members may share their bytes (forty kilobytes of such an archive become gigabytes).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from matrix.files.archives import Archive, Broken, end_of
from ticketing.files import eicar

MEMBERS_MAX = 5_000
DIRECTORY_MAX = 2_000_000  # bytes of the list of members: reading half a million of them takes a quarter of a gigabyte
UNPACKED_MAX = 300_000_000
RATIO_MAX = 400  # empty cells are compressed a hundred times; a zip bomb a thousand times
RATIO_FROM = 20_000_000
CHUNK = 256 * 1024

_MACROS = re.compile(r"(?:^|/)(?:vbaproject\.bin|vbadata\.xml)$|^(?:basic|scripts)/", re.IGNORECASE)
_PROGRAMS = re.compile(r"\.(?:exe|dll|scr|bat|cmd|ps1|js|vbs|hta|lnk|jar|msi)$", re.IGNORECASE)

BROKEN = "il est abîmé, ou protégé par un mot de passe. Ouvrez-le, enregistrez-le de nouveau sans protection"
BOMB = "il se déplie en un contenu démesuré. Copiez ce qui compte dans un document neuf"
MACROS = "il contient des macros ou des programmes. Enregistrez-le sans eux, ou en PDF"


class Unsafe(ValueError):
    """Raised when the archive is refused; `sentence` follows « name » in French, without a full stop."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def listable(file: BinaryIO) -> bool:
    """Whether the file ends with a list of members, as an archive does, and this list is not a zip bomb by itself."""
    end = end_of(file)
    return end is not None and end.directory <= DIRECTORY_MAX


def check(path: Path) -> bool:
    """Unpack every member without storing it; return whether one holds the antivirus test signature. Raises Unsafe."""
    size, total, signed = path.stat().st_size, 0, False
    with open(path, "rb") as file:
        if not listable(file):
            raise Unsafe(BOMB)
        try:
            archive = Archive(file)
            _check_list(archive, size)
            for member in archive.members:
                watcher = eicar.Watcher()
                for piece in archive.pieces(member, CHUNK):
                    total += len(piece)
                    if total > UNPACKED_MAX or (total > RATIO_FROM and total > RATIO_MAX * size):
                        raise Unsafe(BOMB)
                    watcher.look(piece)
                signed = signed or watcher.found
        except Broken as error:
            raise Unsafe(BROKEN) from error
    return signed


def is_document(path: Path, member: str, kind: str = "") -> bool:
    """Whether the file is an archive with this member, and of this `mimetype` if given. Nothing is unpacked whole."""
    with open(path, "rb") as file:
        if not listable(file):
            return False
        try:
            archive = Archive(file)
            members = {one.filename: one for one in archive.members}
            if member not in members or not archive.plainly_packed:
                return False
            if not kind:
                return True
            said = next(archive.pieces(members["mimetype"], 100), b"") if "mimetype" in members else b""
            return said.decode("ascii", "replace").strip() == kind
        except Broken:
            return False


def _check_list(archive: Archive, size: int) -> None:
    """Raise Unsafe for what the list alone shows: too many members, shared bytes, encrypted members, programs."""
    members = archive.members
    if len(members) > MEMBERS_MAX or sum(member.compress_size for member in members) > size:
        raise Unsafe(BOMB)
    if archive.locked or not archive.plainly_packed:
        raise Unsafe(BROKEN)
    if any(_MACROS.search(member.filename) or _PROGRAMS.search(member.filename) for member in members):
        raise Unsafe(MACROS)
