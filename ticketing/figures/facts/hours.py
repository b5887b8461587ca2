"""The hours that facts are counted in: those that were known when a stretch ended, kept for ever.

What an organisation's hours are is looked at when a fold first meets it, and written where it differs from what was
known: from that instant on. Earlier stretches keep the hours under which they were counted. Where nobody said when a
party opens, working days count from 8 h to 12 h and from 13 h 30 to 17 h 30.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from charters.database import reading
from matrix.working_time import Hours, WorkingCalendar
from ticketing.figures.facts.tables import FactHours
from ticketing.hours import known, shapes
from ticketing.in_force import routing

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SPANS = ((8 * 60, 12 * 60), (13 * 60 + 30, 17 * 60 + 30))
#: The hours of a party that said none.
USUAL = Hours(date(2000, 1, 1), (_SPANS,) * 5 + ((), ()))
_HOURS: Any = FactHours.__table__


class KnownHours:
    """The hours that were known at each instant, by organisation; `now` is when those of today became known."""

    def __init__(self, now: datetime | None) -> None:
        self._now = now  # None: nothing new is looked at
        self._school = routing.router().conventions.calendar
        self._usual = WorkingCalendar([USUAL], self._school)
        self._known: dict[str, tuple[list[datetime], list[list[dict[str, Any]]]]] = {}
        self._made: dict[tuple[str, int], WorkingCalendar] = {}
        self._seen: set[str] = set()
        self.fresh: list[dict[str, Any]] = []
        with reading() as session:
            for row in session.execute(select(_HOURS).order_by(_HOURS.c.known_at, _HOURS.c.id)):
                self._note(row.organisation, row.known_at, row.versions)

    def worked(self, organisation: str, start: datetime, end: datetime) -> int:
        """Return the seconds of an organisation's hours from `start` to `end`, as they were known at `end`."""
        if organisation not in self._seen:
            self._look(organisation)
        instants = self._known.get(organisation, ((), ()))[0]
        return self._calendar(organisation, max(bisect_right(instants, end) - 1, 0)).between(start, end)

    def write(self, session: Session) -> None:
        """Write the hours that were first met since the last call, in the commit of the facts counted in them."""
        if self.fresh:
            session.execute(insert(_HOURS), self.fresh)
            self.fresh = []

    def _look(self, organisation: str) -> None:
        self._seen.add(organisation)
        if self._now is None:
            return
        calendar = known.calendar(organisation)
        versions = [_packed(one) for one in calendar.versions] if calendar else []
        earlier = self._known.get(organisation)
        if earlier is None or earlier[1][-1] != versions:
            since = EPOCH if earlier is None else self._now
            self._note(organisation, since, versions)
            self.fresh.append({"organisation": organisation, "known_at": since, "versions": versions})

    def _note(self, organisation: str, since: datetime, versions: list[dict[str, Any]]) -> None:
        instants, all_versions = self._known.setdefault(organisation, ([], []))
        instants.append(since)
        all_versions.append(versions)

    def _calendar(self, organisation: str, index: int) -> WorkingCalendar:
        made = self._made.get((organisation, index))
        if made is None:
            _, versions = self._known.get(organisation, ((), [[]]))
            hours = [_unpacked(one) for one in versions[index]]
            made = WorkingCalendar(hours, self._school) if hours else self._usual
            self._made[organisation, index] = made
        return made


def _packed(hours: Hours) -> dict[str, Any]:
    packed = shapes.packed(hours)
    return packed | {"since": hours.since.isoformat()}


def _unpacked(kept: dict[str, Any]) -> Hours:
    return shapes.unpacked(SimpleNamespace(**(kept | {"since": date.fromisoformat(kept["since"])})))
