"""Complete the keys: stock, hardware and FIDO2 keys, passwords on the intranet, links for a new PIN; create letters.

Revision ID: 0006_keys
Revises: 0005_matrix_versions
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0006_keys"
down_revision = "0005_matrix_versions"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IN_STOCK = sa.text("state = 'stock'")
PENDING = sa.text("state = 'pending'")


def _key_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("hardware", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("drift", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("label", sa.String(length=80), nullable=False, server_default=""),
        sa.Column("credential_id", sa.Text(), nullable=True),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("sign_count", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("reminded_on", sa.Date(), nullable=True),
    )


def _account_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("password_set_at", Instant(), nullable=True),
        sa.Column("password_failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("password_next_try_at", Instant(), nullable=True),
        sa.Column("password_locked_at", Instant(), nullable=True),
    )


def upgrade() -> None:
    for column in _key_columns():
        op.add_column("otp_key", column)
    op.create_index(op.f("ix_otp_key_credential_id"), "otp_key", ["credential_id"], unique=True)
    for column in _account_columns():
        op.add_column("account", column)
    op.create_table(
        "stock_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.String(length=8), nullable=False),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("seed_print", sa.String(length=64), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("academie", sa.String(length=120), nullable=False),
        sa.Column("batch", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("imported_by", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["otp_key.id"], name=op.f("fk_stock_key_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_key")),
        sa.UniqueConstraint("seed_print", name=op.f("uq_stock_key_seed_print")),
    )
    op.create_index(op.f("ix_stock_key_serial"), "stock_key", ["serial"])
    op.create_index(
        "uq_stock_key_in_stock",
        "stock_key",
        ["serial"],
        unique=True,
        sqlite_where=IN_STOCK,
        postgresql_where=IN_STOCK,
    )
    op.create_index(op.f("ix_stock_key_key_id"), "stock_key", ["key_id"])
    op.create_table(
        "personal_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_personal_link_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_personal_link_token_hash")),
    )
    op.create_index(op.f("ix_personal_link_account_id"), "personal_link", ["account_id"])
    op.create_table(
        "reset_request",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("sigle", sa.String(length=32), nullable=False),
        sa.Column("zone", sa.String(length=8), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_request")),
    )
    op.create_table(
        "used_challenge",
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_used_challenge")),
    )
    op.create_table(
        "letter",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("recipient_name", sa.String(length=200), nullable=False),
        sa.Column("recipient_email", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_letter_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index("ix_letter_due", "letter", ["next_at", "id"], sqlite_where=PENDING, postgresql_where=PENDING)
    op.create_index(op.f("ix_letter_account_id_kind_created_at"), "letter", ["account_id", "kind", "created_at"])


def downgrade() -> None:
    for table in ("letter", "used_challenge", "reset_request", "personal_link", "stock_key"):
        op.drop_table(table)
    for column in _account_columns():
        op.drop_column("account", column.name)
    op.drop_index(op.f("ix_otp_key_credential_id"), "otp_key")
    for column in _key_columns():
        op.drop_column("otp_key", column.name)
