"""Draw, in a statement and for each of its rows, a code that nobody guesses, on both engines.

The Message-ID of a notice holds one: whoever may write a mail to the desk could else report as undelivered the mails of
somebody else, by ids made of numbers that follow each other, and have them stopped.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

#: The Message-IDs of notices, digests and letters that hold something drawn; notices of older versions held nothing.
_DRAWN = re.compile(r"<(?:(?:ticket|avis)-\d+-\d+-\d+\.[0-9a-f]{16}|lettre-[0-9a-f]{24,})@[^<>@\s]+>")


def holds_code(message_id: str) -> bool:
    """Return whether a Message-ID has the form of ours with a part that nobody guesses."""
    return _DRAWN.fullmatch(message_id.strip()) is not None


class drawn(FunctionElement[str]):
    """Stands in a statement for sixteen hexadecimal digits, drawn anew for each row by the engine."""

    type = Text()
    inherit_cache = True


@compiles(drawn, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return "lower(hex(randomblob(8)))"


@compiles(drawn, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return "right(replace(CAST(gen_random_uuid() AS text), '-', ''), 16)"
