"""Keep the opening hours that each party sets, from a day on.

`downgrade` drops them; the hours that agreements give are in their files.

Revision ID: 0021_party_hours
Revises: 0020_correspondence
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0021_party_hours"
down_revision = "0020_correspondence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("week", sa.JSON(), nullable=False),
        sa.Column("territory", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(length=1), nullable=False),
        sa.Column("closures", sa.JSON(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_hours")),
    )
    op.create_index(op.f("ix_party_hours_organisation_since"), "party_hours", ["organisation", "since"])


def downgrade() -> None:
    op.drop_table("party_hours")
