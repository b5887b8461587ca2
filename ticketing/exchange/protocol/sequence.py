"""The order of a stream of updates: what is new, what came before its turn, what is missing. Pure.

A stream has one writer, who numbers its updates from 1 on. Whoever receives it applies each once and in order, however
the mails come: doubled, shuffled, or not at all until they are asked for again. Two tools that apply the same streams
end equal, since neither writes in the other's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

#: An update this far ahead of its turn is refused: no tool is that late, and nothing would bound what is kept.
AHEAD_MAX = 500
#: After how long a gap is asked for, then asked for again. The first wait lets mails that overtook each other arrive.
PATIENCE = (timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
#: How long a gap is waited for before what came after it is applied without it, in sight of the administrator.
GIVE_UP = timedelta(days=4)


class Place(StrEnum):
    """Where an update stands in its stream."""

    NEXT = "next"
    EARLY = "early"
    KNOWN = "known"
    FAR = "far"


@dataclass(frozen=True, slots=True)
class Stream:
    """What was received of a stream: applied up to `upto`, and `held` until what is before them has come."""

    upto: int = 0
    held: frozenset[int] = frozenset()

    def place(self, sequence: int) -> Place:
        """Return where an update stands."""
        if sequence <= self.upto or sequence in self.held:
            return Place.KNOWN
        if sequence == self.upto + 1:
            return Place.NEXT
        return Place.FAR if sequence > self.upto + AHEAD_MAX else Place.EARLY

    def with_held(self, sequence: int) -> Stream:
        """Return the stream with an update that has come, whether or not it is its turn."""
        return Stream(self.upto, self.held | {sequence}) if self.place(sequence) in (Place.NEXT, Place.EARLY) else self

    def ready(self) -> tuple[int, ...]:
        """Return the held updates whose turn has come, in order."""
        found, turn = [], self.upto + 1
        while turn in self.held:
            found.append(turn)
            turn += 1
        return tuple(found)

    def applied(self, sequences: Collection[int]) -> Stream:
        """Return the stream once these updates are applied."""
        return Stream(max(self.upto, *sequences) if sequences else self.upto, self.held - frozenset(sequences))

    def missing(self, announced: int = 0) -> tuple[int, ...]:
        """Return the updates that never came, up to the last that came or that the writer announced."""
        last = max((*self.held, announced), default=0)
        last = min(last, self.upto + AHEAD_MAX)
        return tuple(one for one in range(self.upto + 1, last + 1) if one not in self.held)

    def skipping(self) -> Stream:
        """Return the stream when the first gap is given up: what came after it has its turn."""
        return Stream(min(self.held) - 1, self.held) if self.held else self


def wait(asked: int) -> timedelta:
    """Return how long to wait before a gap is asked for once more, after it was asked for that many times."""
    return PATIENCE[min(asked, len(PATIENCE) - 1)]


def follows(*, holds: bool, theirs: str, ours: str) -> bool:
    """Whether our ticket follows the state that the other tool says: the rule for two changes at once.

    Each party owns its own state, and both are shown. Ours follows in one case: the party that holds the ticket says
    that it is resolved, while it is open here. Then the requester is asked to confirm, as after a resolution on the
    page. Whatever order the two messages came in, the holder's word gives the same end.
    """
    return holds and theirs in ("resolved", "closed") and ours in ("new", "in_progress", "on_hold")
