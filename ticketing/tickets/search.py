"""Search for both engines: turn a text into index tokens, and a person's search into a query. Pure.

`matrix.french` analyses words. Tokens are ASCII letters and digits only, so nothing typed can be query syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from matrix import french

WORDS_MAX = 12  # the most words of a search; further words are ignored


def tokens(text: str) -> set[str]:
    """Return the index tokens of a text: both forms of each word that is not a stop word."""
    found: set[str] = set()
    for word in french.words(text):
        found.update(french.forms(word))
    return found


def query(text: str) -> list[tuple[str, ...]]:
    """Return the query of a search: the forms of each word, any of which matches; all words must match."""
    wanted: list[tuple[str, ...]] = []
    for word in french.words(text):
        forms = french.forms(word)
        if forms and forms not in wanted:
            wanted.append(forms)
        if len(wanted) == WORDS_MAX:
            break
    return wanted


def number(text: str) -> int | None:
    """Return the ticket number that words may mean (« 123 », « #123 », « Ticket n° 123 »), or None.

    Any blank is accepted, since a number copied from a screen has a no-break space.
    """
    plain = " ".join(text.split())
    found = re.fullmatch(r"(?:ticket )?(?:#|n[°o])? ?(\d{1,12})", plain, re.IGNORECASE | re.ASCII)
    return int(found[1]) if found else None


def key_token(key: str) -> str:
    """Return the token that stands for a perimeter key in the index."""
    return "k" + blake2b(key.encode(), digest_size=10).hexdigest()


def fts5(wanted: Iterable[tuple[str, ...]], key: str | None) -> str:
    """Return the FTS5 expression of a query within a perimeter (None: anywhere); its columns are `words` and `keys`."""
    parts = [f'keys : "{key_token(key)}"'] if key is not None else []
    parts += ["words : (" + " OR ".join(f'"{form}"' for form in forms) + ")" for forms in wanted]
    return " AND ".join(parts)


def tsquery(wanted: Iterable[tuple[str, ...]], key: str | None) -> str:
    """Return the PostgreSQL tsquery for a query within a perimeter (None: anywhere).

    Words and keys share one document, with words under the prefix « w ».
    """
    parts = [f"'{key_token(key)}'"] if key is not None else []
    parts += ["(" + " | ".join(f"'w{form}'" for form in forms) + ")" for forms in wanted]
    return " & ".join(parts)
