"""The tables by which the program runs: jobs, forms sent once, the index, limits, and facts recorded on agreements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID, NAME, NUMBER


class JobRun(Base):
    """A tick of a job, claimed by the one process that inserts it."""

    __tablename__ = "job_run"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    tick: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(Text, default="")


class FormToken(Base):
    """A form that was sent: a second request with the same token is the same act, and gets the same answer."""

    __tablename__ = "form_token"
    __table_args__ = (Index(None, "used_at"),)

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(NUMBER)
    used_at: Mapped[datetime] = mapped_column(Instant)


class LearnedWords(Base):
    """In how many closed tickets of each service each word stands: counts of many tickets, made again each night."""

    __tablename__ = "learned_words"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    tickets: Mapped[int] = mapped_column(Integer)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)  # the fields of `matrix.suggestions.learning.Counts`


class IndexRequest(Base):
    """A person whose name changed: a job indexes their tickets again, and continues after the number `after`.

    `asked` counts the changes that the job has not followed yet, so that one made meanwhile is not lost.
    """

    __tablename__ = "index_request"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    asked: Mapped[int] = mapped_column(Integer)
    after: Mapped[int] = mapped_column(NUMBER)


class RateCount(Base):
    """How often somebody asked for something since an instant (see `limits`). One row per bucket, used again."""

    __tablename__ = "rate_count"
    __table_args__ = (Index(None, "since"),)

    bucket: Mapped[str] = mapped_column(String(100), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)
    n: Mapped[int] = mapped_column(Integer)


class RecordedFact(Base):
    """A fact that an administrator recorded on an agreement (`matrix.model.Recorded`). Withdrawn facts stay."""

    __tablename__ = "recorded_fact"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    convention: Mapped[str] = mapped_column(String(60))
    on: Mapped[date]
    subject: Mapped[str] = mapped_column(ID, default="")
    words: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[int | None] = mapped_column(Integer)
    recorded_by_name: Mapped[str] = mapped_column(NAME, default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by_name: Mapped[str] = mapped_column(NAME, default="")
