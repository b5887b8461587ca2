"""Keep the dossiers of committees that were asked for, and what they say once they are made.

`downgrade` drops them; each can be made again from the facts.

Revision ID: 0049_committee_packs
Revises: 0048_obligations
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0049_committee_packs"
down_revision = "0048_obligations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "committee_pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("convention", sa.String(60), nullable=False),
        sa.Column("academie", sa.String(120), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("meeting", sa.Date(), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("step", sa.String(200), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=True),
        sa.Column("made_at", Instant(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee_pack")),
    )
    op.create_index(op.f("ix_committee_pack_state"), "committee_pack", ["state"])
    op.create_index(op.f("ix_committee_pack_academie_side"), "committee_pack", ["academie", "side"])


def downgrade() -> None:
    op.drop_table("committee_pack")
