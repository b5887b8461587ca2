"""Let each person choose how to be written to, fence what is being sent, and remember which addresses fail.

A person without a row in `mail_choice` is written to at once, as before. What is being sent while this runs keeps its
claim. `downgrade` gives up what was only for the page « Avis »: such notices count as dropped, those that came back as
sent, the only states of that time.

Revision ID: 0018_preferences
Revises: 0017_notice_words
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0018_preferences"
down_revision = "0017_notice_words"
branch_labels = None
depends_on = None

SENT = sa.text("sent_at IS NOT NULL")
FAILED = sa.text("state IN ('failed', 'bounced')")
TABLES = tuple(sa.table(name, sa.column("state", sa.String())) for name in ("notice", "letter"))


def upgrade() -> None:
    op.add_column("notice", sa.Column("way", sa.String(length=8), server_default="", nullable=False))
    op.add_column("notice", sa.Column("sent_as", sa.String(length=200), server_default="", nullable=False))
    op.add_column("notice", sa.Column("read_at", Instant(), nullable=True))
    for table in ("notice", "letter"):
        op.add_column(table, sa.Column("lease", sa.Integer(), server_default="0", nullable=False))
        op.add_column(table, sa.Column("first_tried_at", Instant(), nullable=True))
        op.create_index(f"ix_{table}_sent", table, ["sent_at"], sqlite_where=SENT, postgresql_where=SENT)
        op.create_index(f"ix_{table}_failed", table, ["id"], sqlite_where=FAILED, postgresql_where=FAILED)
    op.create_table(
        "mail_choice",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("digest_hour", sa.SmallInteger(), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_until", sa.SmallInteger(), nullable=True),
        sa.Column("grouped", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mail_choice_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_mail_choice")),
    )
    op.create_table(
        "mail_address",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("failing_since", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("complained_at", Instant(), nullable=True),
        sa.Column("told_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_mail_address")),
    )


def downgrade() -> None:
    for rows in TABLES:
        op.execute(rows.update().where(rows.c.state == "page").values(state="dropped"))
        op.execute(rows.update().where(rows.c.state == "bounced").values(state="sent"))
    op.drop_table("mail_address")
    op.drop_table("mail_choice")
    for table in ("letter", "notice"):
        op.drop_index(f"ix_{table}_failed", table_name=table)
        op.drop_index(f"ix_{table}_sent", table_name=table)
        op.drop_column(table, "first_tried_at")
        op.drop_column(table, "lease")
    op.drop_column("notice", "read_at")
    op.drop_column("notice", "sent_as")
    op.drop_column("notice", "way")
