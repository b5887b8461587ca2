"""The tables around keys: stock, links for a new PIN or password, requests for such links, challenges, letters.

No behaviour; see the modules stock, links, letters, fido.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_IN_STOCK = text("state = 'stock'")
_PENDING = text("state = 'pending'")
_SENT = text("sent_at IS NOT NULL")
_FAILED = text("state IN ('failed', 'bounced')")


class StockKey(Base):
    """A hardware key from a supplier's file, which waits for an owner or was handed over.

    `seed` is wiped when the key leaves the stock (it is then sealed again in the owner's `OtpKey`). `seed_print` stays
    for ever, so that a secret once handed over is never accepted again under any number.
    `counter`: the first counter that the key has not shown yet (HOTP). `state`: stock, handed.
    """

    __tablename__ = "stock_key"
    __table_args__ = (
        Index("uq_stock_key_in_stock", "serial", unique=True, sqlite_where=_IN_STOCK, postgresql_where=_IN_STOCK),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(8))  # totp, hotp
    digits: Mapped[int]
    algorithm: Mapped[str] = mapped_column(String(8))
    seed: Mapped[str | None] = mapped_column(Text)  # Fernet token
    seed_print: Mapped[str] = mapped_column(String(64), unique=True)
    counter: Mapped[int] = mapped_column(BigInteger, default=0)
    academie: Mapped[str] = mapped_column(String(120))
    batch: Mapped[str] = mapped_column(String(120), default="")  # the name of the file
    state: Mapped[str] = mapped_column(String(12), default="stock")
    imported_at: Mapped[datetime] = mapped_column(Instant)
    imported_by: Mapped[str] = mapped_column(String(32), default="")
    key_id: Mapped[int | None] = mapped_column(ForeignKey("otp_key.id"), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class PersonalLink(Base):
    """A link by which a person chooses a new PIN or a password, or reads a calendar; its token is stored as a hash."""

    __tablename__ = "personal_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(8))  # pin, password, calendar
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class ResetRequest(Base):
    """A request « J’ai oublié mon code PIN » as typed. The scheduler handles it later, so the page reveals nothing."""

    __tablename__ = "reset_request"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    sigle: Mapped[str] = mapped_column(String(32))
    zone: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime] = mapped_column(Instant)


class UsedChallenge(Base):
    """A challenge that a FIDO2 key has answered and that no key may answer again."""

    __tablename__ = "used_challenge"

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Instant)


class Letter(Base):
    """A mail to one person about the person's own access, written in the act's commit and sent later by the scheduler.

    `account_id` is None where the letter goes to an address of the settings, which is nobody's account. `body` is
    sealed, since it may hold a link, and wiped once sent. `state`: pending, sent, failed, dropped, bounced (sent, then
    returned). `lease` counts its claims: who holds an older one may not mark it.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_due", "next_at", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("ix_letter_sent", "sent_at", sqlite_where=_SENT, postgresql_where=_SENT),
        Index("ix_letter_failed", "id", sqlite_where=_FAILED, postgresql_where=_FAILED),
        Index(None, "account_id", "kind", "created_at"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(24))
    recipient_name: Mapped[str] = mapped_column(String(200))
    recipient_email: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(250))
    body: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(8), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    lease: Mapped[int] = mapped_column(server_default="0")
    first_tried_at: Mapped[datetime | None] = mapped_column(Instant)


class ToldOnce(Base):
    """What a person was written to about once and for all: the letter's kind, and the thing that it is about."""

    __tablename__ = "told_once"

    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    told_at: Mapped[datetime] = mapped_column(Instant)
