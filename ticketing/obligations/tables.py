"""The table of what parties state of their obligations: done, a day set, a number of users."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import NAME


class ObligationStatement(Base):
    """What a side stated of one occurrence of an obligation; `body` is its organisation, or its établissement.

    `kind`: « done » on the day `on`; « planned » for the day `on` (of a meeting, of an event); « users », `number` of
    them, for a fee. It is withdrawn, never changed.
    """

    __tablename__ = "obligation_statement"
    __table_args__ = (Index(None, "convention", "withdrawn_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    convention: Mapped[str] = mapped_column(String(120))
    obligation: Mapped[str] = mapped_column(String(120))
    occurrence: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]
    number: Mapped[int | None]
    words: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(Instant)
    said_by: Mapped[int | None]
    said_by_name: Mapped[str] = mapped_column(NAME, default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by_name: Mapped[str] = mapped_column(NAME, default="")
