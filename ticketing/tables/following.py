"""The tables of what people follow of tickets, without behaviour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID, NUMBER


class TicketSeen(Base):
    """How far a person has read a ticket for a side: its last entry on the page, and when that page was shown."""

    __tablename__ = "ticket_seen"
    __table_args__ = (Index(None, "account_id"), {"sqlite_with_rowid": False})

    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(ID, primary_key=True)  # the side for which it was read, as notes tell them apart
    event_id: Mapped[int] = mapped_column(NUMBER)
    at: Mapped[datetime] = mapped_column(Instant)


class TicketWriting(Base):
    """That a person writes on a ticket for a side just now; a row is over after a minute (`following.writers`)."""

    __tablename__ = "ticket_writing"
    __table_args__ = (Index(None, "account_id"), {"sqlite_with_rowid": False})

    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class TicketLink(Base):
    """A ticket that goes on with the trouble of an earlier one: « la suite de ». It is shown to who sees both."""

    __tablename__ = "ticket_link"
    __table_args__ = (Index(None, "earlier_id"), {"sqlite_with_rowid": False})

    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    earlier_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)


class TicketOpinion(Base):
    """Whether the requester's side is satisfied with what was done: `score` is 3 (yes), 2 (partly) or 1 (no).

    `words` is the sentence that its author may add, for all who see the ticket.
    """

    __tablename__ = "ticket_opinion"
    __table_args__ = (Index(None, "account_id"),)

    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    score: Mapped[int] = mapped_column(SmallInteger)
    account_id: Mapped[int | None] = mapped_column(Integer)  # None once the person or the ticket is forgotten
    at: Mapped[datetime] = mapped_column(Instant)
    words: Mapped[str | None] = mapped_column(String(300))


class TicketUnlike(Base):
    """A ticket that a side said is no part of one larger trouble with those that look like it."""

    __tablename__ = "ticket_unlike"
    __table_args__ = (Index(None, "at"), {"sqlite_with_rowid": False})

    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class TicketLabel(Base):
    """A word that a side keeps on a ticket for itself: « étiquette ». No other side reads it, or knows of it.

    `folded` is the word without accents and capitals, by which it is found.
    """

    __tablename__ = "ticket_label"
    __table_args__ = (
        Index("ix_ticket_label_word", "side", "folded", "ticket_id"),
        Index(None, "account_id"),
        {"sqlite_with_rowid": False},
    )

    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"), primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(ID, primary_key=True)
    folded: Mapped[str] = mapped_column(String(60), primary_key=True)
    word: Mapped[str] = mapped_column(String(30))
    account_id: Mapped[int | None] = mapped_column(Integer)  # who put it there; None once the person is forgotten
    at: Mapped[datetime] = mapped_column(Instant)
