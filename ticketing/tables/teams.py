"""The tables of the teams inside a side, without behaviour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID


class Team(Base):
    """A team of a side: its name, and the rule by which new tickets are given to its members (« »: by hand).

    `ruled_at` is since when the rule holds: what came before waits for people. `last_account` had the last turn.
    """

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    side: Mapped[str] = mapped_column(ID, index=True)
    name: Mapped[str] = mapped_column(String(60))
    rule: Mapped[str] = mapped_column(String(8))  # « », turn, load
    ruled_at: Mapped[datetime | None] = mapped_column(Instant)
    last_account: Mapped[int | None] = mapped_column(Integer)


class TeamMember(Base):
    """That a person is of a team."""

    __tablename__ = "team_member"
    __table_args__ = (Index(None, "account_id"), {"sqlite_with_rowid": False})

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class TeamCover(Base):
    """An établissement (`place`) or a service that a team covers; a team without any of a kind covers them all."""

    __tablename__ = "team_cover"
    __table_args__ = ({"sqlite_with_rowid": False},)

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    value: Mapped[str] = mapped_column(ID, primary_key=True)
