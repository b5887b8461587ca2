"""What the readers of boxes share: what they hand a mail to, what they give back, and what they raise. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Trouble(Exception):
    """A box cannot be read; the sentence, in French, says why, without a password or an address."""


class Keep(Protocol):
    """Keeps a mail. `largest` is how many bytes of it are kept whole at most."""

    largest: int

    def __call__(self, raw: bytes, size: int, elsewhere: str) -> bool:
        """Keep a mail of `size` bytes, of which `raw` is all, or the beginning; return whether it is kept whole.

        `elsewhere` says, in French, where one that is too large stays. It returns only once the mail is committed.
        """


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many mails were fetched, how many still wait in the box, and how many of these could not be read or moved."""

    done: int
    waiting: int
    faults: int = 0
