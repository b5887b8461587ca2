"""Put the tickets on hold without delay last in queues: what can be done now comes before them.

Revision ID: 0030_held_last
Revises: 0029_links_opinions
"""

import sqlalchemy as sa
from alembic import op

revision = "0030_held_last"
down_revision = "0029_links_opinions"
branch_labels = None
depends_on = None

#: The position of the state « on hold », the least rank of a ticket without delay, and what is added to it.
ON_HOLD, NO_DELAY, HELD = 2, 10**10, 10**12
SCOPE = sa.table("ticket_scope", sa.column("state", sa.SmallInteger()), sa.column("rank", sa.BigInteger()))


def upgrade() -> None:
    held = (SCOPE.c.state == ON_HOLD) & (SCOPE.c.rank >= NO_DELAY) & (SCOPE.c.rank < HELD)
    op.execute(SCOPE.update().where(held).values(rank=SCOPE.c.rank + HELD))


def downgrade() -> None:
    op.execute(SCOPE.update().where(SCOPE.c.rank >= HELD).values(rank=SCOPE.c.rank - HELD))
