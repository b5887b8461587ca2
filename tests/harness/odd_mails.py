"""The odd mails of `tests/cases/mail_in/`: how their files are written, and the bytes that they stand for.

A case is a table of a TOML file. In its `mail`, `{{usual}}` stands for the headers of any mail, `{{b64 CHARSET|words}}`
and `{{qp CHARSET|words}}` for words encoded, `{{png}}`, `{{pdf}}` for files in base64, `{{winmail KIND}}` for a file of
Outlook, `{{times N|words}}` for words repeated; `\\xNN` is one byte. `body_as` encodes all that follows the headers.
"""

from __future__ import annotations

import base64
import quopri
import re
import struct
import tomllib
import unicodedata
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from harness.places import ROOT
from ticketing.mail.incoming.parsed import ParsedMail

FOLDER = ROOT / "tests" / "cases" / "mail_in"
USUAL = """From: =?utf-8?q?Aline_Mar=C3=A9chal?= <aline.marechal@college.example>
To: Guichet <guichet@desk.example>
Subject: Une demande
Date: Tue, 4 Nov 2025 09:12:00 +0100
Message-ID: <usual-1@college.example>
MIME-Version: 1.0"""
_MARK = re.compile(r"\{\{(\w+)(?: ([^|{}]*))?(?:\|((?:[^{}]|\}(?!\}))*))?\}\}")
#: Who the mail is from, for those who decide: a person to believe or not, a program, nobody that can be named.
FATES = {"person", "program", "nobody"}


@dataclass(frozen=True)
class OddMail:
    """One odd mail and what is expected of it."""

    name: str
    what: str
    raw: bytes
    fate: str = "person"
    expect: dict[str, Any] = field(default_factory=dict)


@lru_cache
def all_of_them() -> tuple[OddMail, ...]:
    """Return every odd mail of the corpus, by file and by place."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for name, case in tomllib.loads(path.read_text("utf-8")).items():
            expect = {key: case[key] for key in case.keys() - {"what", "mail", "fate", "body_as", "line_ends"}}
            found.append(OddMail(f"{path.stem}/{name}", case["what"], raw(case), case.get("fate", "person"), expect))
    return tuple(found)


def raw(case: dict[str, Any]) -> bytes:
    """Return the bytes of a case."""
    text = _MARK.sub(lambda found: _said(found[1], found[2] or "", found[3] or ""), case["mail"].lstrip("\n"))
    if codec := case.get("body_as"):
        head, _, body = text.partition("\n\n")
        return head.encode() + b"\n\n" + body.encode(codec)
    data = re.sub(rb"\\x([0-9a-fA-F]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode())
    ends = {"crlf": b"\r\n", "cr": b"\r", "crcrlf": b"\r\r\n"}.get(case.get("line_ends", ""))
    return data.replace(b"\n", ends) if ends else data


def _said(kind: str, how: str, words: str) -> str:
    if kind == "usual":
        return USUAL
    if kind == "b64":
        return base64.encodebytes(words.encode(how)).decode().strip()
    if kind == "qp":
        return quopri.encodestring(words.encode(how)).decode()
    if kind == "times":
        return words * int(how)
    made = {"png": png, "pdf": pdf, "winmail": lambda: winmail(how), "opaque": lambda: opaque(how)}
    return base64.encodebytes(made[kind]()).decode().strip()


def png() -> bytes:
    """Return a small image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((x * 7 + y * 13) % 251 for x in range(48)) for y in range(16))
    head = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    packed = zlib.compress(rows, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def pdf() -> bytes:
    """Return what begins and ends as a PDF."""
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _object(level: int, name: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _property(kind: int, name: int, data: bytes) -> bytes:
    return struct.pack("<HHII", kind, name, 1, len(data)) + data + bytes(-len(data) % 4)


def lzfu(rtf: bytes) -> bytes:
    """Return an RTF as Outlook packs it, without any repetition."""
    out = bytearray()
    for at in range(0, len(rtf), 8):
        out += b"\0" + rtf[at : at + 8]
    back = (207 + len(rtf)) % 4096
    if len(rtf) % 8:
        out[-(len(rtf) % 8) - 1] = 1 << len(rtf) % 8
    else:
        out += b"\x01"
    out += struct.pack(">H", back << 4)
    return struct.pack("<II4sI", len(out) + 12, len(rtf), b"LZFu", zlib.crc32(out)) + bytes(out)


def named_file() -> bytes:
    """Return the properties of an attached image: a named one, several values of one, its long name, type and place."""
    named = (
        struct.pack("<HH16sIIHH", 0x1F, 0x8001, bytes(16), 1, 6, 0x41, 0x42)
        + bytes(4)
        + struct.pack("<II", 1, 4)
        + b"a\0\0\0"
    )
    several = struct.pack("<HHI", 0x1003, 0x3702, 2) + bytes(8)
    short = struct.pack("<HHHH", 0x0B, 0x3703, 1, 0)
    said = _property(0x1F, 0x3707, "écran réseau.png\0".encode("utf-16-le"))
    said += _property(0x1E, 0x370E, b"image/png\0") + _property(0x1E, 0x3712, b"image001@x\0")
    return struct.pack("<I", 6) + named + several + short + said


def winmail(kind: str) -> bytes:
    """Return a winmail.dat: with a `text`, an `rtf`, an `html` within it, `files`, `names`, or counts that `lie`."""
    head = struct.pack("<IH", 0x223E9F78, 1) + _object(1, 0x9006, 8, struct.pack("<I", 0x10000))
    head += _object(1, 0x9007, 6, struct.pack("<II", 1252, 0))
    file = _object(2, 0x9002, 6, bytes(14)) + _object(2, 0x8010, 1, b"devis.pdf\0") + _object(2, 0x800F, 6, pdf())
    rtf = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Le vid\'e9oprojecteur est \u233?teint.\par Merci.}"
    page = (
        rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Salle {\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 12"
        rb"{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0  sans r\'e9seau{\*\htmltag72 </p>}}"
    )
    said = {
        "text": _object(1, 0x800C, 2, "Le réseau est coupé.\0".encode("cp1252")),
        "rtf": _object(1, 0x9003, 6, struct.pack("<I", 1) + _property(0x102, 0x1009, lzfu(rtf))),
        "html": _object(1, 0x9003, 6, struct.pack("<I", 1) + _property(0x102, 0x1009, lzfu(page))),
        "lie": _object(1, 0x9003, 6, struct.pack("<IHHI", 0xFFFFFFF0, 0x1002, 0x1009, 0xFFFFFFF0)),
        "files": b"",
        "names": _object(2, 0x9002, 6, bytes(14)) + _object(2, 0x800F, 6, png()) + _object(2, 0x9005, 6, named_file()),
    }[kind]
    return head + said + (file if kind != "rtf" else b"")


def opaque(kind: str) -> bytes:
    """Return an S/MIME blob: `signed` or `streamed` shows its words to who opens it, `encrypted` does not."""

    def element(tag: int, content: bytes) -> bytes:
        size = len(content)
        length = bytes([size]) if size < 128 else b"\x82" + struct.pack(">H", size)
        return bytes([tag]) + length + content

    name = bytes.fromhex("06092a864886f70d0107")
    within = b"Content-Type: text/plain; charset=utf-8\r\n\r\nLa salle 3 est ferm\xc3\xa9e.\r\n"
    if kind == "streamed":  # as programs write that do not know the length beforehand
        pieces = b"".join(element(0x04, within[at : at + 20]) for at in range(0, len(within), 20))
        octets = b"\x24\x80" + pieces + bytes(2)
        return (
            b"\x30\x80"
            + name
            + b"\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80"
            + name
            + b"\x01\xa0\x80"
            + octets
            + bytes(8)
        )
    content = element(0x30, name + b"\x01" + element(0xA0, element(0x04, within)))
    inner = element(0x30, element(0x02, b"\x01") + element(0x31, b"") + content)
    return element(0x30, name + (b"\x02" if kind == "signed" else b"\x03") + element(0xA0, inner))


def assert_shown(mail: ParsedMail) -> None:
    """Check what holds of any mail: one-line headers, addresses and file names that show all that they are."""
    lines = (mail.subject, mail.sender_name, mail.message_id, *(one.filename for one in mail.attachments))
    hidden = {c for line in lines for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= set("\u200c\u200d"), "only what joins letters and emoji"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", mail.text + mail.folded)
    names = [one.filename for one in mail.attachments]
    assert all(0 < len(name) <= 150 and "/" not in name and "\\" not in name for name in names)
    assert len({name.lower() for name in names}) == len(names)
    for address in (*mail.senders, *mail.came_to, *mail.reply_to):
        assert "@" in address and address.isprintable() and " " not in address and len(address) <= 320
