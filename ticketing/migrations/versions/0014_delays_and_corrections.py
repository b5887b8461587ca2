"""Make a ticket due only by a delay that a text sets, and keep what waits to be corrected of a person.

What the program promised by constants of its own goes.

No agreement that ships sets a delay on the party that answers, so no ticket has one after `upgrade`, and the queue goes
from the oldest ticket on. The former days were worked out from activity and opening: they were nobody's engagement.
`downgrade` gives each ticket a day again, five days after its opening, since the column then wants one.

Revision ID: 0014_delays_and_corrections
Revises: 0013_search
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0014_delays_and_corrections"
down_revision = "0013_search"
branch_labels = None
depends_on = None

#: What `ticketing.tickets.deadlines` adds to the rank of an open ticket without delay, on the day of this migration.
NO_DELAY = 10**11
#: The positions in State of new, in progress and on hold.
OPEN = (0, 1, 2)
BEFORE = timedelta(days=5)

TICKET = sa.table("ticket", sa.column("number"), sa.column("opened_at", Instant()), sa.column("due_at", Instant()))
SCOPE = sa.table("ticket_scope", sa.column("ticket_id"), sa.column("state"), sa.column("rank", sa.BigInteger()))


def upgrade() -> None:
    op.drop_column("ticket", "due_at")
    op.add_column("ticket", sa.Column("due_at", Instant(), nullable=True))
    _rank(lambda opened: NO_DELAY + int(opened.timestamp()))
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("company", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("function", sa.String(length=120), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_correction_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_correction_token_hash")),
    )
    op.create_index(op.f("ix_correction_account_id_state"), "correction", ["account_id", "state"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_correction_account_id_state"), table_name="correction")
    op.drop_table("correction")
    op.drop_column("ticket", "due_at")
    op.add_column("ticket", sa.Column("due_at", Instant(), server_default="1970-01-01 00:00:00", nullable=False))
    for number, opened in op.get_bind().execute(sa.select(TICKET.c.number, TICKET.c.opened_at)).all():
        op.execute(TICKET.update().where(TICKET.c.number == number).values(due_at=opened + BEFORE))
    _rank(lambda opened: int((opened + BEFORE).timestamp()))


def _rank(rank: Callable[[datetime], int]) -> None:
    """Give the rows of open tickets their place in the queue."""
    opened = sa.select(SCOPE.c.ticket_id).where(SCOPE.c.state.in_(OPEN))
    found = (
        op.get_bind().execute(sa.select(TICKET.c.number, TICKET.c.opened_at).where(TICKET.c.number.in_(opened))).all()
    )
    for number, at in found:
        op.execute(SCOPE.update().where(SCOPE.c.ticket_id == number).values(rank=rank(at)))
