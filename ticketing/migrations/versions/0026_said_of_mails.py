"""Keep to whom a mail set aside was attributed, and which établissement was said of it afterwards.

`downgrade` forgets both; what the mails made since stays, and the journal says who attributed them.

Revision ID: 0026_said_of_mails
Revises: 0025_watchers
"""

import sqlalchemy as sa
from alembic import op

revision = "0026_said_of_mails"
down_revision = "0025_watchers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incoming_mail", sa.Column("author_id", sa.Integer(), nullable=True))
    op.add_column("incoming_mail", sa.Column("place", sa.String(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("incoming_mail", "place")
    op.drop_column("incoming_mail", "author_id")
