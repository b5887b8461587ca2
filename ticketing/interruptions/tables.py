"""The tables of interruptions (annexe 6, 3.1): what was announced, what really happened, and whom it concerns.

They include the exam days, which interruptions should avoid.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant


class Interruption(Base):
    """An interruption. If `announced_at` is None, it was never announced; `whole` means that Guichet itself stops.

    `starts_at` and `ends_at` are the announced times, `started_at` and `ended_at` the real ones. `announced_by`,
    `started_by` and `ended_by` are account ids.
    """

    __tablename__ = "interruption"
    __table_args__ = (Index(None, "academie", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    academie: Mapped[str] = mapped_column(String(120))  # « »: the whole of Guichet, from the command line
    title: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text)
    services: Mapped[list[str]] = mapped_column(JSON)
    places: Mapped[list[str]] = mapped_column(JSON)
    whole: Mapped[bool]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    notice_hours: Mapped[int]
    announced_at: Mapped[datetime | None] = mapped_column(Instant)
    announced_by: Mapped[int | None]
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    started_by: Mapped[int | None]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[int | None]
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)


class InterruptionScope(Base):
    """Whom an interruption concerns: people with a mandate on `scope`, organisation or établissement (« * »: all)."""

    __tablename__ = "interruption_scope"

    interruption_id: Mapped[int] = mapped_column(ForeignKey("interruption.id"), primary_key=True)
    scope: Mapped[str] = mapped_column(String(120), primary_key=True)


class ExamPeriod(Base):
    """Days of exams of an académie, first and last included, on which no service should stop."""

    __tablename__ = "exam_period"
    __table_args__ = (Index(None, "academie", "last"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    academie: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(120))
    first: Mapped[date]
    last: Mapped[date]
