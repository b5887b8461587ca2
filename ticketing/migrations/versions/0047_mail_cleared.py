"""Keep whether somebody said that a mail which seems to carry pupils' data may leave.

What was taken in before was never held: nobody said anything of it.

Revision ID: 0047_mail_cleared
Revises: 0046_place_sums
"""

import sqlalchemy as sa
from alembic import op

revision = "0047_mail_cleared"
down_revision = "0046_place_sums"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incoming_mail", sa.Column("cleared", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("incoming_mail", "cleared")
