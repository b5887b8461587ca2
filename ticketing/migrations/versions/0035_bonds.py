"""Keep the ticket that a ticket depends on, and through which duplicate somebody follows a ticket.

`downgrade` drops both: duplicates stay closed, and who followed through one goes on following.

Revision ID: 0035_bonds
Revises: 0034_opinion_words
"""

import sqlalchemy as sa
from alembic import op

revision = "0035_bonds"
down_revision = "0034_opinion_words"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BOUND = sa.text("parent_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("parent_id", NUMBER, nullable=True))
    op.add_column("ticket", sa.Column("parent_bond", sa.String(12), server_default="", nullable=False))
    op.create_index("ix_ticket_parent", "ticket", ["parent_id", "number"], sqlite_where=BOUND, postgresql_where=BOUND)
    op.add_column("ticket_watcher", sa.Column("through", NUMBER, nullable=True))


def downgrade() -> None:
    op.drop_column("ticket_watcher", "through")
    op.drop_index("ix_ticket_parent", table_name="ticket")
    op.drop_column("ticket", "parent_bond")
    op.drop_column("ticket", "parent_id")
