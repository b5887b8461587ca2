"""The rich text that Outlook puts in winmail.dat: unpacked (LZFu), then read as text or as the HTML it hides. Pure."""

from __future__ import annotations

import re

#: What Outlook and Exchange put in the window before the first byte (MS-OXRTFCP, 2.1.3.1).
_PRIMED = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern "
    rb"\fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
UNPACKED_MAX = 1024 * 1024
_TOKEN = re.compile(rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)")
_HIDDEN = frozenset(b"fonttbl colortbl stylesheet info pict object header footer themedata generator listtable".split())
_BREAKS = {b"par": "\n", b"line": "\n", b"tab": "\t", b"row": "\n", b"cell": " | "}
_SIGNS = {
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
}


def unpacked(data: bytes) -> bytes:
    """Return the RTF of a compressed property, or no byte where it cannot be read; at most a megabyte of it."""
    if len(data) < 16:
        return b""
    size = int.from_bytes(data[4:8], "little")
    if data[8:12] == b"MELA":
        return data[16 : 16 + size][:UNPACKED_MAX]
    if data[8:12] != b"LZFu":
        return b""
    window = bytearray(_PRIMED)
    at, limit = 16, len(_PRIMED) + min(size, UNPACKED_MAX)
    while at < len(data) and len(window) < limit:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                window.append(data[at])
                at += 1
                continue
            pair, at = int.from_bytes(data[at : at + 2], "big"), at + 2
            if not _copied(window, pair >> 4, (pair & 15) + 2):
                return bytes(window[len(_PRIMED) : limit])
    return bytes(window[len(_PRIMED) : limit])


def _copied(window: bytearray, place: int, length: int) -> bool:
    """Repeat what stands at a place of the last 4,096 bytes; False where the packer wrote its end."""
    back = (len(window) - place) % 4096
    if back == 0:
        return False
    for _ in range(length):
        window.append(window[-back] if back <= len(window) else 32)
    return True


def text(data: bytes) -> tuple[str, bool]:
    """Return what an RTF says, and whether that is HTML, which Outlook writes within it (MS-OXRTFEX)."""
    reader = _Reader(data)
    for token in _TOKEN.finditer(data):
        reader.take(token)
    return "".join(reader.found), reader.is_page


class _Reader:
    """What stands open while an RTF is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.is_page = b"\\fromhtml1" in data[:4096]
        self.codec = _codec(data)
        self.found: list[str] = []
        self.stack: list[tuple[bool, int]] = []
        self.hidden = False
        self.after_unicode = 1  # how many characters after a Unicode one say it again for old programs
        self.skip = 0

    def take(self, token: re.Match[bytes]) -> None:
        """Read one token: a brace, a word, a sign or plain characters."""
        word, number, byte, sign, brace, plain = token.groups()
        said = ""
        if brace == b"{":
            self.stack.append((self.hidden, self.after_unicode))
        elif brace == b"}":
            self.hidden, self.after_unicode = self.stack.pop() if self.stack else (False, 1)
        elif sign == b"*":
            self.hidden = self.hidden or not (self.is_page and self.data.startswith(b"\\htmltag", token.end()))
        elif word:
            said = self._word(word, number)
        elif sign in (b"\\", b"{", b"}", b"~", b"_"):
            said = {b"~": "\xa0", b"_": "-"}.get(sign, sign.decode())
        elif byte or plain:
            said = (bytes.fromhex(byte.decode()) if byte else plain).decode(self.codec, "replace")
            said, self.skip = said[self.skip :], max(0, self.skip - len(said))
        if said and not self.hidden:
            self.found.append(said)

    def _word(self, word: bytes, number: bytes | None) -> str:
        if word in _HIDDEN:
            self.hidden = True
        elif word == b"htmlrtf":
            self.hidden = number != b"0"
        elif word == b"uc":
            self.after_unicode = min(int(number or 1), 8)
        elif word == b"u" and number:
            self.skip = self.after_unicode
            return _character(int(number))
        return _SIGNS.get(word) or _BREAKS.get(word, "")


def _character(number: int) -> str:
    code = number + 65536 if number < 0 else number
    return chr(code) if 31 < code < 65536 and not 0xD800 <= code < 0xE000 else ""


def _codec(data: bytes) -> str:
    found = re.search(rb"\\ansicpg(\d{3,5})", data[:2000])
    page = int(found[1]) if found else 1252
    return f"cp{page}" if 1250 <= page <= 1258 else "utf-8" if page == 65001 else "cp1252"
