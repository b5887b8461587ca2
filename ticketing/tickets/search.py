"""One index for both engines: text -> index tokens, what a person searches -> a query. Pure.

Words are analysed by `matrix.french`. Tokens are ASCII letters and digits only, so nothing typed can be query syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from matrix import french

WORDS_MAX = 12  # of a search; what follows is left out


def tokens(text: str) -> set[str]:
    """The index tokens of a text: both forms of each word that is not a stop word."""
    found: set[str] = set()
    for word in french.words(text):
        found.update(french.forms(word))
    return found


def query(text: str) -> list[tuple[str, ...]]:
    """What is searched: for each word its forms, any of which will do; every word is wanted. Empty: nothing."""
    wanted: list[tuple[str, ...]] = []
    for word in french.words(text):
        forms = french.forms(word)
        if forms and forms not in wanted:
            wanted.append(forms)
        if len(wanted) == WORDS_MAX:
            break
    return wanted


def number(text: str) -> int | None:
    """The ticket number that words may mean (« 123 », « #123 », « Ticket n° 123 »), or None.

    Copied from a screen, its blank does not break: any blank is one.
    """
    plain = " ".join(text.split())
    found = re.fullmatch(r"(?:ticket )?(?:#|n[°o])? ?(\d{1,12})", plain, re.IGNORECASE | re.ASCII)
    return int(found[1]) if found else None


def key_token(key: str) -> str:
    """The token that stands for a perimeter key in the index."""
    return "k" + blake2b(key.encode(), digest_size=10).hexdigest()


def fts5(wanted: Iterable[tuple[str, ...]], key: str | None) -> str:
    """The FTS5 expression for a query within a perimeter (None: anywhere); its columns are `words` and `keys`."""
    parts = [f'keys : "{key_token(key)}"'] if key is not None else []
    parts += ["words : (" + " OR ".join(f'"{form}"' for form in forms) + ")" for forms in wanted]
    return " AND ".join(parts)


def tsquery(wanted: Iterable[tuple[str, ...]], key: str | None) -> str:
    """The PostgreSQL tsquery for the same; words and keys share one document, words under the prefix « w »."""
    parts = [f"'{key_token(key)}'"] if key is not None else []
    parts += ["(" + " | ".join(f"'w{form}'" for form in forms) + ")" for forms in wanted]
    return " & ".join(parts)
