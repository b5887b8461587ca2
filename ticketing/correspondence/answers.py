"""Read an answer to a question that a mail asked with numbered choices: « 2 », « 1 b », « réponse : 3 », words. Pure.

A question has one or two rows of choices: numbers for the first, letters for the second. Only a text that answers and
says nothing else is an answer; a text that also tells something is a comment, which a person reads. Numbers mean what
they meant in the question that the mail answers, which its caller gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matrix.french import fold

#: The longest answer read: whoever writes more tells something.
LONGEST = 300
#: Words around an answer that say nothing of it.
_POLITE = re.compile(
    r"\b(?:bonjour|bonsoir|madame|monsieur|messieurs|mesdames|merci|cordialement|bien a vous|bonne journee|bonne soiree"
    r"|salutations|cdt|cdlt|svp|s il vous plait|d avance|beaucoup)\b"
)
_LEAD = re.compile(
    r"^(?:(?:ma |la |notre )?reponses?|choix|numeros?|n|options?|c est(?: le| la)?|je choisis(?: le| la)?|plutot|donc"
    r"|il s agit (?:de|du|d)|pour moi|le|la)\b ?"
)
_SMALL = frozenset(("le", "la", "les", "l", "un", "une", "des", "de", "du", "d", "a", "au", "aux"))
_CODED = re.compile(r"^(?:(\d{1,2}) ?(?:et |puis )?([a-z])?|([a-z]) ?(?:et |puis )?(\d{1,2})?)$")
#: What confirms a resolution, whole and alone.
_CONFIRMING = frozenset(
    (
        "confirmer",
        "je confirme",
        "confirme",
        "confirmation",
        "resolution confirmee",
        "je confirme la resolution",
        "je confirme que c est resolu",
        "oui je confirme",
        "c est confirme",
        "ok je confirme",
    )
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice as it was shown: its mark (« 2 » or « b »), its words, and what it sets (column -> value)."""

    mark: str
    label: str
    sets: Mapping[str, Any]

    def packed(self) -> dict[str, Any]:
        """Return the choice as JSON keeps it."""
        return {"mark": self.mark, "label": self.label, "sets": dict(self.sets)}


def unpacked(kept: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    """Return the choices that `Choice.packed` kept."""
    return tuple(Choice(str(one["mark"]), str(one["label"]), dict(one["sets"])) for one in kept)


def read(text: str, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return the choices that a text makes, at most one of each row; none where the text is no plain answer."""
    if len(text) > LONGEST:
        return ()
    said = _plain(text)
    if not said:
        return ()
    coded = _by_codes(said, {one.mark: one for one in choices})
    return coded or _by_words(_words(text), choices) or _by_words(said, choices)


def confirms(text: str) -> bool:
    """Whether a text confirms a resolution, and says nothing else."""
    return len(text) <= LONGEST and _plain(text, leads=False) in _CONFIRMING


def _by_codes(said: str, known: Mapping[str, Choice]) -> tuple[Choice, ...]:
    found = _CODED.match(said)
    if found is None:
        return ()
    codes = [code.lstrip("0") or code for code in found.groups() if code]
    if not all(code in known for code in codes):
        return ()
    return tuple(known[code] for code in sorted(codes, key=lambda one: not one.isdigit()))


def _by_words(said: str, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return the choices whose words the text says, one of each row and no other word, in either order."""
    rows = ([one for one in choices if one.mark.isdigit()], [one for one in choices if not one.mark.isdigit()])
    matched = tuple(one for row in rows if (one := _said(said, row)) is not None)
    left = _bare(said)
    for one in matched:
        left = left.replace(_bare(_words(one.label)), " ", 1)
    return matched if matched and not left.split() else ()


def _said(said: str, row: Sequence[Choice]) -> Choice | None:
    """Return the one choice of a row whose whole label stands in the text; the longest of labels one in another."""
    text = _bare(said)
    found = [one for one in row if re.search(rf"\b{re.escape(_bare(_words(one.label)))}\b", text)]
    longest = max(found, key=lambda one: len(one.label), default=None)
    if longest is None:
        return None
    inside = _words(longest.label)
    return longest if all(_bare(_words(one.label)) in _bare(inside) for one in found) else None


def _bare(words: str) -> str:
    """Return folded words without articles, nor politeness."""
    return " ".join(word for word in _POLITE.sub(" ", words).split() if word not in _SMALL)


def _words(label: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(label)))


def _plain(text: str, *, leads: bool = True) -> str:
    """Return the words of a text in small letters without accents, without greetings, nor what leads to an answer."""
    said = " ".join(_POLITE.sub(" ", _words(text)).split())
    while leads:
        shorter = _LEAD.sub("", said, count=1).strip()
        if shorter == said or not shorter:
            break
        said = shorter
    return said
