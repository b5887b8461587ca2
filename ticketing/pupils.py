"""Signs of pupils' data in a text: a national number (INE), a birth date, a list of names. Pure.

They are signs and no proof: a page that finds some asks whether they should leave, and lets its author decide
(annexe 6, 2.4; RGPD, article 5: no more than what is needed).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

INE, BIRTH, LIST, FILE = "un numéro INE", "une date de naissance", "une liste de noms", "un fichier d’élèves"
#: How many lines that look like a person make a list.
NAMES_MIN = 5
#: What is read of a text: a list shows in its first lines.
READ_MAX = 100_000

# Nine digits and two letters, or ten digits and one, as the national register and the one before it write them.
_INE = re.compile(r"(?<![0-9A-Za-z])(?:\d{9}[A-Za-z]{2}|\d{10}[A-Za-z])(?![0-9A-Za-z])")
_DAY = r"(?:\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{2,4}|\d{1,2}(?:er)?\s+[a-zéû]{3,9}\s+\d{4}|\d{4}-\d{2}-\d{2})"
_BIRTH = re.compile(rf"(?:\bn[ée]{{1,2}}(?:\(e\)|\.e|e)?\s+le|naissance\W{{0,3}}(?:le|:|;|,)?)\s*{_DAY}", re.IGNORECASE)
#: A name of a file that says what it holds: « liste_eleves_6A.ods », « trombinoscope.pdf ».
_PUPILS_FILE = re.compile(
    r"(?:liste|export|fichier|base|noms)[\W_]*(?:des?|d)?[\W_]*[ée]l[èe]ves|listes?[\W_]*(?:des?[\W_]*)?classes?"
    r"|[ée]l[èe]ves[\W_]*\d[eè]me|trombi|bulletins?[\W_]*(?:scolaires?|d[\W_]|[ée]l)",
    re.IGNORECASE,
)
_FILE_NAME = "Nom du fichier : "
_UPPER, _NAME = r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ’'-]+", r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ’'-]+"
_PERSON = re.compile(rf"^\W*(?:{_UPPER}(?:\s{_UPPER})*[\s;,\t]+{_NAME}|{_NAME}[\s;,\t]+{_UPPER})\b")


def signs(text: str) -> tuple[str, ...]:
    """Return the signs of pupils' data in a text, in words."""
    text = text[:READ_MAX]
    found = []
    if _INE.search(text):
        found.append(INE)
    if _BIRTH.search(text):
        found.append(BIRTH)
    if sum(bool(_PERSON.match(line)) for line in text.splitlines()) >= NAMES_MIN:
        found.append(LIST)
    if text.startswith(_FILE_NAME) and _PUPILS_FILE.search(text):
        found.append(FILE)
    return tuple(found)


def named(name: str) -> str:
    """Return the name of a file as a text that `signs` reads as such."""
    return f"{_FILE_NAME}{unicodedata.normalize('NFC', name)}"


@dataclass(frozen=True, slots=True)
class Found:
    """The signs in some texts, in words, and the print by which a form says that its author was asked about them."""

    signs: tuple[str, ...]
    print: str


def found(texts: Sequence[str]) -> Found | None:
    """Return the signs of pupils' data in texts that leave together; None where there is none."""
    told = tuple(dict.fromkeys(sign for text in texts for sign in signs(text)))
    return Found(told, print_of(texts)) if told else None


def print_of(texts: Sequence[str]) -> str:
    """Return a short print of texts, by which a form says that its author was asked about these and no others."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
