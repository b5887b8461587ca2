"""Keep presets: openings filled in beforehand, and those that open by themselves.

`downgrade` drops them; the tickets that they opened stay.

Revision ID: 0038_presets
Revises: 0037_labels
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0038_presets"
down_revision = "0037_labels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_preset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("service", sa.String(60), nullable=False),
        sa.Column("activity", sa.String(60), nullable=False),
        sa.Column("user_category", sa.String(40), nullable=False),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("asset", sa.String(100), nullable=False),
        sa.Column("tag", sa.String(100), nullable=False),
        sa.Column("room", sa.String(60), nullable=False),
        sa.Column("rhythm", sa.String(12), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_preset")),
    )
    op.create_index(op.f("ix_ticket_preset_side_name"), "ticket_preset", ["side", "name"])
    op.create_index(op.f("ix_ticket_preset_next_on"), "ticket_preset", ["next_on"])
    op.create_index(op.f("ix_ticket_preset_author_id"), "ticket_preset", ["author_id"])


def downgrade() -> None:
    op.drop_table("ticket_preset")
