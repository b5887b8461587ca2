"""The visit under way in this context: one request of a person, who was let in a moment before the writing begins.

Between the guard of a page and the lock of a write, time passes: a file is checked, another writer holds the base.
Meanwhile a session may be closed, a mandate end, a collectivité be suspended (VIII), a charter be published. So each
block that writes asks the visit's standing again under its lock, and dates what it writes by the clock read there
(`charters.database`). Jobs, commands and tests make no visit: they say themselves what time it is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Standing(Protocol):
    """What a person was let in on, as whoever let the person in knows it."""

    def ask(self) -> None:
        """Read it again in the current transaction. Raises StandingChanged when it is no longer the same."""

    def learn(self) -> None:
        """Take what the visit itself has just changed (its mandate, its session) as what it now stands on."""


@dataclass(slots=True)
class Visit:
    """A request: its clock, the standing of its person (None: anybody), the instant of the block that it writes."""

    clock: Callable[[], datetime]
    standing: Standing | None = None
    instant: datetime | None = None
    moved: bool = False  # whether the block wrote on what a standing is made of
    held_back: bool = False  # whether nothing may be committed: the person has yet to prove to be at the keyboard


class Unproved(Exception):
    """Raised in place of a commit of a visit that is held back: all was in order, and nothing was written.

    It is no error of a use case, so that no page takes it for a fault of its form.
    """


_visit: ContextVar[Visit | None] = ContextVar("guichet_visit", default=None)


def begin(clock: Callable[[], datetime]) -> None:
    """Begin a visit that lives by this clock, in the current context."""
    _visit.set(Visit(clock))


def end() -> None:
    """End the visit of the current context."""
    _visit.set(None)


def current() -> Visit | None:
    """Return the visit of the current context, None outside requests."""
    return _visit.get()


def watch(standing: Standing | None) -> None:
    """Have the standing asked again under the lock of every write of this visit; with None, no more."""
    visit = _visit.get()
    if visit is not None:
        visit.standing = standing


def ask() -> None:
    """Ask the standing again, where there is one. Raises StandingChanged."""
    visit = _visit.get()
    if visit is not None and visit.standing is not None:
        visit.standing.ask()


def move() -> None:
    """Note that the block under way writes on what a standing is made of: a session, a mandate, a suspension."""
    visit = _visit.get()
    if visit is not None:
        visit.moved = True


def learn() -> None:
    """Let the standing take what the visit has just changed itself; what others changed meanwhile is not learnt."""
    visit = _visit.get()
    if visit is not None and visit.standing is not None and visit.moved:
        visit.standing.learn()


def hold_back(flag: bool) -> None:
    """Have each block of this visit raise Unproved where it would commit, after everything that it decides; or not."""
    visit = _visit.get()
    if visit is not None:
        visit.held_back = flag


def settle() -> None:
    """Let the block under way commit. Raises Unproved while the visit is held back."""
    visit = _visit.get()
    if visit is not None and visit.held_back:
        raise Unproved


def leave() -> None:
    """Forget the instant of a block that has ended, and what it wrote on."""
    visit = _visit.get()
    if visit is not None:
        visit.instant, visit.moved = None, False
