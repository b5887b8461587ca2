"""Keep what each mail made of a ticket, the history below its words, and the messages that it answers.

`downgrade` drops the history that came with mails; the tickets, comments and files that they made stay.

Revision ID: 0020_correspondence
Revises: 0019_exchange
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0020_correspondence"
down_revision = "0019_exchange"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mail_entry",
        sa.Column("mail_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("box", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_mail_entry_ticket_id")),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_mail_entry")),
    )
    for columns in (["message"], ["ticket_id", "at"], ["account_id", "at"], ["event_id"]):
        op.create_index(op.f(f"ix_mail_entry_{'_'.join(columns)}"), "mail_entry", columns)
    op.create_table(
        "mail_reference",
        sa.Column("mail_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail_entry.mail_id"], name=op.f("fk_mail_reference_mail_id")),
        sa.PrimaryKeyConstraint("mail_id", "message", name=op.f("pk_mail_reference")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_mail_reference_message"), "mail_reference", ["message"])


def downgrade() -> None:
    op.drop_table("mail_reference")
    op.drop_table("mail_entry")
