"""An office document is an archive: unpacked here in pieces, to the last byte, to know that it can be, and how large.

What its list says is not believed: a list may lie, and members may share their bytes (forty kilobytes of such an
archive become gigabytes). Nothing is written to disk.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from ticketing.files import eicar

MEMBERS_MAX = 5_000
DIRECTORY_MAX = 2_000_000  # bytes of the list of members: reading half a million of them takes a quarter of a gigabyte
UNPACKED_MAX = 300_000_000
RATIO_MAX = 400  # empty cells pack at a hundred to one; a bomb at a thousand
RATIO_FROM = 20_000_000
CHUNK = 256 * 1024
_END_MAX = 65_535 + 22 + 76  # a comment, the end of the list, what comes before it in a long archive
#: The only ways of packing that office documents use. Others unpack whole, whatever little is asked of them: a
#: kilobyte of bzip2 fills three gigabytes of memory before its first byte can be counted.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

_MACROS = re.compile(r"(?:^|/)(?:vbaproject\.bin|vbadata\.xml)$|^(?:basic|scripts)/", re.IGNORECASE)
_PROGRAMS = re.compile(r"\.(?:exe|dll|scr|bat|cmd|ps1|js|vbs|hta|lnk|jar|msi)$", re.IGNORECASE)

BROKEN = "il est abîmé, ou protégé par un mot de passe. Ouvrez-le, enregistrez-le de nouveau sans protection"
BOMB = "il se déplie en un contenu démesuré. Copiez ce qui compte dans un document neuf"
MACROS = "il contient des macros ou des programmes. Enregistrez-le sans eux, ou en PDF"


class Unsafe(ValueError):
    """The archive may not come in; `sentence` is the end of « name » : …, in French, without its full stop."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def listable(path: Path) -> bool:
    """Whether the file ends as an archive does, with a list of members that is not a bomb by itself."""
    with open(path, "rb") as handle:
        handle.seek(max(0, path.stat().st_size - _END_MAX))
        tail = handle.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return False
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):  # a long archive: its own record tells, just before
        record = tail[max(0, at - 76) : at - 20]
        if not record.startswith(b"PK\x06\x06"):
            return False
        size = max(size if size != 0xFFFFFFFF else 0, int.from_bytes(record[40:48], "little"))
    return size <= DIRECTORY_MAX


def check(path: Path) -> bool:
    """Unpacks every member to nowhere; whether the test signature of antiviruses is in one. Raises Unsafe."""
    size, total, signed = path.stat().st_size, 0, False
    if not listable(path):
        raise Unsafe(BOMB)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_list(members, size)
            for member in members:
                watcher = eicar.Watcher()
                with archive.open(member) as unpacked:
                    while chunk := unpacked.read(CHUNK):
                        total += len(chunk)
                        if total > UNPACKED_MAX or (total > RATIO_FROM and total > RATIO_MAX * size):
                            raise Unsafe(BOMB)
                        watcher.look(chunk)
                signed = signed or watcher.found
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        if isinstance(error, Unsafe):
            raise
        raise Unsafe(BROKEN) from error
    return signed


def _check_list(members: list[zipfile.ZipInfo], size: int) -> None:
    """What the list alone shows: too many members, members that share bytes, locked ones, programs."""
    if len(members) > MEMBERS_MAX or sum(member.compress_size for member in members) > size:
        raise Unsafe(BOMB)
    if any(member.flag_bits & 1 or member.compress_type not in METHODS for member in members):
        raise Unsafe(BROKEN)
    if any(_MACROS.search(member.filename) or _PROGRAMS.search(member.filename) for member in members):
        raise Unsafe(MACROS)
