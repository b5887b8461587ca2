"""Charters: add a version's publisher, changes and audience, and the signer's identity at the time of signing.

Revision ID: 0009_charters
Revises: 0008_campaign
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_charters"
down_revision = "0008_campaign"
branch_labels = None
depends_on = None

#: Column of `signature` -> longest value, in characters: what the signer writes beside the signature (annexe 6, 4).
SIGNER = {"last_name": 80, "first_name": 80, "email": 254, "company": 120, "function": 120, "organisation": 120}


def upgrade() -> None:
    op.add_column("charter_text", sa.Column("for_staff", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("charter_text", sa.Column("published_by", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("charter_text", sa.Column("changes", sa.Text(), nullable=False, server_default=""))
    for name, size in SIGNER.items():
        op.add_column("signature", sa.Column(name, sa.String(length=size), nullable=False, server_default=""))


def downgrade() -> None:
    for name in reversed(SIGNER):
        op.drop_column("signature", name)
    for name in ("changes", "published_by", "for_staff"):
        op.drop_column("charter_text", name)
