"""The tables of mails about tickets: notices and what they say, wishes, addresses that fail, mails that acted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import NAME, NUMBER

_SENT = text("sent_at IS NOT NULL")
_FAILED = text("state IN ('failed', 'bounced')")


class Notice(Base):
    """The outbox: a message to one person, written in the ticket's own commit, sent later by the scheduler's process.

    `state` is pending, sent, failed (« échec »), dropped (the recipient no longer sees the ticket), page (its recipient
    reads it on the page « Avis » alone) or bounced (sent, then returned). `way` says what it waits for: « digest », or
    « later » for the end of quiet hours or of a burst. `lease` counts its claims: who holds an older one may not mark
    it. `sent_as` is the Message-ID of the mail that carries it, its own unless the mail carries several.
    `subject` lacks the ticket's token, which the message adds. `reader` is requester or other: what the mail asks of
    its reader. `body` is the whole text of a mail older than `NoticeWords` (migration 0017), else empty.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "ix_notice_due",
            "next_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_notice_line", "ticket_id", "recipient_id", "id"),
        Index("ix_notice_recipient", "recipient_id", "id"),
        Index("ix_notice_sent", "sent_at", sqlite_where=_SENT, postgresql_where=_SENT),
        Index("ix_notice_failed", "id", sqlite_where=_FAILED, postgresql_where=_FAILED),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    event_id: Mapped[int] = mapped_column(NUMBER)
    kind: Mapped[str] = mapped_column(String(16))
    recipient_id: Mapped[int] = mapped_column(Integer)
    recipient_name: Mapped[str] = mapped_column(NAME)
    recipient_email: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(250))
    reader: Mapped[str] = mapped_column(String(9), default="other")
    body: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[str] = mapped_column(String(200))
    thread_id: Mapped[str] = mapped_column(String(200))  # Message-ID that the ticket's mails answer to
    state: Mapped[str] = mapped_column(String(8), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    way: Mapped[str] = mapped_column(String(8), server_default="")
    lease: Mapped[int] = mapped_column(Integer, server_default="0")
    sent_as: Mapped[str] = mapped_column(String(200), server_default="")
    first_tried_at: Mapped[datetime | None] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)  # when the recipient saw it on a page of Guichet


class MailChoice(Base):
    """How a person wishes to be written to about tickets; a person without a row is written to at once.

    `kinds` gives the way of each kind of notice: now, digest, none. Hours are those of Paris; without quiet hours both
    ends are None. `grouped`: bursts on one ticket are sent as one mail.
    """

    __tablename__ = "mail_choice"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    kinds: Mapped[dict[str, str]] = mapped_column(JSON)
    digest_hour: Mapped[int] = mapped_column(SmallInteger)
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger)
    grouped: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class MailAddress(Base):
    """An address at which mails fail to arrive: since when, how often in a row for good, and what was answered.

    `stopped_at`: nothing is sent there any more. `complained_at`: its owner reported a mail as unwanted. `told_at`:
    when an administrator was told.
    """

    __tablename__ = "mail_address"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)  # in small letters
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    complained_at: Mapped[datetime | None] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)


class MailEntry(Base):
    """What a mail made of a ticket: its opening, a comment, a confirmation; written in the commit of that act.

    `message` is the SHA-256 of the Message-ID, « » where the mail has none; `words` that of what its author wrote and
    attached; `subject` that of its subject without prefixes. `folded` is the history and the signature that came below
    the author's words; it is read and masked with the entry `event_id` of the ticket.
    """

    __tablename__ = "mail_entry"
    __table_args__ = (
        Index(None, "message"),
        Index(None, "ticket_id", "at"),
        Index(None, "account_id", "at"),
        Index(None, "event_id"),
    )

    mail_id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=False)
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    event_id: Mapped[int] = mapped_column(NUMBER)
    account_id: Mapped[int] = mapped_column(Integer)
    box: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(16))  # opened | comment | answer | confirmed | calendar
    message: Mapped[str] = mapped_column(String(64))
    words: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    folded: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Instant)


class MailReference(Base):
    """A message that an applied mail answers, by the SHA-256 of its Message-ID; if it comes later, it joins."""

    __tablename__ = "mail_reference"
    __table_args__ = (Index(None, "message"), {"sqlite_with_rowid": False})

    mail_id: Mapped[int] = mapped_column(
        NUMBER, ForeignKey("mail_entry.mail_id"), primary_key=True, autoincrement=False
    )
    message: Mapped[str] = mapped_column(String(64), primary_key=True)


class NoticeWords(Base):
    """What the notices of one entry say, once for all recipients: each mail is written from it as it leaves.

    `data` holds the ticket's values and the words as they were at the entry (`ticketing.mail.wording.said`). An entry
    that was masked or erased has no row here, so its words are in no mail any more.
    """

    __tablename__ = "notice_words"

    event_id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=False)
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
