"""Index the tickets that somebody has in charge, for the sweep of what hangs on people who left.

Revision ID: 0015_leaving
Revises: 0012_incident
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_leaving"
down_revision = "0012_incident"
branch_labels = None
depends_on = None

IN_CHARGE = sa.text("assignee_id IS NOT NULL AND state != 'closed'")


def upgrade() -> None:
    op.create_index(
        "ix_ticket_in_charge",
        "ticket",
        ["assignee_id", "number"],
        sqlite_where=IN_CHARGE,
        postgresql_where=IN_CHARGE,
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_in_charge", "ticket")
