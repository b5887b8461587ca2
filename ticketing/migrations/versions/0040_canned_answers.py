"""Keep answers to use again: a person's own, or shared inside a side.

`downgrade` drops them; nothing else rests on them.

Revision ID: 0040_canned_answers
Revises: 0039_saved_views
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0040_canned_answers"
down_revision = "0039_saved_views"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canned_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answer")),
    )
    op.create_index(op.f("ix_canned_answer_side"), "canned_answer", ["side"])
    op.create_index(op.f("ix_canned_answer_account_id"), "canned_answer", ["account_id"])


def downgrade() -> None:
    op.drop_table("canned_answer")
