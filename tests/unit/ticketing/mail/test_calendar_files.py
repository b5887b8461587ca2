"""A calendar file says one event; a later file with the same UID changes or cancels it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from ticketing.mail import calendar_files

START = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)


def event(**changes: Any) -> calendar_files.Event:
    given: dict[str, Any] = {
        "uid": "interruption-4@guichet.example",
        "sequence": 3,
        "written_at": START - timedelta(days=2),
        "start": START,
        "end": START + timedelta(hours=3),
        "summary": "Interruption : accès à Internet, salles 1, 2 ; 3",
    }
    return calendar_files.Event(**(given | changes))


def read(text: str) -> tuple[Any, Any]:
    calendar = Calendar.from_ical(text)
    [found] = calendar.walk("VEVENT")
    return calendar, found


def test_an_event_is_read_back_as_it_was_written() -> None:
    text = calendar_files.file(event(place="Collège Desaix, Tarbes", details="Enregistrez.\n\nMerci.", busy=True))
    calendar, found = read(text)
    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("PUBLISH", "2.0")
    assert (str(found["UID"]), found["SEQUENCE"]) == ("interruption-4@guichet.example", 3)
    assert found["DTSTART"].dt == START and found["DTEND"].dt - START == timedelta(hours=3)
    assert found["DTSTAMP"].dt == START - timedelta(days=2)
    assert str(found["SUMMARY"]) == "Interruption : accès à Internet, salles 1, 2 ; 3"
    assert str(found["LOCATION"]) == "Collège Desaix, Tarbes"
    assert str(found["DESCRIPTION"]) == "Enregistrez.\n\nMerci."
    assert (str(found["STATUS"]), str(found["TRANSP"])) == ("CONFIRMED", "OPAQUE")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")) and "\n" not in text.replace("\r\n", "")


def test_a_cancelled_event_has_the_same_uid_and_takes_no_time() -> None:
    calendar, found = read(calendar_files.file(event(sequence=4, cancelled=True)))
    assert (str(calendar["METHOD"]), str(found["STATUS"]), str(found["TRANSP"])) == (
        "CANCEL",
        "CANCELLED",
        "TRANSPARENT",
    )
    assert (str(found["UID"]), found["SEQUENCE"]) == ("interruption-4@guichet.example", 4)
    assert "LOCATION" not in found and "DESCRIPTION" not in found


@pytest.mark.parametrize("typed", ["a\r\nATTACH:http://x.example/", "a\nEND:VEVENT\nEND:VCALENDAR", 'a";X=1:b'])
def test_what_people_type_adds_no_line_to_the_file(typed: str) -> None:
    _, found = read(calendar_files.file(event(summary=typed, details=typed, place=typed)))
    assert "ATTACH" not in found
    assert str(found["SUMMARY"]).replace("\r", "") == typed.replace("\r", "")
