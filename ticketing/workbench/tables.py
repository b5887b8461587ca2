"""The tables of what people keep for their daily work, without behaviour."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables import ID

TITLE_MAX, FILTERS_MAX = 60, 600


class SavedView(Base):
    """A list, or a question to the figures, under a name: the address of its filters, for a person or shared in a side.

    It holds no ticket and no figure: whoever opens it reads the answer in the reader's own perimeter.
    """

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    side: Mapped[str] = mapped_column(ID, index=True)
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)  # None: a shared one whose author is forgotten
    shared: Mapped[bool] = mapped_column(Boolean)
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    filters: Mapped[str] = mapped_column(String(FILTERS_MAX))  # as the address of the page holds them
    page: Mapped[str] = mapped_column(
        String(8), default="tickets", server_default="tickets"
    )  # « tickets » | « chiffres »
    at: Mapped[datetime] = mapped_column(Instant)


class CannedAnswer(Base):
    """Words to use again on tickets, and the step that they go with, for a person or shared inside a side."""

    __tablename__ = "canned_answer"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    side: Mapped[str] = mapped_column(ID, index=True)
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)  # None: a shared one whose author is forgotten
    shared: Mapped[bool] = mapped_column(Boolean)
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    words: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(String(16))  # model.Step: comment, resolve or hold
    at: Mapped[datetime] = mapped_column(Instant)


class Absence(Base):
    """That a person is away from a day to another, inclusive, for those of one side; it never says why.

    `offers`: the urgent tickets go back to the queue on the first day; `offered_at` is when they did.
    """

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    side: Mapped[str] = mapped_column(ID, index=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    offers: Mapped[bool] = mapped_column(Boolean)
    offered_at: Mapped[datetime | None] = mapped_column(Instant)
