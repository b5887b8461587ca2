"""Until when a ticket waits: the day that a form gives, whether a visit may be on it, when the ticket wakes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matrix.wording import weekday
from matrix.working_time import WorkingCalendar

PARIS = ZoneInfo("Europe/Paris")
#: A ticket wakes at this hour where its holder's hours are not known; nobody is asked to wait longer than this.
MORNING, LONGEST = time(8), timedelta(days=366)
#: How far a day that is open for both is looked for.
_FURTHEST = 120


def day_of(text: str, today: date) -> tuple[date | None, str]:
    """Return the day until which a ticket waits, and what is wrong with the text; (None, « ») for no day."""
    if not text.strip():
        return None, ""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None, "Cette date n’existe pas : écrivez par exemple 2026-12-01."
    if not today < day <= today + LONGEST:
        return None, "Choisissez un jour à venir, dans l’année : le ticket reprend ce jour-là."
    return day, ""


def clash(day: date, calendars: Iterable[tuple[str, WorkingCalendar]]) -> str:
    """Return why a visit cannot be on a day, in a sentence with the next day open for all; « » if it can.

    `calendars` has the name and the calendar of each side whose hours are known.
    """
    sides = tuple(calendars)
    closed = [(name, why) for name, one in sides if (why := one.why_closed(day))]
    if not closed:
        return ""
    ahead = (day + timedelta(days=days) for days in range(1, _FURTHEST))
    open_day = next((one for one in ahead if not any(side.why_closed(one) for _, side in sides)), None)
    told = " ; ".join(f"{name} : {why}" for name, why in closed)
    offered = f" Premier jour ouvert pour tous : le {weekday(open_day, year=True)}." if open_day else ""
    return f"Personne ce jour-là ({told}).{offered}"


def wakes_at(day: date, calendar: WorkingCalendar | None) -> datetime:
    """Return when a ticket that waits until a day wakes: as its holder opens that day, or next opens after it."""
    if calendar is not None:
        for days in range(_FURTHEST):
            spans = calendar.spans(day + timedelta(days=days))
            if spans:
                opens = datetime.combine(day + timedelta(days=days), time(spans[0][0] // 60, spans[0][0] % 60))
                return opens.replace(tzinfo=calendar.clock).astimezone(UTC)
    return datetime.combine(day, MORNING, PARIS).astimezone(UTC)
