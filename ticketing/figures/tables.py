"""The rows of figures: facts folded from histories, and the figures made of them; and the rights to read with a reason.

Nothing here refers to a ticket by a foreign key: what was counted stays counted when a ticket's personal data, or the
ticket itself, go.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant

NUMBER = BigInteger().with_variant(Integer, "sqlite")


class Fact(Base):
    """One thing that happened to one ticket (`ticketing.figures.folding`), with the values that the ticket had then."""

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


class FactScope(Base):
    """Whose figures a ticket enters: « academie:… », « org:… » (holds, held, contributes), « etab:… »."""

    __tablename__ = "fact_scope"
    __table_args__ = (Index(None, "ticket_id"),)

    scope: Mapped[str] = mapped_column(String(130), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class FactLabel(Base):
    """What a party, établissement, service or activity was called, from a month on."""

    __tablename__ = "fact_label"

    dimension: Mapped[str] = mapped_column(String(14), primary_key=True)
    value: Mapped[str] = mapped_column(String(120), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    label: Mapped[str] = mapped_column(String(200))


class Figure(Base):
    """A line of figures: for a scope, over a period, for one value of a dimension. Times in seconds of working time.

    `rank` orders the values of a dimension, most opened first, from 1. The key is in the order of reading: the first
    few of a dimension over a period are neighbours, and so are the totals of all periods.
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
    """The one line that says up to which event histories are folded, and when figures were last made."""

    __tablename__ = "figure_run"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger)
    running_until: Mapped[datetime | None] = mapped_column(Instant)  # while a run is under way: one at a time
    computed_at: Mapped[datetime | None] = mapped_column(Instant)


class ReadingGrant(Base):
    """An administrator's reason to read a ticket that the académie does not hold (annexe 6, 3), and until when.

    `ticket_number` 0: not one ticket but the search and the list of the whole académie's.
    """

    __tablename__ = "reading_grant"
    __table_args__ = (Index(None, "account_id", "ticket_number", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    mandate_id: Mapped[int]
    ticket_number: Mapped[int]
    etablissement: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class Reading(Base):
    """One ticket read outside the reader's assignment (annexe 6, 3): its page, a file, a line of a search or a list.

    The journal has a line of each act; these rows are what the weekly report and « qui a consulté ce dossier » read.
    """

    __tablename__ = "reading"
    __table_args__ = (Index(None, "at"), Index(None, "ticket_number", "id"))

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    account_id: Mapped[int]
    ticket_number: Mapped[int] = mapped_column(NUMBER)
    academie: Mapped[str] = mapped_column(String(120))
    etablissement: Mapped[str] = mapped_column(String(120))
    way: Mapped[str] = mapped_column(String(12))  # page, fichier, recherche, export
    reason: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text)
