"""Answers to invitations: the event and what was answered; what is broken or asks something gives nothing."""

from __future__ import annotations

import email
import time
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.mail.incoming import calendars
from ticketing.mail.incoming.parsed import CalendarAnswer

REPLY = """BEGIN:VCALENDAR
PRODID:-//Fournisseur//Agenda//FR
VERSION:2.0
METHOD:REPLY
BEGIN:VEVENT
UID:visite-12@guichet.example
SEQUENCE:1
DTSTAMP:20261112T091400Z
DTSTART:20261116T090000Z
DTEND:20261116T100000Z
ORGANIZER:mailto:desk@guichet.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN="Claire Dumas":mailto:c.dumas@college.example
SUMMARY:Accepté : visite
END:VEVENT
END:VCALENDAR
"""


def answers(
    calendar: str | bytes, kind: str = "text/calendar; charset=utf-8; method=REPLY"
) -> tuple[CalendarAnswer, ...]:
    content = calendar.encode() if isinstance(calendar, str) else calendar
    raw = b"From: c.dumas@college.example\nContent-Type: " + kind.encode() + b"\n\n" + content
    return calendars.answers(email.message_from_bytes(raw, policy=policy.default))


@pytest.mark.parametrize("answer", ["ACCEPTED", "DECLINED", "TENTATIVE", "Accepted"])
def test_an_answer_names_the_event(answer: str) -> None:
    found = answers(REPLY.replace("ACCEPTED", answer))
    assert found == (CalendarAnswer(uid="visite-12@guichet.example", answer=answer.lower()),)


@pytest.mark.parametrize("kind", ["text/calendar", "TEXT/CALENDAR; method=reply", "application/ics; name=invite.ics"])
def test_the_method_is_read_in_the_calendar(kind: str) -> None:
    assert len(answers(REPLY, kind)) == 1
    assert answers(REPLY.replace("METHOD:REPLY", "METHOD:REQUEST").replace("visite", "reply"), kind) == ()


def test_lines_ended_and_folded_otherwise_are_read() -> None:
    assert len(answers("\ufeff" + REPLY.replace("\n", "\r\n").replace("ROLE=", "\r\n ROLE="))) == 1


def test_it_is_found_inside_a_message_of_parts_and_once() -> None:
    message = EmailMessage()
    message.set_content("Claire Dumas a accepté.")
    message.add_alternative(REPLY, subtype="calendar", params={"method": "REPLY"})
    message.add_attachment(REPLY.encode(), maintype="application", subtype="ics", filename="invite.ics")
    found = calendars.answers(email.message_from_bytes(message.as_bytes(), policy=policy.default))
    assert [one.answer for one in found] == ["accepted"]


@pytest.mark.parametrize(
    "calendar",
    [
        "",
        "reply",
        REPLY.replace("METHOD:REPLY\n", ""),
        REPLY.replace("UID:visite-12@guichet.example\n", ""),
        REPLY.replace("PARTSTAT=ACCEPTED;", ""),
        REPLY.replace("ACCEPTED", "NEEDS-ACTION"),
        REPLY.replace("END:VEVENT\n", ""),
        REPLY.replace("visite-12", "v" * 300),
        REPLY.replace("SUMMARY:", "SUMMARY:" + "x" * calendars.SIZE),
        REPLY[:150],
    ],
)
def test_what_is_broken_gives_nothing(calendar: str) -> None:
    assert answers(calendar) == ()


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(REPLY)), st.binary(max_size=20))
def test_a_broken_calendar_never_raises(at: int, noise: bytes) -> None:
    content = REPLY.encode()
    answers(content[:at] + noise + content[at + len(noise) :])


@pytest.mark.parametrize(
    "unit",
    ["BEGIN:VEVENT\n", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example\n", "BEGIN:VEVENT\nUID:1\nEND:VEVENT\n", ";"],
)
def test_the_longest_calendar_takes_a_bounded_time(unit: str) -> None:
    head = "BEGIN:VCALENDAR\nMETHOD:REPLY\n"
    begun = time.process_time()
    answers(head + (unit * (calendars.SIZE // len(unit)))[: calendars.SIZE - len(head)])
    assert time.process_time() - begun < 4
