"""The tables of contests: the dispute that a contest opens between two sides, and what the référent of each says.

Neither holds a person or a free text. Who contested and in which words stands in the entry of the history (`event_id`),
which is masked, erased and forgotten with the ticket; what remains says which party answers by which clause.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID, NAME, NUMBER


class Contest(Base):
    """A hand-on contested by a clause, between the side that gave the ticket back and the one that got it back.

    `service`, `activity` and `category` (« » where the group of users decides nothing) are those of the contested
    decision; `clause` is a name of the agreement's `clauses.toml`. `term_at` ends the `days` working days that the
    référents of both sides have; `asks_at` is the same until something is decided, then None. `state` is open, ruled,
    unsettled or dropped. Once ruled, `ruled_party` is the party of the agreement that answers, and `grounds` the names
    of the clauses that the référents cited, separated by spaces: a precedent.
    """

    __tablename__ = "contest"
    __table_args__ = (
        Index(None, "ticket_id"),
        Index(None, "asks_at"),
        Index("ix_contest_about", "convention", "service", "activity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("ticket.number"))
    event_id: Mapped[int] = mapped_column(NUMBER)
    decision_id: Mapped[int] = mapped_column(NUMBER)
    academie: Mapped[str] = mapped_column(ID)
    convention: Mapped[str] = mapped_column(String(60))
    service: Mapped[str] = mapped_column(String(60))
    activity: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(60))
    clause: Mapped[str] = mapped_column(String(80))
    from_organisation: Mapped[str] = mapped_column(ID)
    from_party: Mapped[str] = mapped_column(String(60))
    from_name: Mapped[str] = mapped_column(NAME)
    to_organisation: Mapped[str] = mapped_column(ID)
    to_party: Mapped[str] = mapped_column(String(60))
    to_name: Mapped[str] = mapped_column(NAME)
    made_at: Mapped[datetime] = mapped_column(Instant)
    days: Mapped[int] = mapped_column(Integer)
    term_at: Mapped[datetime] = mapped_column(Instant)
    asks_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    ruled_party: Mapped[str] = mapped_column(String(60))
    grounds: Mapped[str] = mapped_column(String(200))


class ContestVoice(Base):
    """What the référent of a side said last of a contest: the party that answers, by which clause, in which entry."""

    __tablename__ = "contest_voice"

    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), primary_key=True, autoincrement=False)
    organisation: Mapped[str] = mapped_column(ID, primary_key=True)
    party: Mapped[str] = mapped_column(String(60))
    clause: Mapped[str] = mapped_column(String(80))
    event_id: Mapped[int] = mapped_column(NUMBER)
    at: Mapped[datetime] = mapped_column(Instant)
