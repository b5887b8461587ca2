"""What a message says once it is read: claims, words, files and the marks that programs leave. Pure.

Nothing here is believed yet: an address is a claim until `correspondence` has verified it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that came with a message. `content_id` is that of an image shown within the text, without brackets."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """One recipient that a mail server could not reach (RFC 3464). `message_id` is that of the mail sent, if known."""

    address: str
    permanent: bool
    diagnostic: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A report that somebody took a mail of ours for an unwanted one (RFC 5965)."""

    address: str
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarAnswer:
    """An answer to an invitation: the event's UID, and accepted, declined or tentative."""

    uid: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    """A message as read.

    `message_id`, `in_reply_to` and `references` keep their angle brackets. `senders` are the addresses of From, in
    lower case; `return_path` is None where the header is missing and empty where it is null. `came_to` are all the
    addresses that the message was sent or delivered to. `text` is what its author wrote; `folded` is the history and
    the signature. `automatic` says why a program wrote it, or is empty. `authentication` holds the values of the
    Authentication-Results headers, the topmost first. `mended` says what was wrong and how it was read.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    senders: tuple[str, ...] = ()
    sender_name: str = ""
    reply_to: tuple[str, ...] = ()
    return_path: str | None = None
    came_to: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    sent_at: datetime | None = None
    text: str = ""
    folded: str = ""
    attachments: tuple[Attached, ...] = ()
    automatic: str = ""
    hops: int = 0
    authentication: tuple[str, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    calendar: tuple[CalendarAnswer, ...] = ()
    protected: str = ""  # signed | encrypted, when S/MIME or PGP
    mended: tuple[str, ...] = ()
