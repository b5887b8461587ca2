"""Subjects of mails: without the prefixes that programs add and without tokens, and as titles. Pure."""

from __future__ import annotations

import re

from matrix.french import fold
from ticketing import model

#: What mail programs put before a subject, in the languages met in France; « Re[2]: » and « RE : » too.
_PREFIX = re.compile(
    r"^\s*(?:re|r[eé]p|r[eé]ponse|tr|fw|fwd|aw|wg|sv|vs|vl|rv|enc|i|antw|odp|ref|res|réf)"
    r"\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:：]",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\[GU-[0-9A-Za-z-]{1,24}\]", re.IGNORECASE)
_LIST = re.compile(r"^\s*\[[^\]]{1,40}\]\s*")
#: Titles that mail programs give where the author gave none.
_EMPTY = frozenset({"", "sans objet", "no subject", "aucun objet", "pas d objet", "none"})
UNTITLED = "Demande par courriel"


def bare(subject: str) -> str:
    """Return a subject without prefixes (RE:, TR:, AW:, Fwd: … in any number) and without our tokens."""
    text = model.clean_line(subject)
    while True:
        shorter = _PREFIX.sub("", _TOKEN.sub(" ", text)).strip()
        if shorter == text:
            return model.clean_line(shorter)
        text = shorter


def alike(one: str, other: str) -> bool:
    """Whether two subjects name the same conversation: the same words, whatever prefixes and lists were added."""
    return compared(one) == compared(other)


def compared(subject: str) -> str:
    """Return a subject as it is compared with others: bare, without the tag of a list, folded."""
    return " ".join(re.findall(r"\w+", fold(bare(_LIST.sub("", bare(subject))))))


def title(subject: str) -> str:
    """Return the title of a ticket opened under a subject; what is too long is cut at a word."""
    text = bare(subject)
    if compared(text) in _EMPTY or len(text) < model.TITLE_MIN:
        return UNTITLED
    if len(text) <= model.TITLE_MAX:
        return text
    cut = text[: model.TITLE_MAX - 1]
    return cut.rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
