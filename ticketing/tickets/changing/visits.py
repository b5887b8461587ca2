"""A planned visit as the calendars of both sides hold it: planned, moved or cancelled under one UID. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from charters.days import today
from matrix.wording import weekday
from ticketing.mail import calendar_files, wording
from ticketing.model import HoldReason, State

#: The notices of a visit that is planned, and of one that no longer is where the step calls for no other mail.
PLANNED, CANCELLED = "visit", "visit_off"


@dataclass(frozen=True, slots=True)
class Visit:
    """What a step does to a visit: the day in words, the calendar file, whether it is cancelled."""

    day: str
    calendar: str
    cancelled: bool


def visit(
    before: Mapping[str, Any], after: Mapping[str, Any], event_id: int, now: datetime, base_url: str
) -> Visit | None:
    """Return what a step does to a planned visit, from the ticket's columns before and after it; None for nothing.

    A visit whose day has come is not cancelled: it took place, or is told of in the thread.
    """
    was, planned = _planned(before), _planned(after)
    if (planned is None and (was is None or today(was) <= today(now))) or planned == was:
        return None
    at = planned or was
    assert at is not None
    day, number = today(at), after["number"]
    place = (after["room"], after["etablissement_name"], after["etablissement_commune"])
    event = calendar_files.Event(
        uid=f"ticket-{number}-visit@{wording.host_of(base_url)}",
        sequence=event_id,
        written_at=now,
        start=day,
        end=day + timedelta(days=1),
        summary=f"Intervention : {after['title']}",
        place=", ".join(part for part in place if part),
        details=f"Ticket n° {number} : {base_url}/tickets/{number}",
        cancelled=planned is None,
        busy=True,
    )
    return Visit(weekday(day, year=True), calendar_files.file(event), planned is None)


def _planned(ticket: Mapping[str, Any]) -> datetime | None:
    """Return when the visit of a ticket is, from its columns; None where none is planned."""
    waits = ticket["state"] == State.ON_HOLD.value and ticket["hold_reason"] == HoldReason.VISIT.value
    at: datetime | None = ticket["wake_at"]
    return at if waits else None
