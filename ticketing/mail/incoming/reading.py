"""Read a message, whatever its bytes: `read` never fails, and is bounded in time and in memory. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from typing import TypeVar

from ticketing.mail.incoming import automatic, calendars, quoting, reports
from ticketing.mail.incoming.mime import addresses, bodies, dates, headers, rendering, skeleton, structure
from ticketing.mail.incoming.mime.headers import Headers
from ticketing.mail.incoming.mime.notes import Notes
from ticketing.mail.incoming.parsed import Attached, ParsedMail

_log = logging.getLogger(__name__)
_Read = TypeVar("_Read")

#: flufl.bounce, by which `reports` has a second opinion, writes what it fails on to the log, words of people too.
logging.getLogger("flufl.bounce").disabled = True

#: What is read of one message. What servers accept is smaller, and larger ones are kept as they came.
MAIL_MAX = 60 * 1024 * 1024
SUBJECT_MAX, HOPS_MAX = 500, 1000
#: Where servers and programs write whom a message was sent or delivered to.
_SENT_TO = ("to", "cc", "resent-to", "resent-cc", "apparently-to")
_DELIVERED_TO = (
    "delivered-to",
    "x-delivered-to",
    "x-original-to",
    "original-recipient",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-forwarded-to",
)


def read(raw: bytes) -> ParsedMail:
    """Return what a message says and claims, from its bytes; what is wrong with it is in `mended`."""
    notes = Notes()
    if len(raw) > MAIL_MAX:
        notes.add("Le message est trop gros : sa fin n’est pas lue.")
        raw = raw[:MAIL_MAX]
    try:
        return _read(raw, notes)
    except Exception as error:  # a message that we cannot read must not stop those behind it
        _log.warning("A message could not be read: %s", type(error).__name__)
        notes.add("Le message est illisible : il est gardé tel qu’il est venu.")
        return ParsedMail(mended=notes.said())


def _read(raw: bytes, notes: Notes) -> ParsedMail:
    root = structure.read(raw, notes)
    found = bodies.sort(root, notes)
    said = rendering.render(found, notes)
    subject = headers.words(root.headers.plain("subject"), notes)[:SUBJECT_MAX]
    own, folded = _try(lambda: _split(said.text, subject), (said.text, ""), notes)
    message, small = skeleton.of(root)
    return _claims(
        root.headers,
        notes,
        subject=subject,
        text="\n\n".join(piece for piece in (own, said.forwarded) if piece),
        folded=folded,
        attachments=_attached(found.files),
        protected=found.protected or said.protected,
        **_marks(message, small, notes),
    )


def _split(text: str, subject: str) -> tuple[str, str]:
    split = quoting.split(text, subject=subject)
    return split.own, split.folded


def _attached(files: list[bodies.File]) -> tuple[Attached, ...]:
    return tuple(
        Attached(
            filename=file.name,
            content_type=file.content_type or "application/octet-stream",
            content=file.content,
            content_id=file.content_id,
            inline=file.inline,
        )
        for file in files
    )


def _marks(message: EmailMessage, small: bytes, notes: Notes) -> dict[str, object]:
    """Return what programs left in a message: reports, complaints, calendar answers, and why it is automatic."""
    readers: dict[str, Callable[[], tuple[object, ...]]] = {
        "undelivered": lambda: reports.undelivered(message, small),
        "complaints": lambda: reports.complaints(message),
        "calendar": lambda: calendars.answers(message),
    }
    none: tuple[object, ...] = ()
    marks = {name: _try(reader, none, notes) for name, reader in readers.items()}
    return {"automatic": _try(lambda: automatic.why(message), "", notes), **marks}


def _try(reader: Callable[[], _Read], otherwise: _Read, notes: Notes) -> _Read:
    try:
        return reader()
    except Exception as error:  # readers stand on libraries, whose ways to fail are not all known
        _log.warning("A part of a message could not be read: %s", type(error).__name__)
        notes.add("Une marque du message est illisible : elle est laissée de côté.")
        return otherwise


def _claims(said: Headers, notes: Notes, **rest: object) -> ParsedMail:
    """Return a message with what its headers claim."""
    senders = _mailboxes(said, ("from",), notes)
    if not senders:
        notes.add("Le message ne dit pas qui l’a écrit." if not said.plain("from") else "L’expéditeur est illisible.")
    elif len(senders) > 1:
        notes.add("Le message se dit de plusieurs expéditeurs.")
    path = said.all("return-path")
    stamped = said.plain("received")
    return ParsedMail(
        message_id=addresses.message_id(said.all("message-id"), notes),
        in_reply_to=addresses.ids(said.all("in-reply-to")),
        references=addresses.ids(said.all("references")),
        senders=tuple(dict.fromkeys(address for _, address in senders)),
        sender_name=senders[0][0] if senders else "",
        reply_to=_addresses(said, ("reply-to", "mail-reply-to"), notes),
        return_path=_return_path(path[0], notes) if path else None,
        came_to=_addresses(said, (*_SENT_TO, *_DELIVERED_TO), notes),
        copied=_addresses(said, ("cc",), notes),
        sent_at=dates.read(said.plain("date"), stamped, notes),
        hops=min(len(said.all("received")), HOPS_MAX),
        authentication=tuple(" ".join(value.split()) for value in said.all("authentication-results")),
        mended=notes.said(),
        **rest,  # type: ignore[arg-type]
    )


def _mailboxes(said: Headers, names: Iterable[str], notes: Notes) -> list[tuple[str, str]]:
    return [one for name in names for value in said.all(name) for one in addresses.read(value, notes)]


def _addresses(said: Headers, names: Iterable[str], notes: Notes) -> tuple[str, ...]:
    found = dict.fromkeys(address for _, address in _mailboxes(said, names, notes))
    return tuple(found)[: addresses.ADDRESSES_MAX]


def _return_path(value: str, notes: Notes) -> str | None:
    """Return the address of a Return-Path, empty where it is null, None where it is unreadable."""
    found = [address for _, address in addresses.read(value, notes)[:1]]
    return found[0] if found else None if value.strip(" <>") else ""
