"""Compose the message of a notice and of a letter, as it is sent: its parts, and the headers that thread a ticket."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from hashlib import md5
from typing import Any

from sqlalchemy import Row, select

from charters.database import reading
from ticketing.mail import messages, rendering, signatures
from ticketing.settings import DeskSettings, desk_settings
from ticketing.tables import NoticeWords

#: The header by which Guichet knows its own messages when they come back.
MARK = "X-Guichet"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)  # from which a Thread-Index counts


@dataclass(frozen=True, slots=True)
class Thread:
    """What threads a message beside its ids: the ticket's title and opening, and the mails by which people wrote.

    `came_by` holds the Message-IDs of the mail that opened the ticket and of the one that wrote the entry.
    """

    topic: str
    opened_at: datetime
    came_by: Sequence[str] = ()


def message(notice: Row[Any], mail_from: str, earlier: Sequence[Any] = ()) -> EmailMessage:
    """Return the message of a notice, written from what is stored now; masked words are stored no more.

    `earlier` are events of the same ticket that it tells of first (`digests.DigestEvent`).
    """
    wanted = select(NoticeWords.data).where(NoticeWords.event_id == notice.event_id)
    with reading() as session:
        data = session.execute(wanted).scalar_one_or_none()
        return of_notice(notice, data, mail_from, desk_settings(), earlier)


def of_notice(
    notice: Any,
    data: Mapping[str, Any] | None,
    mail_from: str,
    settings: DeskSettings,
    earlier: Sequence[Any] = (),
) -> EmailMessage:
    """Return the message of a notice from its row and what was stored of its entry (None: nothing is left).

    Raises ValueError for an address that cannot be written.
    """
    written = rendering.notice(notice, data, settings, earlier)
    mail = messages.message(
        mail_from=mail_from,
        to=(notice.recipient_name, notice.recipient_email),
        subject=subject_of(notice, settings.mail_key),
        written_at=notice.created_at,
        message_id=notice.message_id,
        body=written.text,
    )
    name, desk = parseaddr(mail_from)
    answered = signatures.reply_address(desk, settings.mail_key, notice.ticket_id, notice.recipient_id)
    mail["Reply-To"] = Address(name or "Guichet", addr_spec=answered)
    said = data or {"title": notice.subject, "opened_at": notice.created_at.isoformat()}
    came_by = settings.came_by(notice.ticket_id, notice.event_id)
    _add_thread(mail, notice, Thread(said["title"], datetime.fromisoformat(said["opened_at"]), came_by))
    _add_list(mail, notice, settings.base_url)
    messages.add_html(mail, written.html)
    if calendar := said.get("calendar"):
        _add_event(mail, calendar, "intervention.ics")
    return mail


def _add_event(mail: EmailMessage, calendar: str, filename: str) -> None:
    """Attach a calendar file, by the method that it says itself."""
    messages.add_calendar(mail, calendar, "CANCEL" if "\nMETHOD:CANCEL" in calendar else "PUBLISH", filename)


def subject_of(notice: Any, key: bytes) -> str:
    """Return the subject of a notice as it is sent: our token, then what happened."""
    return f"{signatures.subject_token(key, notice.ticket_id)} {notice.subject}"


def letter(row: Any, mail_from: str) -> EmailMessage:
    """Return the message of a letter; it is identical at each try."""
    return of_letter(row, mail_from, desk_settings())


def of_letter(row: Any, mail_from: str, settings: DeskSettings) -> EmailMessage:
    """Return the message of a letter, with its calendar file if it has one."""
    written = rendering.letter(row.subject, row.body, settings)
    mail = messages.message(
        mail_from=mail_from,
        to=(row.recipient_name, row.recipient_email),
        subject=row.subject,
        written_at=row.created_at,
        message_id=row.message_id,
        body=written.text,
    )
    mail[MARK] = "letter"
    messages.add_html(mail, written.html)
    if row.calendar:
        _add_event(mail, row.calendar, "interruption.ics")
    return mail


def _add_thread(mail: EmailMessage, notice: Row[Any], thread: Thread) -> None:
    """Add what mail programs group by: ids of the thread, its topic, and the index that Outlook reads."""
    roots = [one for one in dict.fromkeys((*thread.came_by, notice.thread_id)) if one]
    mail["In-Reply-To"] = thread.came_by[-1] if thread.came_by else notice.thread_id
    mail["References"] = " ".join(roots)
    mail["Thread-Topic"] = messages.header_text(thread.topic)
    mail["Thread-Index"] = thread_index(notice.thread_id, thread.opened_at, notice.created_at)


def _add_list(mail: EmailMessage, notice: Row[Any], base_url: str) -> None:
    """Add the marks of mails that a program sends to many, by which people may sort or stop them, and our own mark."""
    host = notice.thread_id.rpartition("@")[2].rstrip(">")
    mail["List-Id"] = f"Guichet <tickets.{host}>"
    mail["List-Unsubscribe"] = f"<{base_url}{rendering.PREFERENCES}>"
    mail[MARK] = f"notice; ticket={notice.ticket_id}; event={notice.event_id}; kind={notice.kind}"


def thread_index(root: str, begun: datetime, at: datetime) -> str:
    """Return the Thread-Index of a message: the thread's time and id, then the time since its beginning.

    Outlook groups messages whose first 22 bytes are the same, whatever their subjects.
    """
    ticks = int((begun - _EPOCH) / timedelta(microseconds=1)) * 10
    head = ticks.to_bytes(8, "big")[:6]
    since = max(0, int((at - begun) / timedelta(microseconds=1)) * 10)
    near = since < 1 << 49  # about a year and nine months; beyond it the unit is coarser
    child = since >> 18 if near else (since >> 23 & 0x7FFFFFFF) | 1 << 31
    identity = md5(root.encode(), usedforsecurity=False).digest()
    return b64encode(head + identity + child.to_bytes(4, "big") + b"\x00").decode("ascii")
