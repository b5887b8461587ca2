"""What an article made from a solution leaves out: names, rooms, numbers and addresses. Pure.

It errs on the side of leaving out, and catches no more than what it knows or what has a form: a person reads again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What stands for what was left out.
GAP = "[…]"
#: The fewest letters of a part of a name that is looked for by itself.
PART_MIN = 3

_FORMS = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?:\+33|\b0)[ .\u00a0]?[1-9](?:[ .\u00a0-]?\d\d){4}\b"),
    re.compile(r"\b(?:le |du |au )?ticket(?: suivi)? ?(?:n[°o]|#)?[ \u00a0]?\d+", re.IGNORECASE),
    re.compile(r"(?:n[°o]|#)[ \u00a0]?\d+", re.IGNORECASE),
    re.compile(
        r"\b(?:[Mm]onsieur|[Mm]adame|M\.|Mme|Mlle|MM\.|Mmes)[ \u00a0]+[A-ZÀ-Þ][\w’'-]*(?:[ \u00a0][A-ZÀ-Þ][\w’'-]+)*"
    ),
    re.compile(r"\b(?:salle|bureau|classe)[ \u00a0]+(?:n[°o][ \u00a0]?)?[A-Z]{0,3}[ -]?\d+\w*", re.IGNORECASE),
    re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),
    re.compile(r"\b(?:[A-Z]{1,4}[-_]){1,3}\w*\d\w*\b"),
    re.compile(r"\b\w*\d{5,}\w*\b"),
)


def without(text: str, names: Iterable[str], things: Iterable[str]) -> tuple[str, int]:
    """Return a text without names of people, without things as they were typed, and how many passages went.

    `names` are « Prénom Nom » each, `things` a room, a tag, the name of a machine. Passages of a known form go too:
    mails, telephones, numbers of tickets, rooms, addresses of machines, long numbers.
    """
    count = 0
    for pattern in (*_of_names(names), *_of_things(things), *_FORMS):
        text, gone = pattern.subn(GAP, text)
        count += gone
    return re.sub(rf"{re.escape(GAP)}(?:[ \u00a0]{re.escape(GAP)})+", GAP, text), count


def _of_names(names: Iterable[str]) -> list[re.Pattern[str]]:
    """Return the patterns of people's names: the whole in any case, each part as a name is written."""
    known = sorted({" ".join(name.split()) for name in names if name.strip()}, key=len, reverse=True)
    whole = [re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE) for name in known]
    parts = sorted({part for name in known for part in re.split(r"[ -]", name) if len(part) >= PART_MIN})
    spelled = {one for part in parts if part[0].isupper() for one in (part, part.upper())}
    return whole + [re.compile(rf"\b{re.escape(one)}\b") for one in sorted(spelled)]


def _of_things(things: Iterable[str]) -> list[re.Pattern[str]]:
    known = sorted({thing.strip() for thing in things if len(thing.strip()) > 1}, key=len, reverse=True)
    return [re.compile(rf"(?<!\w){re.escape(thing)}(?!\w)", re.IGNORECASE) for thing in known]
