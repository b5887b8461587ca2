"""What is let go of when a person leaves, and who is told: tickets in charge, answers that wait, locked keys.

An index finds the tickets that somebody has in charge. `told_once` says what each person was told. Keys and passwords
say when their lock was told to the administrators, and keys whether a copy may exist. A letter may go to an address of
the settings, which is nobody's account (`downgrade` deletes these letters). The journal's end names the key that signed
it; the lines and the key's file stay as they are, so that going down and up again loses nothing.

Revision ID: 0015_leaving
Revises: 0014_delays_and_corrections
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0015_leaving"
down_revision = "0014_delays_and_corrections"
branch_labels = None
depends_on = None

IN_CHARGE = sa.text("assignee_id IS NOT NULL AND state != 'closed'")
LETTER = sa.table("letter", sa.column("account_id", sa.Integer()))


def upgrade() -> None:
    op.create_index(
        "ix_ticket_in_charge",
        "ticket",
        ["assignee_id", "number"],
        sqlite_where=IN_CHARGE,
        postgresql_where=IN_CHARGE,
    )
    op.create_table(
        "told_once",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_told_once_account_id")),
        sa.PrimaryKeyConstraint("kind", "subject", "account_id", name=op.f("pk_told_once")),
    )
    op.add_column("otp_key", sa.Column("cloned_at", Instant(), nullable=True))
    op.add_column("otp_key", sa.Column("lock_told_at", Instant(), nullable=True))
    op.add_column("account", sa.Column("password_lock_told_at", Instant(), nullable=True))
    op.add_column("journal_head", sa.Column("key", sa.String(length=16), server_default="", nullable=False))
    with op.batch_alter_table("letter") as letter:
        letter.alter_column("account_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute(LETTER.delete().where(LETTER.c.account_id.is_(None)))
    with op.batch_alter_table("letter") as letter:
        letter.alter_column("account_id", existing_type=sa.Integer(), nullable=False)
    op.drop_column("journal_head", "key")
    op.drop_column("account", "password_lock_told_at")
    op.drop_column("otp_key", "lock_told_at")
    op.drop_column("otp_key", "cloned_at")
    op.drop_table("told_once")
    op.drop_index("ix_ticket_in_charge", "ticket")
