"""The table of packs that were asked for: what is wanted, how far it is, and what it says once it is made.

It names nobody: the journal says who asked. A pack that is made never changes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables.columns import ID

STEP_MAX = 200


class CommitteePack(Base):
    """A pack: `state` is asked, making, made or failed, `step` what is being done, in French, or why it failed."""

    __tablename__ = "committee_pack"
    __table_args__ = (Index(None, "state"), Index(None, "academie", "side"))

    id: Mapped[int] = mapped_column(primary_key=True)
    convention: Mapped[str] = mapped_column(String(60))
    academie: Mapped[str] = mapped_column(ID)
    period: Mapped[str] = mapped_column(String(10))
    side: Mapped[str] = mapped_column(ID)  # whose figures, « » for the whole
    everything: Mapped[bool] = mapped_column(Boolean)
    meeting: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(8))
    step: Mapped[str] = mapped_column(String(STEP_MAX), default="")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # content.packed
