"""Keep what the notices of an entry say once, beside the notices; mails are written from it as they leave.

Mails that exist keep their whole text in `notice.body`, and are sent as they are. `downgrade` cannot write the texts of
the mails that wait: it gives them a sentence that sends their readers to the page of the ticket.

Revision ID: 0017_notice_words
Revises: 0016_incoming
"""

import sqlalchemy as sa
from alembic import op

revision = "0017_notice_words"
down_revision = "0016_incoming"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOTICE = sa.table("notice", sa.column("body", sa.Text()))


def upgrade() -> None:
    op.create_table(
        "notice_words",
        sa.Column("event_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_notice_words_ticket_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_notice_words")),
    )
    op.add_column("notice", sa.Column("reader", sa.String(length=9), server_default="other", nullable=False))


def downgrade() -> None:
    op.execute(NOTICE.update().where(NOTICE.c.body == "").values(body="Lisez la suite sur la page du ticket.\n"))
    op.drop_column("notice", "reader")
    op.drop_table("notice_words")
