"""Transfer encodings undone: base64, quoted-printable and uuencode, even broken. Pure."""

from __future__ import annotations

import binascii
import re

from ticketing.mail.incoming.mime.notes import Notes

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_ALPHABET))
_BLANKS = b" \t\r\n"
#: Larger bodies keep their blanks before a line end: mending them would take many times their size.
_SOFT_MAX = 4 * 1024 * 1024
_SOFT = re.compile(rb"=[ \t]+(?=\r?\n)")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?$", re.MULTILINE)
_UU_END = re.compile(rb"^end[ \t\r]*$", re.MULTILINE)
UU_MAX, PIECES_MAX = 50, 100


def decoded(body: bytes, encoding: str, notes: Notes, *, text: bool) -> bytes:
    """Return the bytes that a body carries. `text` says that it should be words, which shows a wrong declaration."""
    name = encoding.strip(" \t\"';").lower()
    if name == "base64":
        return _base64(body, notes, text=text)
    if name in ("quoted-printable", "quotedprintable", "qp"):
        return binascii.a2b_qp(_SOFT.sub(b"=", body) if len(body) <= _SOFT_MAX else body)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        found = uuencoded(body)[1]
        if found:
            return found[0][1]
        notes.add("Une partie se dit codée en uuencode et ne l’est pas : elle est lue telle quelle.")
    return body


def _base64(body: bytes, notes: Notes, *, text: bool) -> bytes:
    if text and _is_no_base64(body):
        notes.add("Une partie se dit codée en base64 et ne l’est pas : elle est lue telle quelle.")
        return body
    padded = body.find(b"=")
    if padded < 0 or not body[padded:].strip(b"=" + _BLANKS):
        return _bits(body, notes)
    head, padding, rest = body.partition(b"=")
    # Lists add their footer after the padding; some programs glue several pieces, each with its own padding.
    pieces = [_bits(head, notes)]
    while padding and (rest := rest.lstrip(b"=" + _BLANKS)):
        if len(pieces) >= PIECES_MAX:
            notes.add("Une partie codée en base64 est en trop de morceaux : les derniers ne sont pas lus.")
            break
        if text and _is_no_base64(rest):
            pieces.append(b"\n" + rest)
            break
        head, padding, rest = rest.partition(b"=")
        pieces.append(_bits(head, notes))
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _is_no_base64(body: bytes) -> bool:
    """Whether the first paragraph holds words between blanks, which base64 does not."""
    sample = re.split(rb"\n\r?\n", body[:2000].strip(), maxsplit=1)[0]
    if not sample:
        return False
    strange = len(sample.translate(None, _ALPHABET + b"=" + b"\r\n"))
    return strange > len(sample) / 20


def _bits(piece: bytes, notes: Notes) -> bytes:
    try:
        return binascii.a2b_base64(piece)  # without a copy, where nothing is missing
    except binascii.Error:
        clean = piece.translate(None, _NOT_BASE64)
    if len(clean) % 4 == 1:  # six bits alone are no byte
        notes.add("Une partie codée en base64 est coupée : sa fin manque.")
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def uuencoded(body: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return a text without the files that are written in it as uuencode, and these files with their names."""
    files: list[tuple[str, bytes]] = []
    kept, at = [], 0
    while len(files) < UU_MAX and (begin := _UU_BEGIN.search(body, at)):
        end = _UU_END.search(body, begin.end())
        content = _uu(body[begin.end() : end.start()]) if end else b""
        if end is None or not content:
            break
        kept.append(body[at : begin.start()])
        files.append((begin[1].decode("utf-8", "replace"), content))
        at = end.end()
    return b"".join((*kept, body[at:])), files


def _uu(lines: bytes) -> bytes:
    found = bytearray()
    for line in lines.split(b"\n"):
        if line := line.strip(b"\r"):
            try:
                found += binascii.a2b_uu(line)
            except binascii.Error:
                # Many programs count the padding of the last line wrongly: the length stands in its first character.
                wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
                try:
                    found += binascii.a2b_uu(line[:wanted])
                except binascii.Error:
                    return b""
    return bytes(found)
