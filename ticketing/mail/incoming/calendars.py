"""Read the answers to invitations that calendars send (RFC 5546, METHOD:REPLY). Pure."""

from __future__ import annotations

from email.message import Message
from typing import Any

from ticketing.mail.incoming import header_values
from ticketing.mail.incoming.parsed import CalendarAnswer

#: How many calendars of a message are read, how long one may be, how many events it may hold, how long a UID is.
CALENDARS, SIZE, EVENTS, UID = 3, 100_000, 20, 255
_KINDS = {"text/calendar", "application/ics"}
_ANSWERS = {"accepted", "declined", "tentative"}


def answers(message: Message[Any, Any]) -> tuple[CalendarAnswer, ...]:
    """Return the answers that a message brings, each event once; what cannot be read brings none."""
    found: dict[str, CalendarAnswer] = {}
    held = [part for part in header_values.parts(message) if header_values.kind(part) in _KINDS]
    for part in held[:CALENDARS]:
        for one in _read(header_values.text(part, SIZE + 1)):
            found.setdefault(one.uid, one)
    return tuple(found.values())


def _read(text: str) -> list[CalendarAnswer]:
    if len(text) > SIZE or "reply" not in text[:SIZE].lower():
        return []
    from icalendar import Calendar  # a calendar is rare, and the library long to load

    try:
        calendar = Calendar.from_ical(text.lstrip("\ufeff \r\n"))
        if str(calendar.get("METHOD", "")).strip().upper() != "REPLY":
            return []
        events = calendar.walk("VEVENT")[:EVENTS]
        return [answer for event in events if (answer := _answer(event)) is not None]
    except Exception:  # the library raises many kinds on broken calendars
        return []


def _answer(event: Any) -> CalendarAnswer | None:
    """Return the answer of the event's attendee; a reply has one, others are passed over where they have none."""
    uid = str(event.get("UID", "")).strip()
    attendees = event.get("ATTENDEE", [])
    for one in attendees if isinstance(attendees, list) else [attendees]:
        said = str(getattr(one, "params", {}).get("PARTSTAT", "")).lower()
        if uid and len(uid) <= UID and said in _ANSWERS:
            return CalendarAnswer(uid=uid, answer=said)
    return None
