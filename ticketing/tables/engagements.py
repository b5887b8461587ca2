"""The tables of what each party says of its own time: its opening hours, what it promises, its reminders and alerts.

Rows are never changed, but withdrawn: what a ticket was promised is worked out again from the rows of that day.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID


class PartyHours(Base):
    """The opening hours of an organisation from the day `since` on; for the same day, the row made last holds.

    `week` has seven lists of [opens, closes] in minutes, `closures` lists of [first day, last day, label]; `zone` is
    the school zone whose holidays close it, or « ».
    """

    __tablename__ = "party_hours"
    __table_args__ = (Index(None, "organisation", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ID)
    since: Mapped[date]
    week: Mapped[list[list[list[int]]]] = mapped_column(JSON)
    territory: Mapped[str] = mapped_column(String(40))
    zone: Mapped[str] = mapped_column(String(1))
    closures: Mapped[list[list[Any]]] = mapped_column(JSON)
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[int]


class PartyPromise(Base):
    """What an organisation promises from the day `since` on, for an agreement, a service, an activity (« »: any).

    `answer` and `resolve` are minutes of its own hours; both None: it promises nothing from that day on.
    """

    __tablename__ = "party_promise"
    __table_args__ = (Index(None, "organisation", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ID)
    since: Mapped[date]
    convention: Mapped[str] = mapped_column(String(60))
    service: Mapped[str] = mapped_column(String(60))
    activity: Mapped[str] = mapped_column(String(20))
    urgency: Mapped[int | None]  # an answer of `ticketing.urgency`, None for any
    answer: Mapped[int | None]
    resolve: Mapped[int | None]
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[int]


class PartyRule(Base):
    """What an organisation has the program do by itself from the day `since` on; the row made last holds.

    `remind` and `close` are working days of its own, `silent` minutes of its own hours; None: it does not.
    """

    __tablename__ = "party_rule"
    __table_args__ = (Index(None, "organisation", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ID)
    since: Mapped[date]
    remind: Mapped[int | None]
    close: Mapped[int | None]
    silent: Mapped[int | None]
    late: Mapped[bool]
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[int]
