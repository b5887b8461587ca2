"""Create the movements of staff that a chef d'établissement or a référent declares to the académie.

Revision ID: 0004_declarations
Revises: 0003_figures
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0004_declarations"
down_revision = "0003_figures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declaration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=120), nullable=False),
        sa.Column("movement", sa.String(length=12), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("function", sa.String(length=120), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("declared_at", Instant(), nullable=False),
        sa.Column("declared_by", sa.Integer(), nullable=False),
        sa.Column("declared_by_name", sa.String(length=200), nullable=False),
        sa.Column("handled_at", Instant(), nullable=True),
        sa.Column("handled_by_name", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["declared_by"], ["account.id"], name=op.f("fk_declaration_declared_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration")),
    )
    op.create_index(op.f("ix_declaration_scope_id"), "declaration", ["scope", "id"])
    op.create_index(
        "ix_declaration_waiting",
        "declaration",
        ["id"],
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("declaration")
