"""Whether a text names a service, by the words that the vocabulary gives for it (`[objects]`). Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from matrix.french import fold
from matrix.model import Citation, Convention, Vocabulary

#: How many letters around a word found are shown.
_AROUND = 60


def names(vocabulary: Vocabulary, service: str) -> tuple[str, ...]:
    """How texts name a service: as the vocabulary says, else by the head of its label."""
    return vocabulary.objects.get(service) or (re.split(r"[(:]", vocabulary.services[service])[0].strip(),)


def naming(vocabulary: Vocabulary, convention: Convention, service: str) -> tuple[Citation, ...]:
    """The clauses of an agreement whose quotes name a service, but for the passages set apart as homonyms."""
    return tuple(
        one
        for one in dict.fromkeys(convention.clauses.values())
        if found(vocabulary, service, without(convention, one.reading or one.quote))
    )


def found(vocabulary: Vocabulary, service: str, plain_text: str) -> str:
    """The words of a text (`plain`) that name a service, with those around them; empty where none does."""
    hit = _pattern(names(vocabulary, service)).search(plain_text)
    if hit is None:
        return ""
    return plain_text[max(0, hit.start() - _AROUND) : hit.end() + _AROUND].strip()


def without(convention: Convention, text: str) -> str:
    """A text folded, without the passages where the word for a service means another thing."""
    bare = plain(text)
    for passage in convention.homonyms:
        bare = bare.replace(plain(passage), " … ")
    return bare


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A text as names are looked for in it: folded, with one apostrophe and single blanks."""
    return " ".join(re.sub("[’ʼ]", "'", fold(text)).split())


@lru_cache(maxsize=512)
def _pattern(called: tuple[str, ...]) -> re.Pattern[str]:
    """What finds one of some names, in the singular or the plural, with hyphens or blanks."""
    ways = []
    for name in called:
        words = re.split(r"[ '-]+", plain(name))
        ways.append(r"[ '-]+".join(re.escape(word) + ("" if len(word) < 4 else "[sx]?") for word in words))
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(ways)})(?![a-z0-9])")
