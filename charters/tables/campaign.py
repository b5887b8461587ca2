"""The tables of the October campaign (agreement, II.2): mandates asked about, and answers of each collège.

They contain no name: a person's name is read from the account, which is forgotten in time.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant


class Campaign(Base):
    """A year's campaign of an académie. `term_on` is the last day to answer in time.

    `closes_on` is the last day of mandates that nobody confirmed. `opened_by` None: the scheduler opened the campaign.
    """

    __tablename__ = "campaign"
    __table_args__ = (UniqueConstraint("academie", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    academie: Mapped[str] = mapped_column(String(120))
    year: Mapped[int]
    term_on: Mapped[date]
    closes_on: Mapped[date]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[int | None]
    reminded_on: Mapped[date | None]
    told_term_on: Mapped[date | None]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class CampaignPlace(Base):
    """An établissement that the campaign asks; `answered_by` is the account that answered for it."""

    __tablename__ = "campaign_place"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    etablissement: Mapped[str] = mapped_column(String(120), primary_key=True)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[int | None]


class CampaignLine(Base):
    """A mandate that the campaign asks about. `kept` None: nobody has answered; False: no longer in post."""

    __tablename__ = "campaign_line"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    etablissement: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(32))
    kept: Mapped[bool | None]
