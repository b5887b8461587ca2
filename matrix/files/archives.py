"""A zip archive opened with care, for whatever receives one: its end read before its list, its members in pieces.

What an archive says of itself is a claim: who walks through one counts what really comes out, against bounds of their
own. Nothing is written to disk. Pure but for the stream that it is given.
"""

from __future__ import annotations

import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

#: The only ways of packing that office documents use. Others unpack whole, whatever little is asked of them: a
#: kilobyte of bzip2 fills three gigabytes of memory before its first byte can be counted.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
PIECE = 64 * 1024
_END_MAX = 65_535 + 22 + 76  # a comment, the end of the list, what comes before it in a long archive
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, OverflowError)


class Broken(ValueError):
    """What should be an archive cannot be read as one."""


@dataclass(frozen=True, slots=True)
class End:
    """What the end of an archive says of its list. `directory`: its bytes, beyond any bound when it does not tell.

    `long`: whether it says so in the way of archives that hold more than 65,535 members or four gigabytes.
    """

    entries: int
    directory: int
    long: bool


def end_of(file: BinaryIO) -> End | None:
    """The end of an archive, None where there is none. A list of half a million members is a bomb: ask this first."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - _END_MAX))
    tail = file.read(_END_MAX)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return None
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    if not tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):
        return End(entries, directory, False)
    record = tail[max(0, at - 76) : at - 20]  # a long archive: its own record tells, just before
    if not record.startswith(b"PK\x06\x06"):
        return End(entries, sys.maxsize, True)
    told = int.from_bytes(record[40:48], "little")
    return End(entries, max(directory if directory != 0xFFFFFFFF else 0, told), True)


class Archive:
    """An open archive. `members`: those of its list, in its order."""

    def __init__(self, file: BinaryIO) -> None:
        """Reads the list of `file`, whose end was looked at. Raises Broken."""
        try:
            self._zip = zipfile.ZipFile(file)
            self.members = tuple(self._zip.infolist())
        except _FAULTS as error:
            raise Broken from error

    @property
    def locked(self) -> bool:
        """Whether a member wants a password."""
        return any(member.flag_bits & 1 for member in self.members)

    @property
    def plainly_packed(self) -> bool:
        """Whether every member is packed by one of `METHODS`: to be known before the first byte is unpacked."""
        return all(member.compress_type in METHODS for member in self.members)

    def pieces(self, member: zipfile.ZipInfo, size: int = PIECE) -> Iterator[bytes]:
        """What a member unpacks to, `size` bytes at most at a time, its print checked at the end. Raises Broken."""
        try:
            with self._zip.open(member) as unpacked:
                while piece := unpacked.read(size):
                    yield piece
        except _FAULTS as error:
            raise Broken from error
