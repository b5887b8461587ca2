"""Bytes read as text, whatever charset they claim. Pure.

Only charsets of a closed list are tried by name: Python also calls « codecs » things that hang (punycode), execute
escapes or hide characters (UTF-7).
"""

from __future__ import annotations

import codecs
import re

from ticketing.mail.incoming.mime.notes import Notes

#: What programs write, and the codec that reads what they meant (WHATWG: Latin-1 is read as Windows-1252).
_ALIASES = {
    "ansi": "cp1252",
    "ansi_x3.110-1983": "cp1252",
    "ansi_x3.4-1968": "ascii",
    "cp-850": "cp850",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso8859_1": "cp1252",
    "ks_c_5601-1987": "cp949",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "macintosh": "mac_roman",
    "shift_jis": "cp932",
    "us-ascii": "ascii",
    "x-mac-roman": "mac_roman",
    "x-sjis": "cp932",
    "x-utf-8": "utf-8",
}
#: Python's own names of the charsets that are read.
_KNOWN = {
    "ascii", "big5", "big5hkscs", "cp1006", "cp1125", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255",
    "cp1256", "cp1257", "cp1258", "cp437", "cp720", "cp737", "cp775", "cp850", "cp852", "cp855", "cp857", "cp858",
    "cp860", "cp861", "cp862", "cp863", "cp864", "cp865", "cp866", "cp874", "cp932", "cp949", "cp950", "euc_jp",
    "euc_kr", "gb18030", "hz", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext",
    "iso2022_kr", "iso8859-10", "iso8859-11", "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "iso8859-2",
    "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-9", "johab", "koi8-r",
    "koi8-u", "mac-cyrillic", "mac-greek", "mac-latin2", "mac-roman", "mac-turkish", "ptcp154", "shift_jis",
    "tis-620", "utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF7 = frozenset(
    {"utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7", "unicode-2-0-utf-7", "u7", "imap4-utf-7"}
)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_WIDE = ("utf-16", "utf-32")
_SAMPLE = 4096


def decode(data: bytes, declared: str, notes: Notes) -> str:
    """Return bytes as text, in the charset that is declared where it fits, else in the one that does; it never fails.

    What had to be guessed is told to the notes.
    """
    name = declared.strip(" \t\r\n\"';").lower()
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return data.decode(marked, "replace").lstrip("\ufeff")
    if name in _UTF7:
        notes.add("Le message se dit en UTF-7, qui n’est pas lu : son texte est montré tel quel.")
        return _guessed(data)
    codec = _codec(name)
    if codec is None:
        return _undeclared(data, name, notes)
    if codec.startswith(_WIDE):
        return _wide(data, codec, notes)
    return _eight_bits(data, codec, name, notes)


def _codec(name: str) -> str | None:
    """Return the codec of a charset's name, or None if it is not one of those that are read."""
    if not name or len(name) > 40:
        return None
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    found = "cp1252" if found == "iso8859-1" else found
    return found if found in _KNOWN else None


def _undeclared(data: bytes, name: str, notes: Notes) -> str:
    wide = _looks_wide(data)
    if name and name not in ("unknown-8bit", "x-unknown", "unknown", "default", "8bit", "x-user-defined"):
        notes.add(f"Jeu de caractères inconnu (« {_shown(name)} ») : le texte est lu au mieux.")
    elif wide or _NOT_ASCII.search(data):
        notes.add("Jeu de caractères non déclaré : le texte est lu au mieux.")
    return data.decode(wide, "replace") if wide else _guessed(data)


def _shown(name: str) -> str:
    return re.sub(r"[^a-z0-9._+-]", "?", name[:40])


def _looks_wide(data: bytes) -> str:
    """Return the codec of a text in two or four bytes a character without its mark, by where its null bytes stand."""
    sample = data[: _SAMPLE - _SAMPLE % 4]
    if len(sample) < 4 or b"\0" not in sample:
        return ""
    at = [sample[start::4].count(0) / max(1, len(sample[start::4])) for start in range(4)]
    if min(at[1:]) > 0.9:
        return "utf-32-le"
    if min(at[:3]) > 0.9:
        return "utf-32-be"
    if min(at[1], at[3]) > 0.6 and max(at[0], at[2]) < 0.4:
        return "utf-16-le"
    if min(at[0], at[2]) > 0.6 and max(at[1], at[3]) < 0.4:
        return "utf-16-be"
    return ""


def _wide(data: bytes, codec: str, notes: Notes) -> str:
    """Return a text that claims two or four bytes a character: some programs say so of plain UTF-8."""
    seen = _looks_wide(data)
    if not seen and b"\0" not in data[:_SAMPLE]:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            # Chinese or Cyrillic in two bytes has few nulls, but it is hardly ever valid UTF-8.
            notes.add(f"Le texte se dit en {codec.upper()} et ne l’est pas : il est lu en UTF-8.")
            return text
    if seen and seen[:6] != codec[:6]:
        notes.add(f"Le texte se dit en {codec.upper()} et ne l’est pas : il est lu en {seen.upper()}.")
    # Without a mark, RFC 2781 says that the most significant byte comes first.
    return data.decode(seen or (f"{codec}-be" if codec in _WIDE else codec), "replace")


def _eight_bits(data: bytes, codec: str, name: str, notes: Notes) -> str:
    if not _NOT_ASCII.search(data):
        # ISO-2022 and HZ are made of ASCII bytes; any other text of ASCII bytes is the same in UTF-8.
        return data.decode(codec if codec.startswith(("iso2022", "hz")) else "utf-8", "replace")
    if codec == "ascii":
        notes.add("Le texte se dit en ASCII et ne l’est pas : il est lu au mieux.")
        return _guessed(data)
    if codec == "utf-8":
        return _utf_8(data, notes)
    if codec.startswith(("cp125", "iso8859")) and _is_utf_8(data):
        notes.add(f"Le texte se dit en {_shown(name)} et ne l’est pas : il est lu en UTF-8.")
        return data.decode("utf-8")
    return data.decode(codec, "replace")


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _utf_8(data: bytes, notes: Notes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = len(_NOT_ASCII.findall(data)) - broken
    if whole > 2 * broken:  # a character or two were cut; Windows-1252 would spoil all the others
        notes.add("Quelques caractères du texte sont abîmés : ils sont remplacés par « \ufffd ».")
        return text
    notes.add("Le texte se dit en UTF-8 et ne l’est pas : il est lu en Windows-1252.")
    return data.decode("cp1252", "replace")


def _guessed(data: bytes) -> str:
    """Return the text of bytes whose charset is not known: UTF-8 if they are, else Windows-1252."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
