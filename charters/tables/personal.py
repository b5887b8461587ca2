"""The tables around personal data: legal holds, and the prints of sigles whose owners were forgotten.

No behaviour: see legal_holds, forgetting.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_OPEN = text("lifted_at IS NULL")


class LegalHold(Base):
    """What must be kept for now, whatever its age: a ticket or a person, never both. Lifted, it stays as history."""

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


class RetiredSigle(Base):
    """The print of a sigle whose owner was forgotten: it is never given to another person (annexe 6, 2.2)."""

    __tablename__ = "retired_sigle"

    print: Mapped[str] = mapped_column(String(64), primary_key=True)
