"""Which ticket a mail is about: the signed address, then the messages that it answers, then the token of its subject.

A message that it answers is one of ours (its Message-ID names the ticket), or a mail that made an entry of a ticket.
People also answer each other before we did: a mail that answers the same message as another joins its ticket, and so
does a parent that comes after its child. Nothing here says that the ticket may be seen; `applying` asks that first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import select

from charters.database import db
from ticketing.correspondence import speakers, subjects
from ticketing.exchange import incoming as exchanged
from ticketing.mail import signatures
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.settings import desk_settings
from ticketing.tables import MailEntry, MailReference, Notice, Ticket

#: The Message-IDs of our notices (`ticketing.mail.wording`): the ticket, the entry and the recipient, or the thread.
_OURS = re.compile(r"<ticket-(\d{1,12})(?:-(\d{1,12})-(\d{1,12})(?:\.[0-9a-f]{16})?)?@([^<>@]+)>")
#: A client may repeat hundreds of references; the last ones are the nearest.
_NEAREST = 30


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket that a mail is about, and how it is known.

    `sure`: our own signature says so (address or token), or a mail of ours that it answers directly; else its author
    may have taken an old mail for a new subject. `event` is the entry whose notice it answers, 0 where that is unknown.
    `ours`: it answers a message of ours that names no ticket, as a summary of the day does.
    """

    ticket: int | None = None
    sure: bool = False
    event: int = 0
    ours: bool = False


def digest(message_id: str) -> str:
    """Return what stands for a Message-ID in the tables; empty for none."""
    return sha256(message_id.strip().encode("utf-8", "replace")).hexdigest() if message_id.strip() else ""


def thread(mail: ParsedMail) -> Thread:
    """Return the ticket that a mail is about, by the first of its marks that names one."""
    answered = list(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references[-_NEAREST:]))))
    event = _entry_answered(answered)
    for reply in speakers.signed(mail):
        return Thread(reply.ticket, True, event)
    for message_id in answered:
        number = _of_ours(message_id) or _of_entries([digest(message_id)])
        if number is not None:
            return Thread(number, False, event)
    token = signatures.read_subject_token(mail.subject, desk_settings().mail_key)
    if token is not None and _exists(token):
        return Thread(token, True, event)
    number = _of_relatives(mail, [digest(one) for one in answered])
    if number is not None:
        return Thread(number, False)
    return Thread(ours=any(_host(one) == _own_host() for one in answered))


def told_of(mail: ParsedMail) -> int | None:
    """Return a ticket whose words a mail may hold, whoever wrote it: an answer and a report quote ours; None for none.

    It is known by any mark, that of the returned mail and a token within the text among them. A mail that tells of
    several tickets, as a summary of the day does, is taken for that of a confidential one.
    """
    reports = [*(one.message_id for one in mail.undelivered), *(one.message_id for one in mail.complaints)]
    named = list(dict.fromkeys((mail.message_id, *reports, *mail.in_reply_to, *mail.references)))
    numbers = {number for one in named if (number := _of_ours(one)) is not None}
    numbers.add(thread(mail).ticket or 0)
    numbers.update(db.session.scalars(select(Notice.ticket_id).where(Notice.sent_as.in_(named), Notice.sent_as != "")))
    for text in (mail.text, mail.folded):
        numbers.add(signatures.read_subject_token(text, desk_settings().mail_key) or 0)
    numbers |= exchanged.told_of(db.session(), mail)
    chosen = select(Ticket.number).where(Ticket.number.in_(numbers))
    return db.session.scalar(chosen.order_by(Ticket.confidential.desc(), Ticket.number).limit(1))


def entry_of(message_id: str) -> tuple[int, int, int] | None:
    """Return (ticket, entry, recipient) of the notice of ours that has this Message-ID, None where none has."""
    found = _OURS.fullmatch(message_id.strip())
    if found is None or found[2] is None:
        return None
    number = int(found[1])
    known = db.session.execute(
        select(Notice.ticket_id, Notice.event_id, Notice.recipient_id).where(
            Notice.ticket_id == number, Notice.recipient_id == int(found[3]), Notice.message_id == message_id.strip()
        )
    ).first()
    return (known.ticket_id, known.event_id, known.recipient_id) if known is not None else None


def is_ours(mail: ParsedMail) -> bool:
    """Whether a mail is one of ours that came back: by its Message-ID, or because the desk itself wrote it."""
    if _OURS.fullmatch(mail.message_id.strip()) and _host(mail.message_id) == _own_host():
        return True
    desk = _without_tag(desk_settings().mail_from)
    return any(_without_tag(sender) == desk for sender in mail.senders)


def _without_tag(address: str) -> str:
    """Return an address in small letters without its tag: that of the desk, whatever it was signed for."""
    plain = address.rpartition("<")[2].rstrip("> ").lower()
    local, _, domain = plain.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _own_host() -> str:
    return urlsplit(desk_settings().base_url).hostname or "guichet"


def _host(message_id: str) -> str:
    return message_id.strip().rstrip(">").rpartition("@")[2].lower()


def _entry_answered(answered: Iterable[str]) -> int:
    """Return the entry whose notice a mail answers directly, 0 for none; its older references are history."""
    for message_id in answered:
        found = entry_of(message_id)
        if found is not None:
            return found[1]
    return 0


def _of_ours(message_id: str) -> int | None:
    """Return the ticket that a Message-ID of ours names, if there is one."""
    found = _OURS.fullmatch(message_id.strip())
    if found is None or found[4].lower() != _own_host():
        return None
    return int(found[1]) if _exists(int(found[1])) else None


def _exists(number: int) -> bool:
    return db.session.scalar(select(Ticket.number).where(Ticket.number == number)) is not None


def _of_entries(messages: list[str]) -> int | None:
    """Return the ticket of the latest entry that one of these messages made."""
    return db.session.scalar(
        select(MailEntry.ticket_id)
        .where(MailEntry.message.in_([one for one in messages if one]))
        .order_by(MailEntry.mail_id.desc())
        .limit(1)
    )


def _of_relatives(mail: ParsedMail, answered: list[str]) -> int | None:
    """Return the ticket of a mail that answers this one, or that answers the same message under the same subject."""
    own = digest(mail.message_id)
    subject = digest(subjects.compared(mail.subject))
    rows = db.session.execute(
        select(MailEntry.ticket_id, MailEntry.subject, MailReference.message)
        .join(MailReference, MailReference.mail_id == MailEntry.mail_id)
        .where(MailReference.message.in_([one for one in (own, *answered) if one]))
        .order_by(MailEntry.mail_id)
        .limit(50)
    ).all()
    children = [row.ticket_id for row in rows if row.message == own]
    siblings = [row.ticket_id for row in rows if row.message != own and row.subject == subject]
    return next(iter((*children, *siblings)), None)
