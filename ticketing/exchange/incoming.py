"""Take in what other tools send, before anybody's mail is looked at: `take` says what became of it, or that it is none.

A structured message is believed by its signature alone, any other by `trust`. What is forged, or about a ticket that
the tool does not follow, waits in quarantine for a person. Nothing here opens a ticket, and nothing is answered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from charters.database import reading, writing
from ticketing.errors import Invalid
from ticketing.exchange import composing, content, notices, structured
from ticketing.exchange.outgoing import LINK, PROFILE
from ticketing.exchange.protocol import trust, wire
from ticketing.exchange.protocol.wire import Message, Request, Unreadable, Update
from ticketing.exchange.structured import Taken
from ticketing.files.receiving import Received as Stored
from ticketing.in_force import routing
from ticketing.mail import signatures
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.model import Upload
from ticketing.settings import desk_settings
from ticketing.tickets import incoming_files

_OWN_ID = re.compile(r"<echange-\d{1,9}-[0-9a-f]{32}@([^>\s]+)>")
_SUSPENDED = "L’accès de cette collectivité est suspendu : rien de son outil n’entre (VIII)."


def take(mail: ParsedMail, received: Received, now: datetime) -> Outcome | None:
    """Take in a mail if another tool sent it; None if it is not an exchange message, so a person's or a program's."""
    if mail.undelivered or mail.complaints:
        return None
    own_host = desk_settings().mail_from.rpartition("@")[2].rstrip(">")
    came_back = _OWN_ID.fullmatch(mail.message_id)
    if came_back is not None and came_back[1] == own_host:
        return Outcome("ignored", "exchange", "Notre propre message à un autre outil, revenu.")
    part = part_of(mail)
    with reading() as session:  # most mails are people's: they wait for no writer here
        if part is None and not _claimed(session, mail):
            return None
    uploads = [
        Upload(one.filename, BytesIO(one.content), one.content_type, len(one.content))
        for one in mail.attachments
        if one.filename and one.filename != wire.FILE_NAME
    ]
    try:
        return _take(mail, part, uploads, now)
    except Invalid as refused:  # a file that the door of uploads does not let in: the words come in without it
        why = " ".join(refused.errors.values())
        words = f"{mail.text.rstrip()}\n\n[Un fichier joint n’a pas été repris : {why}]"
        return _take(replace(mail, text=words), part, (), now)


def _take(mail: ParsedMail, part: str | bytes | None, uploads: Sequence[Upload], now: datetime) -> Outcome | None:
    """Take in a mail with its files, which are removed again where no entry took them. Raises Invalid for a file."""
    with incoming_files.receiving_files(uploads) as received, writing() as session:
        taken = _structured(session, part, now, received) if part is not None else None
        taken = taken if taken is not None else _notice(session, mail, now, received)
        if not isinstance(taken, Taken) or taken.event is None:
            incoming_files.already_received(received, None)
    return _outcome(taken) if taken is not None else None


def _outcome(taken: Taken | tuple[str, str]) -> Outcome:
    if isinstance(taken, tuple):
        return Outcome("quarantined", *taken)
    return Outcome(taken.state, "exchange", taken.reason, ticket=taken.ticket, event=taken.event)


def part_of(mail: ParsedMail) -> str | bytes | None:
    """Return the JSON part of a mail: the attached file, else what stands between fences in its own text."""
    for one in mail.attachments:
        if one.filename == wire.FILE_NAME:
            return one.content
    return wire.fenced(mail.text)


def _structured(
    session: Session, part: str | bytes, now: datetime, files: Sequence[Stored]
) -> Taken | tuple[str, str] | None:
    """Act on a JSON part; None if it is our own, quoted by a person who answers."""
    try:
        found, message = wire.read(part)
    except Unreadable as why:
        return "unreadable", str(why)
    profile = profile_between(session, message)
    if profile is None:
        own = session.scalar(select(PROFILE.c.id).where(PROFILE.c.academie == message.sender).limit(1))
        return None if own is not None else ("unknown-sender", "Aucun profil d’échange ne correspond à cet outil.")
    if profile.on_at is None and message.type != "trial":
        return "refused", "L’échange avec cet outil n’est pas en service."
    if not wire.is_signed(found, composing.secret_of(profile)):
        return "forged", "La signature du message structuré n’est pas celle de cet outil."
    if content.is_suspended(session, profile.organisation):
        return "refused", _SUSPENDED
    return structured.take(session, profile, message, now, files)


def told_of(session: Session, mail: ParsedMail) -> set[int]:
    """Return the tickets whose words a mail to or from a tool may hold, by the marks of any profile; nothing is proved.

    Where two tools have the same number, both their tickets are returned.
    """
    reports = [*(one.message_id for one in mail.undelivered), *(one.message_id for one in mail.complaints)]
    mail = replace(mail, in_reply_to=(mail.message_id, *reports, *mail.in_reply_to))
    found = {notices.number_of(session, profile, mail) for profile in session.execute(select(PROFILE))}
    try:
        part = part_of(mail)
        message = wire.read(part)[1] if part is not None else None
    except Unreadable:
        message = None
    if isinstance(message, Update | Request):
        named = {message.ticket.sender, message.ticket.recipient or ""}
        ours = [int(one) for one in named if one.isascii() and one.isdigit() and len(one) < 18]
        query = select(LINK.c.ticket_id).where(or_(LINK.c.ticket_id.in_(ours), LINK.c.their_number.in_(named - {""})))
        found.update(session.scalars(query))
    return {one for one in found if one is not None}


def profile_between(session: Session, message: Message) -> Row[Any] | None:
    """Return the structured profile of the organisation that sent a message and the académie that it is for."""
    return session.execute(
        select(PROFILE).where(
            PROFILE.c.organisation == message.sender,
            PROFILE.c.academie == message.recipient,
            PROFILE.c.kind == "structured",
        )
    ).one_or_none()


def _notice(
    session: Session, mail: ParsedMail, now: datetime, files: Sequence[Stored]
) -> Taken | tuple[str, str] | None:
    """Act on a mail of a tool that is known by its address, or that lost every header but a subject with our token."""
    for profile in _claimed(session, mail):
        has_token = signatures.read_subject_token(mail.subject, composing.token_key(profile.id)) is not None
        if not mail.senders and not has_token:
            continue
        domain = mail.senders[0].rpartition("@")[2] if mail.senders else ""
        verdict = trust.judged(mail.authentication, desk_settings().mail_authserv, domain)
        if not trust.trusted(verdict, has_sender=bool(mail.senders), has_token=has_token):
            return "forged", "Ce mail porte l’adresse d’un autre outil sans rien qui le prouve."
        if content.is_suspended(session, profile.organisation):
            return "refused", _SUSPENDED
        link = notices.ticket_of(session, profile, mail)
        if link is None and profile.kind == "plain":
            return None  # people write there too, of other things
        if link is None:
            name = routing.side_name(routing.router().conventions, profile.organisation)
            return Taken("quarantined", f"L’outil de {name} écrit sans que l’on sache de quel ticket il s’agit.")
        return notices.take(session, profile, link, mail, now, files)
    return None


def _claimed(session: Session, mail: ParsedMail) -> list[Row[Any]]:
    """Return the profiles in service whose address a mail bears; those of all tools where it bears none."""
    query = select(PROFILE).where(PROFILE.c.on_at.is_not(None), PROFILE.c.kind != "structured").order_by(PROFILE.c.id)
    if len(mail.senders) > 1:
        return []
    if mail.senders:
        sender = mail.senders[0].lower()
        named = or_(
            func.lower(PROFILE.c.writes_from) == sender,
            (PROFILE.c.writes_from == "") & (func.lower(PROFILE.c.address) == sender),
        )
        query = query.where(named)
    return list(session.execute(query))
