"""What became of an incoming mail, and what `correspondence` is told of it beside its content. Pure.

state: applied | ignored | quarantined. kind: opened | comment | answer | confirmed | reopened | bounce | complaint |
automatic | calendar | duplicate | exchange | unknown-sender | forged | place-wanted | pupils | refused | unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """An incoming mail as it is kept: its number, the box it came to, and the key that tells it from others.

    The same mail in several boxes has one `id` here, that of its first copy: whatever is done once for a mail is done
    once for this number. `author` is the account to which a person of the académie attributed it (0: to none), `place`
    the établissement that was said of it afterwards (empty: none). `cleared`: somebody said that it may leave,
    with what seems to be pupils' data.
    """

    id: int
    box: str
    key: str
    author: int = 0
    place: str = ""
    cleared: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail: its state, its kind, the reason as a French sentence, and whom and what it touched."""

    state: str
    kind: str
    reason: str
    ticket: int | None = None
    account: int | None = None
    event: int | None = None
