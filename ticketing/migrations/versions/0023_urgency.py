"""Keep where a ticket's trouble is, whom it holds up, and whether work can go on: impact and urgency order the queues.

Tickets that are there stay as they are: unknown, and ranked as before. `downgrade` gives open tickets without delay the
rank that they would have had, and drops the answers.

Revision ID: 0023_urgency
Revises: 0022_identity
"""

import sqlalchemy as sa
from alembic import op

revision = "0023_urgency"
down_revision = "0022_identity"
branch_labels = None
depends_on = None

#: The offsets of ranks by priority on the day of this migration, the lowest first; the middle was that of every ticket.
OFFSETS = (2 * 10**10, 5 * 10**10, 10**11, 2 * 10**11, 3 * 10**11)
MIDDLE = 10**11


def upgrade() -> None:
    op.add_column("ticket", sa.Column("room", sa.String(length=60), server_default="", nullable=False))
    op.add_column("ticket", sa.Column("impact", sa.SmallInteger(), nullable=True))
    op.add_column("ticket", sa.Column("urgency", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    scope = sa.table("ticket_scope", sa.column("rank", sa.BigInteger()))
    for offset in OFFSETS:
        if offset != MIDDLE:  # each range holds the seconds of openings, far from those of the others
            within = (scope.c.rank >= offset) & (scope.c.rank < offset + 10**10)
            op.execute(scope.update().where(within).values(rank=scope.c.rank - offset + MIDDLE))
    for name in ("urgency", "impact", "room"):
        op.drop_column("ticket", name)
