"""Keep what each party promises, and on a ticket what it was promised.

The delay that a text sets moves to a column of its own, since the nearest end of all stands in `due_at`. Tickets that
are there were promised nothing by their parties. `downgrade` puts the text's delay back and drops the promises.

Revision ID: 0027_promises
Revises: 0026_said_of_mails
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0027_promises"
down_revision = "0026_said_of_mails"
branch_labels = None
depends_on = None


#: What `ticketing.urgency` adds to the rank of an open ticket without delay, by priority from 1 to 5, on that day;
#: where impact or urgency is unknown the priority is 3.
AFTER = (2 * 10**10, 5 * 10**10, 10**11, 2 * 10**11, 3 * 10**11)
#: The positions in State of new, in progress and on hold.
OPEN = (0, 1, 2)

TICKET = sa.table(
    "ticket",
    sa.column("number"),
    sa.column("opened_at", Instant()),
    sa.column("due_at", Instant()),
    sa.column("text_due_at", Instant()),
    sa.column("due_kind"),
    sa.column("impact"),
    sa.column("urgency"),
)
SCOPE = sa.table("ticket_scope", sa.column("ticket_id"), sa.column("state"), sa.column("rank", sa.BigInteger()))


def upgrade() -> None:
    op.create_table(
        "party_promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("convention", sa.String(length=60), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("activity", sa.String(length=20), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.Column("resolve", sa.Integer(), nullable=True),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_promise")),
    )
    op.create_index(op.f("ix_party_promise_organisation_since"), "party_promise", ["organisation", "since"])
    op.add_column("ticket", sa.Column("text_due_at", Instant(), nullable=True))
    op.add_column("ticket", sa.Column("due_kind", sa.String(length=12), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("engagements", sa.JSON(), nullable=True))
    op.execute("UPDATE ticket SET text_due_at = due_at, due_kind = 'text' WHERE due_at IS NOT NULL")


def downgrade() -> None:
    _rank_by_text()
    op.execute("UPDATE ticket SET due_at = text_due_at")
    op.drop_column("ticket", "engagements")
    op.drop_column("ticket", "due_kind")
    op.drop_column("ticket", "text_due_at")
    op.drop_table("party_promise")


def _rank_by_text() -> None:
    """Give the open tickets that a promise placed in the queue the place that the text's delay gives them."""
    columns = (TICKET.c.number, TICKET.c.opened_at, TICKET.c.text_due_at, TICKET.c.impact, TICKET.c.urgency)
    placed = sa.select(*columns).where(TICKET.c.due_kind.in_(("answer", "resolution")))
    for number, opened, by, impact, urgency in op.get_bind().execute(placed).all():
        after = AFTER[impact + urgency - 2] if impact and urgency else AFTER[2]
        rank = int(by.timestamp()) if by is not None else after + int(opened.timestamp())
        op.execute(SCOPE.update().where(SCOPE.c.ticket_id == number, SCOPE.c.state.in_(OPEN)).values(rank=rank))
