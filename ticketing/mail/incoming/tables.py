"""The tables of incoming mail: what was received, its bytes, and the health of each box, without behaviour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables import NUMBER


class IncomingMail(Base):
    """A mail as it came to one box, with its state: received, parsed, then applied, ignored or quarantined.

    `key` tells a mail from others (`headers.key`); `twin_of` is the first row of the same mail, which came to another
    box. `claimed` is the address that From claims. `academies` are those whose administrators see the row on their
    page; empty: all of them. `whole` is false where only the beginning of the mail is kept. `author_id` is the account
    to which a person of the académie attributed the mail, `place` the établissement that was said of it afterwards;
    `cleared`: its author or the académie said that it may leave, with what seems to be pupils' data.
    """

    __tablename__ = "incoming_mail"
    __table_args__ = (UniqueConstraint("box", "key"), {"sqlite_autoincrement": True})  # its number is in form tokens

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    box: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(64), index=True)
    twin_of: Mapped[int | None] = mapped_column(NUMBER)
    message_id: Mapped[str] = mapped_column(String(250), default="")
    received_at: Mapped[datetime] = mapped_column(Instant, index=True)
    size: Mapped[int] = mapped_column(Integer, default=0)
    whole: Mapped[bool] = mapped_column(Boolean, default=True)
    subject: Mapped[str] = mapped_column(String(250), default="")
    claimed: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[str] = mapped_column(String(12), default="received")
    kind: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    ticket_id: Mapped[int | None] = mapped_column(NUMBER, index=True)
    event_id: Mapped[int | None] = mapped_column(NUMBER, index=True)
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)
    author_id: Mapped[int | None] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(String(40), default="")
    cleared: Mapped[bool] = mapped_column(Boolean, default=False)
    academies: Mapped[list[str]] = mapped_column(JSON, default=list)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


_WAITING = text("state IN ('received', 'parsed')")
#: The job reads only the mails that still wait to be taken in.
Index("ix_incoming_mail_waiting", IncomingMail.next_at, sqlite_where=_WAITING, postgresql_where=_WAITING)


class IncomingRaw(Base):
    """The bytes of a mail as they came, compressed (zlib)."""

    __tablename__ = "incoming_raw"

    mail_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("incoming_mail.id"), primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Mailbox(Base):
    """The health of a box: who reads it now (`token`, until `claimed_until`), its last fetch, since when it fails.

    `told_at` is when its failure was told to the administrators; `well_since`, since when it answers again meanwhile.
    """

    __tablename__ = "mailbox"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)
    waiting: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(String(300), default="")
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    well_since: Mapped[datetime | None] = mapped_column(Instant)
    token: Mapped[str] = mapped_column(String(32), default="")
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
