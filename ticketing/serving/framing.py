"""Where a request ends: its head, then its body by Content-Length or in chunks (RFC 9112). Pure, but for its file.

A request that a relay and this server could cut at two different places is refused (both lengths, two lengths, a line
without CR, a blank before a colon, a folded line, a coding other than chunked), and so is one of which they could read
two sites (RFC 9112, 3.2: no Host, two, or what names no host): the rest of one person's request would
be read as the beginning of another's. What is refused closes the connection.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from typing import IO

from ticketing.serving.limits import FIELDS, HEADERS, IN_MEMORY, LINE

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_REQUEST_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e]+ HTTP/1\.([01])")
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::[0-9]{1,5})?")
_LOGIN = re.compile(rb"(?:^|[; ])(?:__Host-)?guichet=[^;]")
_CHUNK_LINE = 256  # a size and its extension
_TRAILERS = 8192

TOO_LARGE = (413, "Content Too Large")
BAD = (400, "Bad Request")


class Fault(Exception):
    """Raised for a request that cannot be served: the status and reason of the answer, which closes the connection."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(f"{status} {reason}")


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head: its bytes, the length of its body (None: in chunks), whether it waits for « 100 Continue ».

    `member`: it bears the cookie of a login, whatever that is worth, and a form with files.
    """

    raw: bytes
    length: int | None
    expects: bool
    member: bool


def read_head(raw: bytes) -> Head:
    """Return the head that these bytes are, up to and with the empty line. Raises Fault."""
    lines = raw[:-4].split(b"\r\n")
    if any(mark in line for line in lines for mark in (b"\r", b"\n", b"\0")):
        raise Fault(*BAD)
    if len(lines[0]) > LINE:
        raise Fault(414, "URI Too Long")
    asked = _REQUEST_LINE.fullmatch(lines[0])
    if asked is None:
        raise Fault(*BAD)
    if len(lines) - 1 > FIELDS:
        raise Fault(431, "Request Header Fields Too Large")
    found: dict[bytes, list[bytes]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise Fault(*BAD)
        found.setdefault(name.lower(), []).append(value.strip(b" \t"))
    newer = asked[1] == b"1"
    hosts = found.get(b"host", [])
    if len(hosts) > 1 or (newer and not hosts) or not all(_HOST.fullmatch(host) for host in hosts):
        raise Fault(*BAD)
    with_files = any(kind.lower().startswith(b"multipart/form-data") for kind in found.get(b"content-type", []))
    member = with_files and any(_LOGIN.search(cookies) for cookies in found.get(b"cookie", []))
    return Head(raw, _length(found, newer), _expects(found) and newer, member)


def _length(found: dict[bytes, list[bytes]], newer: bool) -> int | None:
    lengths, codings = found.get(b"content-length", []), found.get(b"transfer-encoding", [])
    if codings:
        if lengths or not newer or len(codings) > 1:
            raise Fault(*BAD)
        if codings[0].lower() != b"chunked":
            raise Fault(501, "Not Implemented")
        return None
    if not lengths:
        return 0
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
        raise Fault(*BAD)
    return int(lengths[0])


def _expects(found: dict[bytes, list[bytes]]) -> bool:
    expected = [value.lower() for value in found.get(b"expect", [])]
    if expected not in ([], [b"100-continue"]):
        raise Fault(417, "Expectation Failed")
    return bool(expected)


class Reception:
    """A request being received. `feed` takes its bytes; `whole` says when it is there, `rest` what came after it."""

    def __init__(self, plain: int, largest: int) -> None:
        self.head: Head | None = None
        self.whole = False
        self.received = 0  # bytes of the body, without the marks of its chunks
        self.body: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - `close` closes it
        self._plain, self._largest = plain, largest
        self._held = bytearray()  # what is not read yet: a head, or the line of a chunk
        self._left: int | None = None  # bytes still to come: of the body, or of a chunk and its CRLF; None: a line
        self._trailing = self._skipped = False

    @property
    def begun(self) -> bool:
        """Whether a byte of it has come."""
        return self.head is not None or bool(self._held)

    @property
    def rest(self) -> bytes:
        """What came after a whole request: the beginning of the next one."""
        return bytes(self._held)

    def feed(self, data: bytes) -> None:
        """Take bytes in. Raises Fault."""
        self._held += data
        if self.head is None and not self._take_head():
            return
        assert self.head is not None
        if self.head.length is None:
            while not self.whole and self._take_chunk():
                pass
        else:
            self._left = self.head.length - self.received
            self._take_body()
            self.whole = self.received == self.head.length
        if self.whole:
            self.body.seek(0)

    def close(self) -> None:
        """Drop the body: nothing of it stays on the disk."""
        self.body.close()

    def _take_head(self) -> bool:
        if not self._skipped and self._held.startswith(b"\r\n"):  # RFC 9112, 2.2: one empty line may come before
            del self._held[:2]
            self._skipped = True
        end = self._held.find(b"\r\n\r\n")
        if end < 0 or end + 4 > HEADERS:
            if len(self._held) > HEADERS or end >= 0:
                raise Fault(431, "Request Header Fields Too Large")
            return False
        self.head = read_head(bytes(self._held[: end + 4]))
        del self._held[: end + 4]
        if not self.head.member:
            self._largest = self._plain
        if (self.head.length or 0) > self._largest:
            raise Fault(*TOO_LARGE)
        return True

    def _take_body(self) -> None:
        assert self._left is not None
        taken = self._held[: self._left]
        del self._held[: self._left]
        self._left -= len(taken)
        self.received += len(taken)
        self.body.write(taken)

    def _take_chunk(self) -> bool:
        """Take a line or a part of a chunk; return whether more can be taken from what is held."""
        if self._left is None:
            return self._take_line()
        if self._left:
            self._take_body()
            return not self._left
        if len(self._held) < 2:
            return False
        if not self._held.startswith(b"\r\n"):
            raise Fault(*BAD)
        del self._held[:2]
        self._left = None
        return True

    def _take_line(self) -> bool:
        end, longest = self._held.find(b"\r\n"), _TRAILERS if self._trailing else _CHUNK_LINE
        if end < 0 or end > longest:
            if len(self._held) > longest:
                raise Fault(*BAD)
            return False
        line = bytes(self._held[:end])
        del self._held[: end + 2]
        if self._trailing:  # trailers are read and dropped
            self.whole = not line
            return not self.whole
        size = _SIZE.fullmatch(line)
        if size is None:
            raise Fault(*BAD)
        self._left = int(size[1], 16)
        if self.received + self._left > self._largest:
            raise Fault(*TOO_LARGE)
        if not self._left:
            self._trailing, self._left = True, None
        return True
