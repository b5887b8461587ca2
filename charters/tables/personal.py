"""The tables around personal data: legal holds, and the hashes of sigles whose owners were forgotten.

No behaviour; see the modules legal_holds, forgetting.
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


class RetiredSigle(Base):
    """The hash of a sigle whose owner was forgotten, so that it is never given again (annexe 6, 2.2)."""

    __tablename__ = "retired_sigle"

    print: Mapped[str] = mapped_column(String(64), primary_key=True)
