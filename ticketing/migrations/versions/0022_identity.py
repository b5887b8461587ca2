"""Bind accounts to the académie's own identity, and keep the token by which its session ends.

`downgrade` drops both: the next login by the académie's identity, once upgraded again, binds by the mail.

Revision ID: 0022_identity
Revises: 0021_party_hours
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_identity"
down_revision = "0021_party_hours"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("identity_mark", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_account_identity_mark"), "account", ["identity_mark"], unique=True)
    op.add_column("web_session", sa.Column("identity_token", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("web_session", "identity_token")
    op.drop_index(op.f("ix_account_identity_mark"), table_name="account")
    op.drop_column("account", "identity_mark")
