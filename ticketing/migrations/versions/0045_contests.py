"""Keep the contests that a clause opens between two sides, and what the référent of each says.

Earlier contests stay entries of the history, without a dispute. `downgrade` drops both tables: what was ruled remains
in the histories, and no longer as precedents.

Revision ID: 0045_contests
Revises: 0044_teams
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0045_contests"
down_revision = "0044_teams"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "contest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("decision_id", NUMBER, nullable=False),
        sa.Column("academie", sa.String(120), nullable=False),
        sa.Column("convention", sa.String(60), nullable=False),
        sa.Column("service", sa.String(60), nullable=False),
        sa.Column("activity", sa.String(20), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("clause", sa.String(80), nullable=False),
        sa.Column("from_organisation", sa.String(120), nullable=False),
        sa.Column("from_party", sa.String(60), nullable=False),
        sa.Column("from_name", sa.String(200), nullable=False),
        sa.Column("to_organisation", sa.String(120), nullable=False),
        sa.Column("to_party", sa.String(60), nullable=False),
        sa.Column("to_name", sa.String(200), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("term_at", Instant(), nullable=False),
        sa.Column("asks_at", Instant(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("ruled_party", sa.String(60), nullable=False),
        sa.Column("grounds", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_contest_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
    )
    op.create_index(op.f("ix_contest_ticket_id"), "contest", ["ticket_id"])
    op.create_index(op.f("ix_contest_asks_at"), "contest", ["asks_at"])
    op.create_index("ix_contest_about", "contest", ["convention", "service", "activity"])
    op.create_table(
        "contest_voice",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(120), nullable=False),
        sa.Column("party", sa.String(60), nullable=False),
        sa.Column("clause", sa.String(80), nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_voice_contest_id")),
        sa.PrimaryKeyConstraint("contest_id", "organisation", name=op.f("pk_contest_voice")),
    )


def downgrade() -> None:
    op.drop_table("contest_voice")
    op.drop_table("contest")
