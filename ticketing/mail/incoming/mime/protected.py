"""Signed and encrypted messages: told apart, their words reached, their signatures left alone. Pure."""

from __future__ import annotations

import re

SIGNED, ENCRYPTED = "signed", "encrypted"
#: What a person reads in place of words that are encrypted.
SENTENCE = (
    "Ce message est chiffré : Guichet ne peut pas le lire. Son auteur peut l’envoyer de nouveau sans chiffrement, ou "
    "écrire sur la page du ticket."
)
#: Parts that carry a signature or a key, and are no file of anybody's.
SIGNATURE_TYPES = frozenset(
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    }
)
OPAQUE_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_PGP_SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[A-Za-z]+: ?[^\r\n]*\r?\n)*\r?\n?(.*?)"
    r"(?:-----BEGIN PGP SIGNATURE-----.*?(?:-----END PGP SIGNATURE-----|\Z)|\Z)",
    re.DOTALL,
)
_PGP_ENCRYPTED = "-----BEGIN PGP MESSAGE-----"
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_DEPTH_MAX, _PIECES_MAX = 12, 200_000


def inline(text: str) -> tuple[str, str]:
    """Return a text without the marks of PGP written in it, and what it was: « », signed or encrypted."""
    if _PGP_ENCRYPTED in text:
        before, _, rest = text.partition(_PGP_ENCRYPTED)
        after = rest.partition("-----END PGP MESSAGE-----")[2]
        return "\n\n".join(piece for piece in (before.strip(), SENTENCE, after.strip()) if piece), ENCRYPTED
    found = _PGP_SIGNED.search(text)
    if found is None:
        return text, ""
    words = re.sub(r"^- (?=-)", "", found[1], flags=re.MULTILINE)
    return f"{text[: found.start()]}{words.rstrip()}\n{text[found.end() :]}".strip("\n"), SIGNED


def signed_content(blob: bytes) -> bytes | None:
    """Return the message within an opaque S/MIME signature, or None where the blob is encrypted or unreadable.

    The signature is not checked: nothing here believes it.
    """
    if _SIGNED_DATA not in blob[:64]:
        return None
    at = blob.find(_DATA)
    if at < 0:
        return None
    try:
        tag, start, end, _ = _element(blob, at + len(_DATA), len(blob))
        return _octets(blob, start, end, 0) if tag == 0xA0 else None
    except ValueError:
        return None


def _element(blob: bytes, at: int, end: int) -> tuple[int, int, int, int]:
    """Return the tag of a BER element, where its content begins and ends, and where the next one begins."""
    if at + 2 > end:
        raise ValueError("cut")
    tag, length = blob[at], blob[at + 1]
    start = at + 2
    if length == 0x80:  # its end is marked, not told: what contains it is read until the mark
        return tag, start, end, end
    if length > 0x80:
        size = length & 0x7F
        length = int.from_bytes(blob[start : start + size], "big")
        start += size
    if start + length > end:
        raise ValueError("cut")
    return tag, start, start + length, start + length


def _octets(blob: bytes, start: int, end: int, depth: int) -> bytes:
    """Return the bytes of an OCTET STRING, in one piece or in several."""
    found: list[bytes] = []
    at = start
    while at + 2 <= end and blob[at : at + 2] != b"\0\0" and len(found) < _PIECES_MAX and depth < _DEPTH_MAX:
        tag, content, stop, after = _element(blob, at, end)
        if tag == 0x04:
            found.append(blob[content:stop])
        elif tag == 0x24:
            found.append(_octets(blob, content, stop, depth + 1))
        else:
            break
        at = after
    return b"".join(found)
