"""Keep incoming mails, their bytes, and the health of the boxes that they come to.

`downgrade` drops them: mails that were not taken in yet are lost with their tables, those that were are in the tickets.

Revision ID: 0016_incoming
Revises: 0015_leaving
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0016_incoming"
down_revision = "0015_leaving"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("state IN ('received', 'parsed')")


def upgrade() -> None:
    op.create_table(
        "incoming_mail",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("box", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("twin_of", NUMBER, nullable=True),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("claimed", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=True),
        sa.Column("event_id", NUMBER, nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("academies", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("box", "key", name=op.f("uq_incoming_mail_box_key")),
        sqlite_autoincrement=True,
    )
    for column in ("key", "received_at", "ticket_id", "event_id", "account_id"):
        op.create_index(op.f(f"ix_incoming_mail_{column}"), "incoming_mail", [column])
    op.create_index(
        "ix_incoming_mail_waiting", "incoming_mail", ["next_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_table(
        "incoming_raw",
        sa.Column("mail_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["incoming_mail.id"], name=op.f("fk_incoming_raw_mail_id_incoming_mail")),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_incoming_raw")),
    )
    op.create_table(
        "mailbox",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("tried_at", Instant(), nullable=True),
        sa.Column("fetched_at", Instant(), nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", Instant(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("well_since", Instant(), nullable=True),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox")),
    )


def downgrade() -> None:
    op.drop_table("mailbox")
    op.drop_table("incoming_raw")
    op.drop_index("ix_incoming_mail_waiting", "incoming_mail")
    for column in ("account_id", "event_id", "ticket_id", "received_at", "key"):
        op.drop_index(op.f(f"ix_incoming_mail_{column}"), "incoming_mail")
    op.drop_table("incoming_mail")
