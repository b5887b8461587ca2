"""Create the facts computed from histories, the figures computed from them, and the reasons of administrators to read.

Revision ID: 0003_figures
Revises: 0002_tickets
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0003_figures"
down_revision = "0002_tickets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("party", sa.String(length=120), nullable=False),
        sa.Column("etablissement", sa.String(length=120), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("activity", sa.String(length=30), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index(op.f("ix_fact_ticket_id"), "fact", ["ticket_id"])
    op.create_table(
        "fact_scope",
        sa.Column("scope", sa.String(length=130), nullable=False),
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("scope", "ticket_id", name=op.f("pk_fact_scope")),
    )
    op.create_index(op.f("ix_fact_scope_ticket_id"), "fact_scope", ["ticket_id"])
    op.create_table(
        "fact_label",
        sa.Column("dimension", sa.String(length=14), nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("dimension", "value", "month", name=op.f("pk_fact_label")),
    )
    op.create_table(
        "figure",
        sa.Column("scope", sa.String(length=130), nullable=False),
        sa.Column("dimension", sa.String(length=14), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("resolved", sa.Integer(), nullable=False),
        sa.Column("open_end", sa.Integer(), nullable=False),
        sa.Column("handed_on", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("first_answer", sa.Integer(), nullable=True),
        sa.Column("resolution", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "dimension", "period", "rank", "value", name=op.f("pk_figure")),
    )
    op.create_table(
        "figure_run",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("running_until", Instant(), nullable=True),
        sa.Column("computed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_run")),
    )
    op.execute("INSERT INTO figure_run (id, event_id) VALUES (1, 0)")
    op.create_table(
        "reading_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("ticket_number", sa.Integer(), nullable=False),
        sa.Column("etablissement", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_grant")),
    )
    op.create_index(
        op.f("ix_reading_grant_account_id_ticket_number_expires_at"),
        "reading_grant",
        ["account_id", "ticket_number", "expires_at"],
    )


def downgrade() -> None:
    for table in ("reading_grant", "figure_run", "figure", "fact_label", "fact_scope", "fact"):
        op.drop_table(table)
