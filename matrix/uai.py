"""UAI: the national number of an établissement, seven digits and a letter that checks them. Pure."""

from __future__ import annotations

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # I, O and Q are never used; the number modulo 23 gives the letter


def uai_like(text: str) -> bool:
    """Whether a text has the shape of an UAI, in either case: « 0131266f »."""
    return len(text) == 8 and text[:7].isdecimal() and text[:7].isascii() and text[7].isascii() and text[7].isalpha()


def expected_uai(text: str) -> str:
    """The UAI made of the seven digits of `text` and the letter that checks them."""
    return text[:7] + _LETTERS[int(text[:7]) % 23]


def checked_uai(text: str) -> str | None:
    """The UAI in capitals, or None where its letter does not match its digits. `text` must have an UAI's shape."""
    return text.upper() if text.upper() == expected_uai(text) else None


def as_kept(text: str) -> str:
    """An établissement's id as agreements keep it: an UAI is put in capitals, anything else stays as it is."""
    return text.upper() if uai_like(text) else text
