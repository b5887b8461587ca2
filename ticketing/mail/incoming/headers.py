"""What is read of a mail before it is kept: the key that tells it from others, its subject and claimed sender. Pure.

Only the first bytes of its header are read, with nothing trusted and nothing refused: whatever it holds, the mail is
kept, and `reading` says later what it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from hashlib import sha256

_HEAD, _PIECE = 64_000, 1_000_000
_ENDS = (b"\r\n\r\n", b"\n\n", b"\r\r")
#: What no column holds: control characters, NUL before all (PostgreSQL refuses it), and halves of surrogate pairs.
_UNKEPT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Head:
    """What the header says: the key, the Message-ID (maybe empty), the subject, the address in From (maybe empty)."""

    key: str
    message_id: str
    subject: str
    claimed: str


def read(raw: bytes) -> Head:
    """Return what the header of a mail says, each value cut to the length of its column.

    The key is the SHA-256 of its Message-ID, Date, From and body, or of all its bytes where it has no Message-ID. A
    mail that is known already is acknowledged and not kept, so that its Message-ID alone may not say so: machines send
    every mail under one, and whoever is in copy could write another mail under that of a mail still on its way. What
    servers write above a mail, and the ends of lines, differ between copies and do not count.
    """
    head, begin = _head(raw)
    found = BytesHeaderParser().parsebytes(head)

    def said(name: str) -> str:
        try:
            return plain(str(found.get(name) or ""))
        except Exception:  # the library fails on some malformed values; the mail is kept all the same
            return ""

    message_id = said("Message-ID")
    named = sha256(f"{message_id}\n{said('Date')}\n{said('From')}\n".encode()) if message_id else sha256(raw)
    for piece in _pieces(raw, begin) if message_id else ():
        named.update(piece)
    return Head(
        key=named.hexdigest(),
        message_id=message_id[:250],
        subject=_decoded(said("Subject"))[:250],
        claimed=_address(said("From")),
    )


def plain(text: str) -> str:
    """Return a text on one line, without what no column holds."""
    return " ".join(_UNKEPT.sub(" ", text).split())


def _head(raw: bytes) -> tuple[bytes, int]:
    """Return the beginning of a mail's header, and the place where what follows it begins."""
    start = raw[:_HEAD].lstrip(b"\r\n")
    ends = [at for end in _ENDS if (at := start.find(end)) >= 0]
    head = start[: min(ends)] if ends else start
    return head, len(raw[:_HEAD]) - len(start) + len(head)


def _pieces(raw: bytes, begin: int) -> Iterator[bytes]:
    """Yield a mail from a place on without its CRs, nor the blank lines around."""
    end = len(raw)
    while end > begin and raw[end - 1] in b"\r\n":
        end -= 1
    while begin < end and raw[begin] in b"\r\n":
        begin += 1
    for at in range(begin, end, _PIECE):
        yield raw[at : min(end, at + _PIECE)].replace(b"\r", b"")


def _decoded(text: str) -> str:
    try:
        return plain(str(make_header(decode_header(text))))
    except Exception:  # an unknown charset, a broken encoded word
        return text


def _address(text: str) -> str:
    try:
        return plain(parseaddr(_decoded(text))[1]).lower()[:254]
    except Exception:
        return ""
