"""Keep the words that a side puts on a ticket for itself.

`downgrade` drops them.

Revision ID: 0037_labels
Revises: 0036_party_rules
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0037_labels"
down_revision = "0036_party_rules"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ticket_label",
        sa.Column("ticket_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("folded", sa.String(60), nullable=False),
        sa.Column("word", sa.String(30), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_label_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "side", "folded", name=op.f("pk_ticket_label")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ticket_label_word", "ticket_label", ["side", "folded", "ticket_id"])
    op.create_index(op.f("ix_ticket_label_account_id"), "ticket_label", ["account_id"])


def downgrade() -> None:
    op.drop_table("ticket_label")
