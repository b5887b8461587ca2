"""The date that a message claims. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ticketing.mail.incoming.mime.notes import Notes

#: A message claims to be no older than mail in this field, and no newer than what a clock of today can say by mistake.
_FIRST, _LAST = 1990, 2079
_AHEAD = timedelta(days=1)
#: What French programs write in place of the names of RFC 5322.
_MONTHS = {
    "janv": "Jan", "févr": "Feb", "fevr": "Feb", "mars": "Mar", "avr": "Apr", "mai": "May", "juin": "Jun",
    "juil": "Jul", "août": "Aug", "aout": "Aug", "sept": "Sep", "oct": "Oct", "nov": "Nov", "déc": "Dec", "dec": "Dec",
}  # fmt: skip
_FRENCH = re.compile(r"(\d{1,2})(?:er)? ([a-zéû]{3,5})[a-zé]*\.? (\d{4})", re.IGNORECASE)


def read(value: str, stamped: str, notes: Notes) -> datetime | None:
    """Return the moment of a Date header in UTC, or None if it is missing, unreadable or cannot be true.

    `stamped` is the topmost Received header: no message was written a day after the server received it.
    """
    if not value.strip():
        notes.add("Le message n’a pas de date.")
        return None
    found = _moment(value)
    if found is None:
        notes.add("La date du message est illisible.")
        return None
    received = _moment(stamped.rpartition(";")[2]) if ";" in stamped else None
    if not _FIRST <= found.year <= _LAST or (received is not None and found > received + _AHEAD):
        notes.add("La date du message ne peut pas être vraie : elle est laissée de côté.")
        return None
    return found


def _moment(value: str) -> datetime | None:
    text = value[:200]
    if french := _FRENCH.search(text):
        month = next((name for start, name in _MONTHS.items() if french[2].lower().startswith(start[:4])), french[2])
        text = f"{french[1]} {month} {french[3]}{text[french.end() :]}"
    for written in (text, re.sub(r"\([^()]*\)?", " ", text)):
        try:
            found = parsedate_to_datetime(written.strip())
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
    try:
        iso = datetime.fromisoformat(value.strip()[:40])
    except ValueError:
        return None
    try:
        return iso.replace(tzinfo=UTC) if iso.tzinfo is None else iso.astimezone(UTC)
    except OverflowError:
        return None
