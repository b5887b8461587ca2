"""Have the sums of facts made again, since those by établissement tell activities apart now.

The next `facts` job adds up and signs each month anew; no fact changes. `downgrade` asks for the same.

Revision ID: 0046_place_sums
Revises: 0045_contests
"""

from alembic import op

revision = "0046_place_sums"
down_revision = "0045_contests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE fact_month SET digest = ''")


def downgrade() -> None:
    op.execute("UPDATE fact_month SET digest = ''")
