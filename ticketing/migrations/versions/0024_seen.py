"""Keep how far each person has read a ticket, so that its page shows what is new.

Nothing is known of earlier visits: on the first one after `upgrade` nothing is shown as new.

Revision ID: 0024_seen
Revises: 0023_urgency
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0024_seen"
down_revision = "0023_urgency"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ticket_seen",
        sa.Column("ticket_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(length=120), nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_seen_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "account_id", "side", name=op.f("pk_ticket_seen")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_seen_account_id"), "ticket_seen", ["account_id"])


def downgrade() -> None:
    op.drop_table("ticket_seen")
