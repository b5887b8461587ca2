"""Keep the optional sentence that goes with an answer on satisfaction.

`downgrade` drops the sentences; the answers stay.

Revision ID: 0034_opinion_words
Revises: 0033_facts
"""

import sqlalchemy as sa
from alembic import op

revision = "0034_opinion_words"
down_revision = "0033_facts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("ticket_opinion") as table:
        table.add_column(sa.Column("words", sa.String(300), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("ticket_opinion") as table:
        table.drop_column("words")
