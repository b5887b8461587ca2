"""What of a text is indexed: both forms of its words, its compounds in one word, its codes. Pure.

Every word of a heading (title, tag, name of a person or a file) is indexed, also the stop words, and so is each pair of
words in one: « salle info » is found by « salleinfo ». Of a long text, stop words are left out, and only compounds that
are written so (« salle-info ») or known (`matrix.french.synonyms`) are indexed in one word; the index would be three
times as large. Tokens are ASCII letters and digits only, so nothing typed can be query syntax.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

from matrix import french
from matrix.french import synonyms
from ticketing.search import codes

#: Stop words that are also nouns: « cours d’été ». They are indexed in any text.
NOUNS = frozenset({"ete"})
#: The most parts of a compound that is indexed whole, as the UUID in the name of a file would not be.
PARTS_MAX = 8


def heading(text: str) -> set[str]:
    """Return the index tokens of a short text of which no word may be lost."""
    return set(_heading(text))


@lru_cache(maxsize=4096)  # names of people and machines come back on every ticket of a place
def _heading(text: str) -> frozenset[str]:
    found = tokens(text)
    spelled = french.words(text)
    for index, word in enumerate(spelled):
        found.update(french.forms(word.text))
        if rest := french.without_article(word.text):
            found.update(french.forms(rest))
        if word.tie:
            found.update(_one(spelled[index - 1 : index + 1]))
    return frozenset(found)


def tokens(text: str) -> set[str]:
    """Return the index tokens of a text."""
    spelled = french.words(text)
    found = {code.token for code in codes.codes(french.normal(text))}
    for word in spelled:
        found.update(_of_word(word.text))
    for parts in compounds(spelled):
        found.update(_one(parts))
    for compound in synonyms.shipped().compounds(spelled):
        found.update(french.forms(compound))
    return found


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> tuple[str, ...]:
    """Return the forms of a word of a text, and of what follows a glued article; nothing for a stop word."""
    if french.is_stop_word(word) and french.unaccented(word) not in NOUNS:
        return ()
    rest = french.without_article(word)
    return french.forms(word) + (french.forms(rest) if rest and synonyms.shipped().knows(rest) else ())


def compounds(spelled: Sequence[french.Word]) -> Iterator[Sequence[french.Word]]:
    """Yield the compounds of a text as written: each pair of parts, without elided words, and the whole."""
    start = 0
    for index in range(1, len(spelled) + 1):
        if index < len(spelled) and spelled[index].tie == "-":
            if not spelled[index - 1].ignored:
                yield spelled[index - 1 : index + 1]
            continue
        if 2 < index - start <= PARTS_MAX:
            yield spelled[start:index]
        start = index


def key_token(key: str) -> str:
    """Return the token that stands for a perimeter key in the index."""
    return "k" + blake2b(key.encode(), digest_size=10).hexdigest()


def own_tokens(found: set[str], side: str) -> set[str]:
    """Return the tokens of something that one side alone may read (`Perimeter.side`): no other side asks for them."""
    mark = own_mark(side)
    return {mark + token for token in found}


def own_mark(side: str) -> str:
    """Return how the tokens of one side begin."""
    return "n" + blake2b(side.encode(), digest_size=8).hexdigest()


def _one(parts: Sequence[french.Word]) -> tuple[str, ...]:
    """Return the forms of parts in one word, or nothing if that were too long a word."""
    whole = "".join(part.text for part in parts)
    return french.forms(whole) if len(whole) <= french.WORD_MAX else ()
