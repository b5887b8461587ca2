"""Codes that people write in several ways, each as one token: telephone numbers and MAC addresses. Pure.

« 05 62 12 34 56 », « 05.62.12.34.56 » and « +33 5 62 12 34 56 » are 0562123456; « AA:BB:CC:DD:EE:FF », « aa-bb-… » and
« aabb.ccdd.eeff » are aabbccddeeff. Serial numbers and inventory tags are words and compounds of words: see `words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

#: Codes of the countries whose numbers have nine digits and follow a 0 at home: metropolitan France and overseas.
_ABROAD = r"(?:(?:\+|00)[\s.-]*(?:33|262|590|594|596)|33)[\s.-]*(?:\(?0\)?[\s.-]*)?"
_APART = r"[\s./()-]{0,3}"
_PHONE = rf"(?:{_ABROAD}|\(?0{_APART})(?P<digits>[1-9](?:{_APART}[0-9]){{8}})"
_MAC = (
    r"(?P<mac>[0-9a-f]{12}|[0-9a-f]{6}[:-][0-9a-f]{6}|[0-9a-f]{4}(?P<dot>[:.-])[0-9a-f]{4}(?P=dot)[0-9a-f]{4}"
    r"|[0-9a-f]{2}(?P<colon>[:.\s-])(?:[0-9a-f]{2}(?P=colon)){4}[0-9a-f]{2})"
)
#: A code stands alone: a serial number that holds ten digits is no telephone number. Matches may overlap, hence (?=…).
_CODE = re.compile(rf"(?<![^\W_])(?=(?P<code>{_PHONE}|{_MAC})(?![^\W_]))")
_NOT_HEXADECIMAL = re.compile(r"[^0-9a-f]")


class Code(NamedTuple):
    """A code found in a text: its token, and where it stands."""

    token: str
    start: int
    end: int


def codes(text: str) -> Iterator[Code]:
    """Yield the codes of a text that `matrix.french.normal` has normalised; two of them may overlap."""
    for found in _CODE.finditer(text):
        digits = found["digits"]
        token = "0" + _NOT_HEXADECIMAL.sub("", digits) if digits else _NOT_HEXADECIMAL.sub("", found["mac"])
        yield Code(token, *found.span("code"))
