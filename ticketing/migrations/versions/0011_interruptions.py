"""Create interruptions with announced and real times (annexe 6, 3.1), and the days of exams that they should avoid.

Revision ID: 0011_interruptions
Revises: 0010_limits
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0011_interruptions"
down_revision = "0010_limits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interruption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("academie", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("announced_at", Instant(), nullable=True),
        sa.Column("announced_by", sa.Integer(), nullable=True),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interruption")),
    )
    op.create_index(op.f("ix_interruption_academie_starts_at"), "interruption", ["academie", "starts_at"])
    op.create_table(
        "interruption_scope",
        sa.Column("interruption_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["interruption_id"], ["interruption.id"], name=op.f("fk_interruption_scope_interruption_id")
        ),
        sa.PrimaryKeyConstraint("interruption_id", "scope", name=op.f("pk_interruption_scope")),
    )
    op.create_table(
        "exam_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("academie", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_period")),
    )
    op.create_index(op.f("ix_exam_period_academie_last"), "exam_period", ["academie", "last"])


def downgrade() -> None:
    for table in ("exam_period", "interruption_scope", "interruption"):
        op.drop_table(table)
