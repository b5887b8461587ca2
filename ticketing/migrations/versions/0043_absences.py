"""Keep when people are away, for those of their side.

`downgrade` drops it; nothing else rests on it.

Revision ID: 0043_absences
Revises: 0042_saved_questions
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0043_absences"
down_revision = "0042_saved_questions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("offers", sa.Boolean(), nullable=False),
        sa.Column("offered_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_side"), "absence", ["side"])
    op.create_index(op.f("ix_absence_account_id"), "absence", ["account_id"])


def downgrade() -> None:
    op.drop_table("absence")
