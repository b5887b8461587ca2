"""What no French sentence of the program may hold: articles, contractions, elisions, numbers that do not agree."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"«[^«»]*»")
_VOWEL = "aàâeéèêëiîïoôuûAÀÂEÉÈÊËIÎÏOÔUÛ"
#: A fault -> what shows it, outside words that are quoted from a text.
_FAULTS = {
    "two articles": r"\b([Ll]es?|[Ll]a) (le|la|les|l[’'])\b|\b[Ll][’'] ?(les?|la|l[’'])\b",
    "« de le », « à les »": r"\b([Dd]e|[Àà]) [Ll]es?\b",
    "« du les », « au la »": r"\b(du|au|des|aux) ([Ll]es?|[Ll]a|[Ll][’'])\b",
    "no elision": rf"\b(de|le|la|que|ne|se) (?=[{_VOWEL}])",
    "two blanks": r"[  ]{2}|\( | \)| [,.]",
    "the commune twice": r"(\b[\w’-]{3,}(?: [\w’-]+)*), \1(?!\w)",
    "a singular for two": r" et (?:l’|de l’|le |la )[^.:;]*?\b(?:lui|leur) revient\b",
    "an id": r"\b(academie|departement|etablissement|college|ecole)\b|\bNone\b",
    "two signs": r"\.\.(?!\.)|,,|;;|\(\)",
}
_FOUND = {fault: re.compile(pattern) for fault, pattern in _FAULTS.items()}
_ELIDED = re.compile(rf"\b(de|le|la|que) «[  ]?[{_VOWEL}]")


def faults(sentence: str) -> list[str]:
    """The faults of a sentence, each named, with the words that show it."""
    bare = _QUOTED.sub("«»", sentence)
    found = [f"{fault}: {hit[0]!r}" for fault, pattern in _FOUND.items() if (hit := pattern.search(bare))]
    if hit := _ELIDED.search(sentence):
        found.append(f"no elision: {hit[0]!r}")
    return found
