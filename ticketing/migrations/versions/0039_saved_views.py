"""Keep lists under a name: a person's own, or shared inside a side.

`downgrade` drops them; nothing else rests on them.

Revision ID: 0039_saved_views
Revises: 0038_presets
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0039_saved_views"
down_revision = "0038_presets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("filters", sa.String(600), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_side"), "saved_view", ["side"])
    op.create_index(op.f("ix_saved_view_account_id"), "saved_view", ["account_id"])


def downgrade() -> None:
    op.drop_table("saved_view")
