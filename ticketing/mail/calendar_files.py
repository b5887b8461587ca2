"""Write calendar files (RFC 5545): one event, announced, changed or cancelled under the same UID; or a feed. Pure.

The file is published, not sent as an invitation: nobody is asked to answer, and a program that knows the UID takes a
higher `sequence` as a change of the same event.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from icalendar import Calendar
from icalendar import Event as _Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of a calendar. `sequence` grows with each change; `written_at` is when the file was written.

    `start` and `end` are instants, or days for an event of whole days, the last excluded.
    `busy` says whether it takes the time of who reads it, as a visit does and an interruption does not.
    """

    uid: str
    sequence: int
    written_at: datetime
    start: datetime | date
    end: datetime | date
    summary: str
    place: str = ""
    details: str = ""
    cancelled: bool = False
    busy: bool = False


def method(event: Event) -> str:
    """Return the method of the event's file: CANCEL or PUBLISH."""
    return "CANCEL" if event.cancelled else "PUBLISH"


def file(event: Event) -> str:
    """Return the calendar file of an event, with CRLF at the end of its lines."""
    calendar = _calendar(method(event))
    calendar.add_component(_said(event))
    return str(calendar.to_ical().decode("utf-8"))


def feed(name: str, events: Iterable[Event]) -> str:
    """Return a calendar of several events that a program reads again and again, under a name."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    for event in events:
        calendar.add_component(_said(event))
    return str(calendar.to_ical().decode("utf-8"))


def _calendar(how: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Guichet//Guichet//FR")
    calendar.add("version", "2.0")
    calendar.add("method", how)
    return calendar


def _said(event: Event) -> _Event:
    said = _Event()
    said.add("uid", event.uid)
    said.add("sequence", event.sequence)
    said.add("dtstamp", event.written_at.astimezone(UTC))
    for name, at in (("dtstart", event.start), ("dtend", event.end)):
        said.add(name, at.astimezone(UTC) if isinstance(at, datetime) else at)
    said.add("summary", event.summary)
    for name, text in (("location", event.place), ("description", event.details)):
        if text:
            said.add(name, text)
    said.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    said.add("transp", "OPAQUE" if event.busy else "TRANSPARENT")
    return said
