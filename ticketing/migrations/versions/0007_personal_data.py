"""Personal data: dates of pseudonymisation, legal holds, retired sigles, readings outside the reader's assignment.

Revision ID: 0007_personal_data
Revises: 0006_keys
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0007_personal_data"
down_revision = "0006_keys"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("lifted_at IS NULL")
TO_FORGET = sa.text("state = 'closed' AND pseudonymised_at IS NULL")


def upgrade() -> None:
    op.add_column("account", sa.Column("pseudonymised_at", Instant(), nullable=True))
    op.add_column("ticket", sa.Column("pseudonymised_at", Instant(), nullable=True))
    op.create_index("ix_ticket_to_forget", "ticket", ["closed_at"], sqlite_where=TO_FORGET, postgresql_where=TO_FORGET)
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_number", NUMBER, nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("academie", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_legal_hold_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    for column in ("ticket_number", "account_id"):
        op.create_index(
            f"uq_legal_hold_{column.partition('_')[0]}",
            "legal_hold",
            [column],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
    op.create_table(
        "retired_sigle",
        sa.Column("print", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("print", name=op.f("pk_retired_sigle")),
    )
    op.create_table(
        "reading",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("ticket_number", NUMBER, nullable=False),
        sa.Column("academie", sa.String(length=120), nullable=False),
        sa.Column("etablissement", sa.String(length=120), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index(op.f("ix_reading_at"), "reading", ["at"])
    op.create_index(op.f("ix_reading_ticket_number_id"), "reading", ["ticket_number", "id"])


def downgrade() -> None:
    for table in ("reading", "retired_sigle", "legal_hold"):
        op.drop_table(table)
    op.drop_index("ix_ticket_to_forget", "ticket")
    op.drop_column("ticket", "pseudonymised_at")
    op.drop_column("account", "pseudonymised_at")
