"""Keep, for a side, which tickets that look alike are no larger trouble.

`downgrade` drops it: they may be shown as one again.

Revision ID: 0050_unlike
Revises: 0049_committee_packs
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0050_unlike"
down_revision = "0049_committee_packs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_unlike",
        sa.Column(
            "ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_unlike_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "side", name=op.f("pk_ticket_unlike")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_unlike_at"), "ticket_unlike", ["at"])


def downgrade() -> None:
    op.drop_table("ticket_unlike")
