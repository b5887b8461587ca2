"""The tables of figures: what is counted of each ticket, from its history, and the figures added up from it.

No row refers to a ticket by a foreign key: the counts stay when a ticket, or its personal data, is erased.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant


class FigureFact(Base):
    """One count of one ticket (`ticketing.figures.folding`), with the values that the ticket had then."""

    __tablename__ = "fact"
    __table_args__ = (Index(None, "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    month: Mapped[str] = mapped_column(String(7))
    party: Mapped[str] = mapped_column(String(120))
    etablissement: Mapped[str] = mapped_column(String(120))
    service: Mapped[str] = mapped_column(String(60))
    activity: Mapped[str] = mapped_column(String(30))
    amount: Mapped[int]
    seconds: Mapped[int | None]  # working time


class FigureFactScope(Base):
    """A scope whose figures count a ticket: « academie:… », « etab:… », « org:… » (it holds, held or contributes)."""

    __tablename__ = "fact_scope"
    __table_args__ = (Index(None, "ticket_id"),)

    scope: Mapped[str] = mapped_column(String(130), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class FigureLabel(Base):
    """Holds the name of a party, établissement, service or activity from a month on."""

    __tablename__ = "fact_label"

    dimension: Mapped[str] = mapped_column(String(14), primary_key=True)
    value: Mapped[str] = mapped_column(String(120), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    label: Mapped[str] = mapped_column(String(200))


class Figure(Base):
    """A line of figures: for a scope, over a period, for one value of a dimension. Times in seconds of working time.

    `rank` orders the values of a dimension, most opened first, from 1. The key follows the order of reading: the first
    rows of a dimension over a period are adjacent, and so are the totals of all periods.
    """

    __tablename__ = "figure"

    scope: Mapped[str] = mapped_column(String(130), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(14), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[str] = mapped_column(String(120), primary_key=True)
    label: Mapped[str] = mapped_column(String(200))
    opened: Mapped[int]
    resolved: Mapped[int]
    open_end: Mapped[int]
    handed_on: Mapped[int]
    answered: Mapped[int]
    first_answer: Mapped[int | None]
    resolution: Mapped[int | None]


class FigureRun(Base):
    """Says, in a single row, up to which event and Sunday histories are folded, and when figures were last made."""

    __tablename__ = "figure_run"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger)
    running_until: Mapped[datetime | None] = mapped_column(Instant)  # set during a run: only one runs at a time
    computed_at: Mapped[datetime | None] = mapped_column(Instant)
    sunday: Mapped[str] = mapped_column(String(10), server_default="")  # the last whose open tickets are counted
    folded_at: Mapped[datetime | None] = mapped_column(Instant)  # up to when facts and their sums are made
