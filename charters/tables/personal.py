"""The tables around personal data: legal holds, hashes of forgotten people's sigles, corrections that wait.

No behaviour; see the modules legal_holds, forgetting, corrections.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_OPEN = text("lifted_at IS NULL")


class LegalHold(Base):
    """A legal hold on a ticket or a person, never both, against forgetting. A lifted hold stays as history."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index("uq_legal_hold_ticket", "ticket_number", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_legal_hold_account", "account_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_number: Mapped[int | None] = mapped_column(NUMBER)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    academie: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[int]  # account id
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[int | None]
    lift_reason: Mapped[str] = mapped_column(Text, default="")


class Correction(Base):
    """What waits to be corrected of a person; the row goes once it is done, refused or given up.

    `state`: asked (by the person; an empty value does not change) or mail (`email` is the new address, which the link
    of `token_hash` confirms before `expires_at`).
    """

    __tablename__ = "correction"
    __table_args__ = (Index(None, "account_id", "state", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    last_name: Mapped[str] = mapped_column(String(80), default="")
    first_name: Mapped[str] = mapped_column(String(80), default="")
    company: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    function: Mapped[str] = mapped_column(String(120), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)


class RetiredSigle(Base):
    """The hash of a sigle whose owner was forgotten, so that it is never given again (annexe 6, 2.2)."""

    __tablename__ = "retired_sigle"

    print: Mapped[str] = mapped_column(String(64), primary_key=True)
