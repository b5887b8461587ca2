"""The tables of facts: what happened to a ticket on a day, its sums, the hours that were known, the hash of each month.

No row refers to a ticket by a foreign key: facts stay when a ticket is erased. They name nobody: a person is in none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID, NUMBER


class About:
    """The columns that tell facts apart, shared by the facts and their sums."""

    day: Mapped[str] = mapped_column(String(10))
    month: Mapped[str] = mapped_column(String(7))
    party: Mapped[str] = mapped_column(ID)
    to_party: Mapped[str] = mapped_column(ID)
    etablissement: Mapped[str] = mapped_column(ID)
    service: Mapped[str] = mapped_column(String(60))
    activity: Mapped[str] = mapped_column(String(30))
    convention: Mapped[str] = mapped_column(String(60))
    category: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(16))
    urgency: Mapped[int] = mapped_column(SmallInteger)
    age: Mapped[int] = mapped_column(SmallInteger)


class Amounts:
    """The columns that are added up, shared by the facts and their sums."""

    opened: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)
    answer: Mapped[int] = mapped_column(BigInteger)
    resolved: Mapped[int] = mapped_column(Integer)
    resolution: Mapped[int] = mapped_column(BigInteger)
    routed: Mapped[int] = mapped_column(Integer)
    direct: Mapped[int] = mapped_column(Integer)
    passed: Mapped[int] = mapped_column(Integer)
    wrong: Mapped[int] = mapped_column(Integer)
    lost: Mapped[int] = mapped_column(BigInteger)
    contested: Mapped[int] = mapped_column(Integer)
    ruled: Mapped[int] = mapped_column(Integer)
    upheld: Mapped[int] = mapped_column(Integer)
    loops: Mapped[int] = mapped_column(Integer)
    held: Mapped[int] = mapped_column(BigInteger)
    elapsed: Mapped[int] = mapped_column(BigInteger)
    reopened: Mapped[int] = mapped_column(Integer)
    waiting: Mapped[int] = mapped_column(Integer)
    asked_answers: Mapped[int] = mapped_column(Integer)
    kept_answers: Mapped[int] = mapped_column(Integer)
    asked_resolutions: Mapped[int] = mapped_column(Integer)
    kept_resolutions: Mapped[int] = mapped_column(Integer)
    opinions: Mapped[int] = mapped_column(Integer)
    satisfied: Mapped[int] = mapped_column(Integer)


class TicketFact(About, Amounts, Base):
    """What happened to one ticket on one day of Paris, with the party, service, activity… that it had then."""

    __tablename__ = "ticket_fact"
    __table_args__ = (
        Index(None, "ticket_id"),
        Index(None, "day"),
        Index(None, "etablissement", "day"),
        Index(None, "service", "day"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(NUMBER)


class FactSum(About, Amounts, Base):
    """Facts of a month added up for a perimeter, at a grain, `cell` or `place` (`summing.GRAINS`).

    A column that the grain does not tell apart is « » or 0. `answer_3` counts the first answers of the fourth class of
    length.
    """

    __tablename__ = "fact_sum"
    __table_args__ = (Index(None, "scope", "grain", "month"), Index(None, "month"))

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    scope: Mapped[str] = mapped_column(String(130))
    grain: Mapped[str] = mapped_column(String(6))
    answer_0: Mapped[int]
    answer_1: Mapped[int]
    answer_2: Mapped[int]
    answer_3: Mapped[int]
    answer_4: Mapped[int]
    answer_5: Mapped[int]
    answer_6: Mapped[int]
    answer_7: Mapped[int]
    answer_8: Mapped[int]
    answer_9: Mapped[int]
    resolution_0: Mapped[int]
    resolution_1: Mapped[int]
    resolution_2: Mapped[int]
    resolution_3: Mapped[int]
    resolution_4: Mapped[int]
    resolution_5: Mapped[int]
    resolution_6: Mapped[int]
    resolution_7: Mapped[int]
    resolution_8: Mapped[int]
    resolution_9: Mapped[int]


class FactHours(Base):
    """The opening hours of an organisation as they were known from an instant on; none where `versions` is empty.

    A row is never changed: an hour that is corrected today counts from today on, and changes no past figure.
    """

    __tablename__ = "fact_hours"
    __table_args__ = (Index(None, "organisation", "known_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ID)
    known_at: Mapped[datetime] = mapped_column(Instant)
    versions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class FactMonth(Base):
    """What the facts of a month come to: how many, and their SHA-256 in a fixed order, in hexadecimal digits."""

    __tablename__ = "fact_month"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    facts: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
