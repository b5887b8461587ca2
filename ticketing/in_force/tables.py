"""The tables of what people change in agreements: filled cells, drafts, their comments and approvals, golden tickets.

Only a change removed from a draft is ever deleted. A withdrawn fill, draft or golden ticket keeps its row, with who
withdrew it and when, so that what was known on a day can always be found. `matrix.changes.packed` makes a `change`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant
from ticketing.tables import ID, NAME, NUMBER

CONVENTION = String(60)
SERVICE = String(60)
ACTIVITY = String(20)
PLACE = String(60)
_LIVE = text("withdrawn_at IS NULL")


class CellFill(Base):
    """A blank cell filled in from the signed paper. It holds from `version_on` and is known once confirmed."""

    __tablename__ = "cell_fill"
    __table_args__ = (
        Index(
            "uq_cell_fill_live",
            "convention",
            "version_on",
            "service",
            "activity",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    convention: Mapped[str] = mapped_column(CONVENTION)
    version_on: Mapped[date]  # the version of the files in which the cell is filled
    service: Mapped[str] = mapped_column(SERVICE)
    activity: Mapped[str] = mapped_column(ACTIVITY)
    change: Mapped[dict[str, Any]] = mapped_column(JSON)
    paper_page: Mapped[str] = mapped_column(PLACE)
    paper_line: Mapped[str] = mapped_column(PLACE)
    paper_column: Mapped[str] = mapped_column(PLACE)
    filled_at: Mapped[datetime] = mapped_column(Instant)
    filled_by: Mapped[int | None] = mapped_column(Integer)
    filled_by_name: Mapped[str] = mapped_column(NAME)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by_name: Mapped[str] = mapped_column(NAME, default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by_name: Mapped[str] = mapped_column(NAME, default="")
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")


class MatrixDraft(Base):
    """A draft of a version of an agreement's matrix. `version` counts its changes, to detect concurrent saves.

    `state` is draft, submitted, approved (it is then a version of the agreement), rejected or withdrawn.
    """

    __tablename__ = "matrix_draft"
    __table_args__ = (Index(None, "convention", "state"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    convention: Mapped[str] = mapped_column(CONVENTION)
    kind: Mapped[str] = mapped_column(String(8))  # annexe | avenant
    title: Mapped[str] = mapped_column(String(150))
    effect_on: Mapped[date]
    retroactive: Mapped[bool] = mapped_column(Boolean, default=False)  # the avenant says that it takes effect earlier
    state: Mapped[str] = mapped_column(String(10), default="draft")
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_by_name: Mapped[str] = mapped_column(NAME)
    created_side: Mapped[str] = mapped_column(ID, default="")
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    submitted_by_name: Mapped[str] = mapped_column(NAME, default="")
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_content: Mapped[str] = mapped_column(String(64), default="")  # the hash that every signatory approved
    closed_at: Mapped[datetime | None] = mapped_column(Instant)  # rejected or withdrawn
    closed_by_name: Mapped[str] = mapped_column(NAME, default="")
    closed_reason: Mapped[str] = mapped_column(Text, default="")


class DraftChange(Base):
    """The content that a draft gives one cell."""

    __tablename__ = "draft_change"

    draft_id: Mapped[int] = mapped_column(ForeignKey("matrix_draft.id"), primary_key=True, autoincrement=False)
    service: Mapped[str] = mapped_column(SERVICE, primary_key=True)
    activity: Mapped[str] = mapped_column(ACTIVITY, primary_key=True)
    change: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[int | None] = mapped_column(Integer)
    changed_by_name: Mapped[str] = mapped_column(NAME)


class DraftComment(Base):
    """A party's comment on a cell of a draft, or on the whole draft if `service` is empty."""

    __tablename__ = "draft_comment"
    __table_args__ = (Index(None, "draft_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("matrix_draft.id"))
    service: Mapped[str] = mapped_column(SERVICE, default="")
    activity: Mapped[str] = mapped_column(ACTIVITY, default="")
    side: Mapped[str] = mapped_column(ID)
    side_name: Mapped[str] = mapped_column(NAME)
    author_id: Mapped[int | None] = mapped_column(Integer)
    author_name: Mapped[str] = mapped_column(NAME)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class DraftApproval(Base):
    """A signatory's approval of exactly one content of a draft (`content`, a hash)."""

    __tablename__ = "draft_approval"
    __table_args__ = (Index(None, "draft_id", "organisation", "content", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("matrix_draft.id"))
    party: Mapped[str] = mapped_column(String(20))
    organisation: Mapped[str] = mapped_column(ID)
    organisation_name: Mapped[str] = mapped_column(NAME)
    account_id: Mapped[int] = mapped_column(Integer)
    account_name: Mapped[str] = mapped_column(NAME)
    reference: Mapped[str] = mapped_column(String(300), default="")  # the deliberation of an avenant
    content: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)


class GoldenTicket(Base):
    """A request whose answer the parties agreed on: a version that answers otherwise is not approved.

    `facts` holds établissement, service, activity and the facts, as `matrix.requests` reads them. If `on` is None, it
    is tried on the day of effect of the version.
    """

    __tablename__ = "golden_ticket"
    __table_args__ = (Index(None, "convention", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    convention: Mapped[str] = mapped_column(CONVENTION)
    label: Mapped[str] = mapped_column(String(150))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    on: Mapped[date | None]
    expected_status: Mapped[str] = mapped_column(String(16))
    expected_party: Mapped[str] = mapped_column(String(20))
    ticket_number: Mapped[int | None] = mapped_column(NUMBER)  # the ticket from which it was made
    attached_at: Mapped[datetime] = mapped_column(Instant)
    attached_by: Mapped[int | None] = mapped_column(Integer)
    attached_by_name: Mapped[str] = mapped_column(NAME)
    side: Mapped[str] = mapped_column(ID)
    side_name: Mapped[str] = mapped_column(NAME)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by_name: Mapped[str] = mapped_column(NAME, default="")
