"""The tree of a message's parts, cut without copying it and within bounds. Pure.

A part is two places in the bytes of its message. Python's own parser makes an object for each line: a mail of 25 MB
made of short lines would take gigabytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ticketing.mail.incoming.mime import encodings, headers
from ticketing.mail.incoming.mime.headers import Headers
from ticketing.mail.incoming.mime.notes import Notes

DEPTH_MAX, PARTS_MAX = 15, 500
#: How many lines that look like a boundary are examined; a real message has two a part.
_CANDIDATES_MAX = 20_000
#: What some pipes put before a message.
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,100}")
_SNIFFED = re.compile(rb"\s*--([^\r\n]{1,200}?)[ \t]*\r?\n")


@dataclass(slots=True)
class Part:
    """One part: its headers, its type, and where its body stands in `raw`. `children` are those of a multipart.

    A `message/rfc822` has one child: the message that it holds.
    """

    raw: bytes
    headers: Headers
    start: int
    end: int
    content_type: str = "text/plain"
    typed: bool = True  # whether its headers say its type
    params: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    filename: str = ""
    children: list[Part] = field(default_factory=list)
    too_deep: bool = False

    @property
    def body(self) -> bytes:
        """Return the bytes of its body, still encoded."""
        return self.raw[self.start : self.end]

    @property
    def encoding(self) -> str:
        """Return its transfer encoding, as it is written."""
        return self.headers.plain("content-transfer-encoding")

    @property
    def content_id(self) -> str:
        """Return its Content-ID without angle brackets, or « »."""
        return self.headers.plain("content-id").strip().strip("<>").strip()[:200]


class _Tree:
    """What is left of the bounds while one message is cut."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.parts = PARTS_MAX
        self.candidates = _CANDIDATES_MAX


def read(raw: bytes, notes: Notes) -> Part:
    """Return the tree of a message; whatever its bytes are, there is at least one part."""
    if b"\n" not in raw[:65536] and b"\r" in raw[:65536]:
        raw = raw.replace(b"\r", b"\n")
        notes.add("Les fins de ligne du message ne sont pas celles d’un courriel.")
    elif b"\r\r\n" in raw[:4096]:
        raw = raw.replace(b"\r\r\n", b"\n")
        notes.add("Les fins de ligne du message ne sont pas celles d’un courriel.")
    before = _BEFORE.match(raw)
    start = before.end() if before else 0
    return _part(_Tree(notes), raw, start, len(raw), depth=0)


def _part(tree: _Tree, raw: bytes, start: int, end: int, depth: int, default: str = "text/plain") -> Part:
    found, body = headers.read(raw, start, end, tree.notes)
    part = Part(raw, found, body, end)
    written = found.plain("content-type")
    part.content_type = headers.content_type(written) or _alone(written) or default
    part.typed = bool(written.strip())
    part.params = headers.parameters(written, tree.notes)
    disposition = found.plain("content-disposition")
    said = headers.parameters(disposition, tree.notes)
    part.disposition = disposition.partition(";")[0].strip().lower()
    part.filename = said.get("filename") or part.params.get("name") or ""
    tree.parts -= 1
    if part.content_type.startswith("multipart/"):
        _multipart(tree, part, depth)
    elif part.content_type in ("message/rfc822", "message/global", "message/news"):
        _message(tree, part, depth)
    return part


def _alone(written: str) -> str:
    """Return the type that a Content-Type without a subtype meant: « text » is text, anything else is a file."""
    word = written.partition(";")[0].strip().lower()
    if not word or "=" in word:
        return ""
    return "text/plain" if word in ("text", "plain") else "text/html" if word == "html" else "application/octet-stream"


def _multipart(tree: _Tree, part: Part, depth: int) -> None:
    if depth >= DEPTH_MAX:
        part.too_deep = True
        tree.notes.add("Des parties du message sont imbriquées trop profondément : elles sont gardées en un fichier.")
        return
    _undo_encoding(tree, part)
    boundary = part.params.get("boundary", "").encode("utf-8", "surrogateescape").rstrip()
    spans = _spans(tree, part, boundary) if boundary else []
    if not spans:
        sniffed = _SNIFFED.match(part.raw, part.start, min(part.end, part.start + 2000))
        if sniffed and sniffed[1] != boundary and not sniffed[1].startswith(b" "):
            spans = _spans(tree, part, sniffed[1])
    if not spans:
        tree.notes.add("Le message se dit en plusieurs parties et n’en a pas : il est lu d’un bloc.")
        whole = Part(part.raw, Headers(), part.start, part.end)
        part.children.append(whole)
        return
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for start, end in spans:
        if tree.parts <= 0:
            tree.notes.add(f"Le message a plus de {PARTS_MAX} parties : les dernières ne sont pas lues.")
            return
        part.children.append(_part(tree, part.raw, start, end, depth + 1, default))


def _undo_encoding(tree: _Tree, part: Part) -> None:
    """Decode a container that is encoded as a whole, which no standard allows and some gateways do."""
    if part.encoding.strip().lower() in ("base64", "quoted-printable"):
        decoded = encodings.decoded(part.body, part.encoding, Notes(), text=True)
        if decoded != part.body and b"--" in decoded[:4096] and not part.body.lstrip().startswith(b"--"):
            tree.notes.add("Le message est codé d’une façon que les normes refusent : il est lu quand même.")
            part.raw, part.start, part.end = decoded, 0, len(decoded)


def _message(tree: _Tree, part: Part, depth: int) -> None:
    if depth >= DEPTH_MAX:
        part.too_deep = True
        return
    raw, start, end = part.raw, part.start, part.end
    if part.encoding.strip().lower() in ("base64", "quoted-printable"):
        raw = encodings.decoded(part.body, part.encoding, tree.notes, text=True)
        start, end = 0, len(raw)
    part.children.append(_part(tree, raw, start, end, depth + 1))


def _spans(tree: _Tree, part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """Return where the children of a multipart stand, between the lines of its boundary."""
    mark, raw = b"--" + boundary, part.raw
    spans: list[tuple[int, int]] = []
    begun: int | None = None
    at = part.start
    while tree.candidates > 0 and (found := _line(raw, mark, at, part.start, part.end)) >= 0:
        tree.candidates -= 1
        at = found + len(mark)
        line_end = _end_of_line(raw, at, part.end)
        rest = raw[at : min(line_end, at + 200)].strip()
        if rest not in (b"", b"--"):
            continue  # a longer boundary, that of a part within, or words
        if begun is not None:
            spans.append((begun, _before_end_of_line(raw, found, begun)))
        begun = min(line_end, part.end)
        if rest == b"--":
            return spans
        if len(spans) > PARTS_MAX:
            return spans
    if begun is not None:
        tree.notes.add("La fin du message manque : il est lu jusqu’où il va.")
        spans.append((begun, part.end))
    return spans


def _line(raw: bytes, mark: bytes, at: int, start: int, end: int) -> int:
    """Return where the next line that begins so stands, or -1."""
    if at == start and raw.startswith(mark, start):
        return start
    found = raw.find(b"\n" + mark, max(start, at - 1), end)
    return found + 1 if found >= 0 else -1


def _end_of_line(raw: bytes, at: int, end: int) -> int:
    found = raw.find(b"\n", at, end)
    return found + 1 if found >= 0 else end


def _before_end_of_line(raw: bytes, at: int, start: int) -> int:
    """Return the end of the body before a boundary, whose line end belongs to the boundary."""
    at = at - 1 if at > start and raw[at - 1 : at] == b"\n" else at
    return at - 1 if at > start and raw[at - 1 : at] == b"\r" else at
