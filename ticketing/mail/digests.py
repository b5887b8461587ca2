"""Compose the mails that carry several notices: the events of one ticket together, and a person's digest of the day.

The words of each event are read again at the moment of sending, so that what was masked meanwhile is in no mail. The
mail about one ticket is its newest notice, with the earlier events above it; the digest lists events by ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select

from charters.database import reading
from charters.days import PARIS
from charters.mail_texts import mail_texts
from charters.rules import rules
from ticketing.mail import composing, messages, plain_text
from ticketing.mail.kinds import kind_of
from ticketing.tables import Ticket, TicketEvent

#: How much of somebody's words a list of events repeats.
WORDS = 300


@dataclass(frozen=True, slots=True)
class DigestEvent:
    """An event as a list of events tells it: when, what, by whom, the beginning of the words."""

    when: str
    what: str
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class DigestTicket:
    """A ticket of the digest: its number, its title, and its events in their order."""

    number: int
    title: str
    events: tuple[DigestEvent, ...]


def together(notices: Sequence[Row[Any]], mail_from: str, message_id: str) -> EmailMessage:
    """Return one mail for these notices of one ticket to one person: the newest, with the earlier ones above it.

    It is answered as the newest is, by the address that is signed for the ticket and the person.
    """
    (ticket,) = _tickets(notices)
    mail = composing.message(notices[-1], mail_from, ticket.events[:-1])
    mail.replace_header("Message-ID", message_id)
    return mail


def of_the_day(notices: Sequence[Row[Any]], mail_from: str, message_id: str, now: datetime) -> EmailMessage:
    """Return the digest of these notices to one person; `now` is when it is first sent.

    No address can be signed for several tickets, so it has none to be answered by, and says to go to the pages.
    """
    first = notices[0]
    values = {
        "tickets": _tickets(notices),
        "count": len(notices),
        "name": first.recipient_name,
        "day": f"{now.astimezone(PARIS):%d/%m/%Y}",
        "base_url": rules().base_url,
    }
    mail = messages.message(
        mail_from=mail_from,
        to=(first.recipient_name, first.recipient_email),
        subject=mail_texts().subject("digests/daily", values)[:250],
        written_at=now,
        message_id=message_id,
        body=plain_text.wrapped(mail_texts().body("digests/daily", values)),
    )
    mail[composing.MARK] = "digest"
    subject = {"subject": f"Votre résumé du {values['day']}"}
    messages.add_html(mail, mail_texts().html("digests/daily", values | subject))
    return mail


def _tickets(notices: Sequence[Row[Any]]) -> list[DigestTicket]:
    """Return the tickets of these notices with their events, in the order of the first event of each."""
    with reading() as session:
        events: dict[int, Any] = {
            row.id: row
            for row in session.execute(
                select(TicketEvent.id, TicketEvent.at, TicketEvent.author_name, TicketEvent.side_name, TicketEvent.body)
                .where(TicketEvent.id.in_([one.event_id for one in notices]))
                .where(TicketEvent.masked_at.is_(None), TicketEvent.visibility == "public")
            )
        }
        titles = {
            row.number: row
            for row in session.execute(
                select(Ticket.number, Ticket.title, Ticket.opened_by).where(
                    Ticket.number.in_({one.ticket_id for one in notices})
                )
            )
        }
    order = {number: rank for rank, number in enumerate(dict.fromkeys(one.ticket_id for one in notices))}
    rows = sorted(notices, key=lambda one: (order[one.ticket_id], one.id))
    return [
        DigestTicket(
            number,
            titles[number].title,
            tuple(_event(one, events.get(one.event_id), titles[number].opened_by) for one in own),
        )
        for number, own in groupby(rows, key=lambda one: one.ticket_id)
    ]


def _by(event: Row[Any]) -> str:
    name, side = event.author_name, event.side_name
    return f"{name} ({side})" if name and side and name != side else name or ""


def _event(notice: Row[Any], event: Row[Any] | None, opened_by: int) -> DigestEvent:
    at = (event.at if event else notice.created_at).astimezone(PARIS)
    words = " ".join(event.body.split()) if event and notice.kind != "opened" else ""
    label, _, title = notice.subject.partition(" : ")  # « Pris en charge : … », as in a mail of its own
    return DigestEvent(
        f"{at:%d/%m à %H h %M}",
        label if title else kind_of(notice.kind, own=notice.recipient_id == opened_by).label,
        _by(event) if event else "",
        words if len(words) <= WORDS else f"{words[:WORDS].rstrip()}…",
    )
