"""Keep who joined a ticket (« moi aussi ») and is told of it with its requester.

`downgrade` forgets who joined; what they wrote stays in the tickets.

Revision ID: 0025_watchers
Revises: 0024_seen
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0025_watchers"
down_revision = "0024_seen"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ticket_watcher",
        sa.Column("ticket_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_watcher_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "account_id", name=op.f("pk_ticket_watcher")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_watcher_account_id"), "ticket_watcher", ["account_id"])


def downgrade() -> None:
    op.drop_table("ticket_watcher")
