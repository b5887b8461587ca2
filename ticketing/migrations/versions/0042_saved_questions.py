"""Keep questions to the figures under a name, as lists are: a person's own, or shared inside a side.

A kept view says which page it is of. `downgrade` drops the questions that were kept; views of lists stay.

Revision ID: 0042_saved_questions
Revises: 0041_writing
"""

import sqlalchemy as sa
from alembic import op

revision = "0042_saved_questions"
down_revision = "0041_writing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("saved_view", sa.Column("page", sa.String(8), nullable=False, server_default="tickets"))


def downgrade() -> None:
    op.execute("DELETE FROM saved_view WHERE page <> 'tickets'")
    op.drop_column("saved_view", "page")
