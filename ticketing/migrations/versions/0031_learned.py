"""Keep what the words of closed tickets teach of services: counts, made again each night.

`downgrade` drops them; the next night after an upgrade makes them again.

Revision ID: 0031_learned
Revises: 0030_held_last
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0031_learned"
down_revision = "0030_held_last"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learned_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learned_words")),
    )


def downgrade() -> None:
    op.drop_table("learned_words")
