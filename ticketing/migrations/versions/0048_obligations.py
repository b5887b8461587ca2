"""Keep what parties state of their obligations: done, a day set, a number of users.

`downgrade` drops it; nothing else rests on it.

Revision ID: 0048_obligations
Revises: 0047_mail_cleared
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0048_obligations"
down_revision = "0047_mail_cleared"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "obligation_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("convention", sa.String(120), nullable=False),
        sa.Column("obligation", sa.String(120), nullable=False),
        sa.Column("occurrence", sa.String(40), nullable=False),
        sa.Column("body", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.Column("said_by", sa.Integer(), nullable=True),
        sa.Column("said_by_name", sa.String(200), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation_statement")),
    )
    op.create_index(
        op.f("ix_obligation_statement_convention_withdrawn_at"),
        "obligation_statement",
        ["convention", "withdrawn_at"],
    )


def downgrade() -> None:
    op.drop_table("obligation_statement")
