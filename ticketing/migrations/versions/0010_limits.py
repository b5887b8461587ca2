"""Create the counters of rate limits, and the quarantine of files.

Revision ID: 0010_limits
Revises: 0009_charters
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0010_limits"
down_revision = "0009_charters"
branch_labels = None
depends_on = None

KEPT = sa.text("quarantine != ''")


def upgrade() -> None:
    op.create_table(
        "rate_count",
        sa.Column("bucket", sa.String(length=100), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_rate_count")),
    )
    op.create_index(op.f("ix_rate_count_since"), "rate_count", ["since"])
    op.add_column("attachment", sa.Column("quarantine", sa.String(length=12), server_default="", nullable=False))
    op.add_column("attachment", sa.Column("finding", sa.String(length=200), server_default="", nullable=False))
    op.create_index("ix_attachment_quarantine", "attachment", ["at"], sqlite_where=KEPT, postgresql_where=KEPT)


def downgrade() -> None:
    op.drop_index("ix_attachment_quarantine", "attachment")
    op.drop_column("attachment", "finding")
    op.drop_column("attachment", "quarantine")
    op.drop_table("rate_count")
