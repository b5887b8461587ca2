"""Zip archives opened safely: the end of the archive is read before its list, and members are read in pieces.

The sizes that an archive declares may be false: the caller counts the bytes that really come out, against its own
bounds. Nothing is written to disk. Pure but for the stream that it is given.
"""

from __future__ import annotations

import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

#: The only compression methods that office documents use. Other methods unpack a whole block, however few bytes are
#: asked for: a kilobyte of bzip2 fills three gigabytes of memory before its first byte can be counted.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
PIECE = 64 * 1024
_END_MAX = 65_535 + 22 + 76  # a comment, the end record, and the zip64 records before it
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, OverflowError)


class Broken(ValueError):
    """Raised when a file that should be an archive cannot be read as one."""


@dataclass(frozen=True, slots=True)
class End:
    """What the end record of an archive says of its list. `directory` is the list's size in bytes.

    That size is beyond any bound where the record does not give it. `long`: whether the record is of the zip64 form,
    which serves for more than 65,535 members or four gigabytes.
    """

    entries: int
    directory: int
    long: bool


def end_of(file: BinaryIO) -> End | None:
    """The end record of an archive, None where there is none.

    Call this before the list is read, since a list of half a million members is a bomb by itself.
    """
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
    record = tail[max(0, at - 76) : at - 20]  # zip64: the record just before gives the size
    if not record.startswith(b"PK\x06\x06"):
        return End(entries, sys.maxsize, True)
    told = int.from_bytes(record[40:48], "little")
    return End(entries, max(directory if directory != 0xFFFFFFFF else 0, told), True)


class Archive:
    """An open archive. `members` are the members of its list, in the list's order."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the list of `file`, after `end_of` has been checked. Raises Broken."""
        try:
            self._zip = zipfile.ZipFile(file)
            self.members = tuple(self._zip.infolist())
        except _FAULTS as error:
            raise Broken from error

    @property
    def locked(self) -> bool:
        """Whether some member is encrypted with a password."""
        return any(member.flag_bits & 1 for member in self.members)

    @property
    def plainly_packed(self) -> bool:
        """Whether every member uses one of `METHODS`; check this before the first byte is unpacked."""
        return all(member.compress_type in METHODS for member in self.members)

    def pieces(self, member: zipfile.ZipInfo, size: int = PIECE) -> Iterator[bytes]:
        """The content of a member in pieces of at most `size` bytes; its CRC is checked at the end. Raises Broken."""
        try:
            with self._zip.open(member) as unpacked:
                while piece := unpacked.read(size):
                    yield piece
        except _FAULTS as error:
            raise Broken from error
