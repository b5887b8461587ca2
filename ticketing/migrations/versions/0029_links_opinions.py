"""Link the tickets of one trouble, and keep whether the requester's side is satisfied.

`downgrade` drops both; the tickets stay.

Revision ID: 0029_links_opinions
Revises: 0028_wake
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0029_links_opinions"
down_revision = "0028_wake"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("earlier_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_link_ticket_id")),
        sa.ForeignKeyConstraint(["earlier_id"], ["ticket.number"], name=op.f("fk_ticket_link_earlier_id")),
        sa.PrimaryKeyConstraint("ticket_id", "earlier_id", name=op.f("pk_ticket_link")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_link_earlier_id"), "ticket_link", ["earlier_id"])
    op.create_table(
        "ticket_opinion",
        sa.Column("ticket_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_opinion_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_opinion")),
    )
    op.create_index(op.f("ix_ticket_opinion_account_id"), "ticket_opinion", ["account_id"])


def downgrade() -> None:
    op.drop_table("ticket_opinion")
    op.drop_table("ticket_link")
