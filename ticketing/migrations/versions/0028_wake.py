"""Keep until when a ticket waits.

`downgrade` drops the days: tickets that wait until one wait without a day.

Revision ID: 0028_wake
Revises: 0027_promises
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0028_wake"
down_revision = "0027_promises"
branch_labels = None
depends_on = None

WAITING = sa.text("wake_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("wake_at", Instant(), nullable=True))
    op.create_index("ix_ticket_wake_at", "ticket", ["wake_at"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index("ix_ticket_wake_at", table_name="ticket")
    op.drop_column("ticket", "wake_at")
