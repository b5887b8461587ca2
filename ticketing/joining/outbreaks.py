"""Several tickets alike that came within an hour: the sign of one larger trouble. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.joining.alike import telling

#: The time within which they came, and how many they are at least.
WITHIN, FEWEST = timedelta(hours=1), 3
#: The most tickets that are shown as one.
MOST = 20


@dataclass(frozen=True, slots=True)
class Arrived:
    """A ticket that waits on a side: what it is about, where, and since when."""

    number: int
    version: int
    title: str
    service: str
    etablissement: str
    etablissement_name: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Outbreak:
    """Tickets that look alike, the oldest first: the others would hang on the first one."""

    tickets: tuple[Arrived, ...]

    @property
    def first(self) -> Arrived:
        """Return the ticket that would stand for the larger trouble."""
        return self.tickets[0]

    @property
    def place(self) -> str:
        """Return the name of the établissement where all of them come from, empty where there are several."""
        return self.first.etablissement_name if len({one.etablissement for one in self.tickets}) == 1 else ""


def outbreak(arrived: Iterable[Arrived]) -> Outbreak | None:
    """Return the tickets on one subject that share a word that tells or a place, at least three within an hour.

    Of several such sets the largest is returned, then the one that began last; None where there is none.
    """
    alike: dict[tuple[str, str, str], list[Arrived]] = defaultdict(list)
    for one in sorted(arrived, key=lambda one: (one.opened_at, one.number)):
        alike[one.service, "place", one.etablissement].append(one)
        for stem in telling(one.title):
            alike[one.service, "word", stem].append(one)
    found = [window for group in alike.values() for window in _windows(group) if len(window) >= FEWEST]
    if not found:
        return None
    best = max(found, key=lambda window: (len(window), window[0].opened_at, window[0].number))
    return Outbreak(tuple(best[:MOST]))


def _windows(group: Sequence[Arrived]) -> list[Sequence[Arrived]]:
    """Return, for each ticket of a group in order of arrival, those that came within an hour of it, itself first."""
    found, end = [], 0
    for start, one in enumerate(group):
        while end < len(group) and group[end].opened_at - one.opened_at <= WITHIN:
            end += 1
        found.append(group[start:end])
    return found
