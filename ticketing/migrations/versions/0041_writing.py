"""Keep for a minute who writes on a ticket, for the others of the same side.

`downgrade` drops it; nothing else rests on it.

Revision ID: 0041_writing
Revises: 0040_canned_answers
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0041_writing"
down_revision = "0040_canned_answers"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ticket_writing",
        sa.Column("ticket_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_writing_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "account_id", "side", name=op.f("pk_ticket_writing")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_writing_account_id"), "ticket_writing", ["account_id"])


def downgrade() -> None:
    op.drop_table("ticket_writing")
