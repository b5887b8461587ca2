"""Header lines read one by one, whatever their bytes: unfolded, decoded, bounded. Pure.

Python's own reader of headers fails on some broken lines and is slow on others, so none of it is used here.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from ticketing.mail.incoming.mime import charsets
from ticketing.mail.incoming.mime.notes import Notes
from ticketing.model import clean_line

#: What is read of headers: bytes of all of them and of one, and how many there are.
HEAD_MAX, VALUE_MAX, FIELDS_MAX = 256 * 1024, 16 * 1024, 1000
_LINE = re.compile(rb"[^\n]*(?:\n|\Z)")
#: What only servers write, and a relay strips where others forged it.
_OF_SERVERS = frozenset({"authentication-results", "received", "return-path", "delivered-to", "x-original-to"})
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_PARAMETER = re.compile(r'\s*;?\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))')
_CONTINUED = re.compile(r"(.+?)\*(?:(\d{1,4})(\*)?)?")
_TYPE = re.compile(r"\s*([\w.+-]{1,100})\s*/\s*([\w.+-]{1,100})")


@dataclass(slots=True)
class Headers:
    """The headers of a message or of a part: names in lower case, values unfolded as bytes, in their order."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)

    def raw(self, name: str) -> Iterator[bytes]:
        """Yield every value of a header as it came, the topmost first."""
        return (value for one, value in self.fields if one == name)

    def plain(self, name: str) -> str:
        """Return the first value of a header as text whose encoded words are left alone, or « »."""
        return next((as_text(value) for value in self.raw(name)), "")

    def all(self, name: str) -> list[str]:
        """Return every value of a header, as `plain` does."""
        return [as_text(value) for value in self.raw(name)]


def read(raw: bytes, start: int, end: int, notes: Notes) -> tuple[Headers, int]:
    """Return the headers that begin at a place of a message, and the place where the body begins.

    A CR alone ends no line, and no server's own mark is read below a line that is no header: where we would see a
    header and our relay did not, it could be forged.
    """
    headers = Headers()
    at, broken = start, False
    while at < end and (line := _LINE.match(raw, at, end)):
        text = line[0].rstrip(b"\r\n").replace(b"\r", b" ")
        if text == b"":
            return headers, line.end()
        if text[:1] in (b" ", b"\t"):
            if headers.fields:
                _continue(headers, text)
        elif found := _FIELD.match(text):
            if len(headers.fields) >= FIELDS_MAX or line.end() - start > HEAD_MAX:
                notes.add("L’en-tête est trop long : sa fin n’est pas lue.")
                return headers, _blank_line(raw, at, end)
            name = found[1].decode("ascii").lower()
            if not (broken and name in _OF_SERVERS):
                headers.fields.append((name, text[found.end() :].strip()[:VALUE_MAX]))
        elif headers.fields or not text.startswith((b"From ", b">From ")):
            # A line that is no header: programs that forget the blank line begin the body here.
            if not headers.fields or not _goes_on(raw, line.end(), end):
                return headers, at
            broken = True
            notes.add("Une ligne de l’en-tête est illisible : elle est laissée de côté.")
        at = line.end()
    return headers, end


def _continue(headers: Headers, text: bytes) -> None:
    name, value = headers.fields[-1]
    if len(value) < VALUE_MAX:
        headers.fields[-1] = (name, (value + b" " + text.strip())[:VALUE_MAX])


def _goes_on(raw: bytes, at: int, end: int) -> bool:
    """Whether the line at this place is a header again, with a name that mails have."""
    line = raw[at : min(end, at + 200)]
    known = (
        b"from:",
        b"to:",
        b"subject:",
        b"date:",
        b"content-",
        b"mime-version:",
        b"message-id:",
        b"received:",
        b"x-",
    )
    return line.lower().startswith(known)


def _blank_line(raw: bytes, at: int, end: int) -> int:
    """Return the place after the first blank line."""
    places = [found + len(mark) for mark in (b"\n\n", b"\n\r\n") if (found := raw.find(mark, at, end)) >= 0]
    return min(places, default=end)


def as_text(value: bytes) -> str:
    """Return a header's bytes as text: ASCII as it should be, else UTF-8 or Windows-1252."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def words(value: str, notes: Notes) -> str:
    """Return a header's text with its encoded words read (RFC 2047), on one line, without characters that hide."""
    found: list[str] = []
    pending: tuple[str, bytes] | None = None  # words of one charset that follow each other may cut a character in two
    at = 0
    for word in _WORD.finditer(value):
        between = value[at : word.start()]
        name, data = word[1].partition("*")[0].lower(), _word_bytes(word[2].lower(), word[3])
        if pending and not between.strip() and pending[0] == name:
            pending = (name, pending[1] + data)
        else:
            if pending:
                found.append(charsets.decode(pending[1], pending[0], notes))
            if between.strip() or not pending:
                found.append(between)
            pending = (name, data)
        at = word.end()
    if pending:
        found.append(charsets.decode(pending[1], pending[0], notes))
    found.append(value[at:])
    return clean_line("".join(" " if c in "\x85\u2028\u2029\x0b\x0c" else c for c in "".join(found)))


def _word_bytes(kind: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if kind == "q":
        return binascii.a2b_qp(data.replace(b"_", b" ").replace(b"\n", b" "), header=False)
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    clean = clean[:-1] if len(clean) % 4 == 1 else clean
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def content_type(value: str) -> str:
    """Return the type and subtype of a Content-Type in lower case, or « » where it is missing or unreadable."""
    found = _TYPE.match(value)
    return f"{found[1]}/{found[2]}".lower() if found else ""


def parameters(value: str, notes: Notes) -> dict[str, str]:
    """Return the parameters of a Content-Type or Content-Disposition, read by RFC 2231 and by RFC 2047."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    first, _, rest = value.partition(";")
    at = 0
    text = rest if "=" not in first else value  # some programs forget the first semicolon
    while found := _PARAMETER.match(text, at):
        at = found.end()
        name = found[1].lower()
        said = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3].strip().rstrip('"')
        if continued := _CONTINUED.fullmatch(name):
            whole = continued[2] is None
            place = 0 if whole else int(continued[2])
            pieces.setdefault(continued[1], {}).setdefault(place, (said, whole or bool(continued[3])))
        else:
            plain.setdefault(name, words(said, notes))
    for name, numbered in pieces.items():
        plain[name] = _joined(numbered, notes)
    return plain


def _joined(numbered: dict[int, tuple[str, bool]], notes: Notes) -> str:
    """Return the parameter whose pieces are given by their numbers, decoded by the charset of the first (RFC 2231)."""
    charset = ""
    data = b""
    for number, (text, coded) in sorted(numbered.items()):
        if coded and number == min(numbered) and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if coded else text.encode("utf-8", "surrogateescape")
    return clean_line(words(charsets.decode(data, charset, notes), notes))
