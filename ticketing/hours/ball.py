"""Who had a ticket and for how long: its life cut into stretches, each counted in the hours of its party. Pure.

An open ticket is its holder's. While it waits for the requester, a supplier, a part or the end of an interruption, and
once it is resolved, it is nobody's; an own visit, or another reason, stays the holder's. The stretches follow each
other from the opening to the end, so that they add up to the life of the ticket; only while it was closed as a
duplicate that it was not, there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from matrix.working_time import WorkingCalendar
from ticketing.model import NOBODYS, HoldReason, Kind, State
from ticketing.steps import UNANSWERED

#: The width of the bar, and the least width of a stretch that is shown on it, in units of its own.
WIDTH, LEAST = 1000.0, 6.0
#: Why nobody has a ticket that is resolved.
RESOLVED = "Résolu : on attend la confirmation"


class Entry(Protocol):
    """What is read of an entry of the history."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a ticket's life, from `start` to `end`: with whom it was, or why with nobody (`organisation` « »)."""

    organisation: str
    name: str
    role: str  # EN | CL | Etab, « » for nobody
    why: str
    start: datetime
    end: datetime

    @property
    def elapsed(self) -> int:
        """Return the seconds that it lasted."""
        return int((self.end - self.start).total_seconds())


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch as the bar shows it: its place there, and its seconds in the party's own hours (None: not known)."""

    stretch: Stretch
    x: float
    width: float
    worked: int | None


@dataclass(frozen=True, slots=True)
class Total:
    """What a party had a ticket in all: how many times it was given to it, and for how long (`worked` None: not known).

    A pause of nobody's between two stretches of the same party is no return.
    """

    organisation: str
    name: str
    role: str
    times: int
    elapsed: int
    worked: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    """The life of a ticket: its parts in order, the parties' totals, and who has it now (None once it is closed)."""

    parts: tuple[Part, ...]
    totals: tuple[Total, ...]
    present: Part | None

    @property
    def loops(self) -> int:
        """Return how many times the ticket came back to a party that had it before (A, B, A)."""
        return sum(one.times - 1 for one in self.totals)


def fold(entries: Iterable[Entry], until: datetime) -> tuple[Stretch, ...]:
    """Return the stretches of a ticket's life, from its opening to its closing, or to `until` if it is not closed."""
    found: list[Stretch] = []
    now: Stretch | None = None
    state, holder = State.NEW, ("", "", "")
    reason = ""
    for entry in entries:
        data, at = entry.data, entry.at if now is None else max(entry.at, now.start)
        if "organisation" in data and "role" in data:
            holder = (str(data["organisation"]), str(data.get("name", "")), str(data["role"]))
        if data.get("to"):
            state = State(data["to"])
        if entry.kind in (Kind.HELD, Kind.QUESTION):
            reason = str(data.get("reason", ""))
        here = None if state is State.CLOSED else _standing(state, holder, reason, at)
        if now is not None and (here is None or not _same(now, here)):
            found.append(replace(now, end=at))
            now = None
        if data.get("to") == State.CLOSED and not _opens_again(entry):
            break
        now = now or here
    if now is not None:
        found.append(replace(now, end=max(until, now.start)))
    return tuple(_kept(found))


def bar(
    entries: Iterable[Entry], until: datetime, closed: bool, calendar: Callable[[str], WorkingCalendar | None]
) -> Bar | None:
    """Return the bar of a ticket as it is at `until`; None while nothing has lasted."""
    stretches = fold(entries, until)
    whole = sum(one.elapsed for one in stretches)
    if not whole:
        return None
    free = WIDTH - LEAST * len(stretches) if len(stretches) * LEAST < WIDTH else 0.0
    parts: list[Part] = []
    x = 0.0
    for one in stretches:
        width = (LEAST if free else WIDTH / len(stretches)) + free * one.elapsed / whole
        hours = calendar(one.organisation) if one.organisation else None
        parts.append(Part(one, round(x, 1), round(width, 1), hours.between(one.start, one.end) if hours else None))
        x += width
    return Bar(tuple(parts), _totals(parts), None if closed else parts[-1])


def _opens_again(closing: Entry) -> bool:
    """Whether a ticket that was closed so may be opened again: as no duplicate, or by an answer that came late."""
    return closing.kind == Kind.DUPLICATE or closing.data.get("cause") == UNANSWERED


def _standing(state: State, holder: tuple[str, str, str], reason: str, at: datetime) -> Stretch:
    """Return the stretch that begins at an entry; its end is not known yet."""
    if state is State.RESOLVED:
        return Stretch("", "", "", RESOLVED, at, at)
    if state is State.ON_HOLD and reason in NOBODYS:
        return Stretch("", "", "", HoldReason(reason).label, at, at)
    return Stretch(*holder, "", at, at)


def _same(one: Stretch, other: Stretch) -> bool:
    return (one.organisation, one.why) == (other.organisation, other.why)


def _kept(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the stretches that lasted, those of the same party put together again where one between did not."""
    kept: list[Stretch] = []
    for one in stretches:
        if one.end <= one.start:
            continue
        if kept and _same(kept[-1], one) and kept[-1].end == one.start:
            kept[-1] = replace(kept[-1], end=one.end)
        else:
            kept.append(one)
    return kept


def _totals(parts: Iterable[Part]) -> tuple[Total, ...]:
    """Return what each party had, in the order in which each first had the ticket; nobody's time is in none."""
    found: dict[str, Total] = {}
    last = ""
    for part in parts:
        one = part.stretch
        if not one.organisation:
            continue
        again, last = one.organisation == last, one.organisation
        was = found.get(one.organisation, Total(one.organisation, one.name, one.role, 0, 0, 0))
        worked = None if part.worked is None or was.worked is None else was.worked + part.worked
        found[one.organisation] = replace(
            was, times=was.times + (not again), elapsed=was.elapsed + one.elapsed, worked=worked
        )
    return tuple(found.values())
