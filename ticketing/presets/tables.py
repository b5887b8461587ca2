"""The table of presets, without behaviour."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID


class TicketPreset(Base):
    """An opening filled in beforehand, in the name of a side. Its row goes when it is withdrawn.

    `rhythm`, `starts_on` and `next_on` are those of a preset that opens tickets by itself, in the name of its author.
    """

    __tablename__ = "ticket_preset"
    __table_args__ = (Index(None, "side", "name"), Index(None, "next_on"), Index(None, "author_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(ID)  # the établissement or the organisation that wrote it
    name: Mapped[str] = mapped_column(String(80))
    service: Mapped[str] = mapped_column(String(60))
    activity: Mapped[str] = mapped_column(String(60))
    user_category: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(Text)
    asset: Mapped[str] = mapped_column(String(100))
    tag: Mapped[str] = mapped_column(String(100))
    room: Mapped[str] = mapped_column(String(60))
    rhythm: Mapped[str] = mapped_column(String(12))  # ticketing.presets.rhythms; empty: only by hand
    starts_on: Mapped[date | None]
    next_on: Mapped[date | None]
    author_id: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(Instant)
