"""Record when a session last gave a proof of identity; create the October campaign and the states of its mandates.

Revision ID: 0008_campaign
Revises: 0007_personal_data
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0008_campaign"
down_revision = "0007_personal_data"
branch_labels = None
depends_on = None

TO_CONFIRM = sa.text("confirm_by IS NOT NULL")


def upgrade() -> None:
    op.add_column("web_session", sa.Column("proved_at", Instant(), nullable=True))
    op.add_column("mandate", sa.Column("confirm_by", sa.Date(), nullable=True))
    op.add_column("mandate", sa.Column("lapses_on", sa.Date(), nullable=True))
    op.create_index("ix_mandate_to_confirm", "mandate", ["id"], sqlite_where=TO_CONFIRM, postgresql_where=TO_CONFIRM)
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("academie", sa.String(length=120), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("term_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("told_term_on", sa.Date(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("academie", "year", name=op.f("uq_campaign_academie_year")),
    )
    op.create_table(
        "campaign_place",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("etablissement", sa.String(length=120), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_place_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "etablissement", name=op.f("pk_campaign_place")),
    )
    op.create_table(
        "campaign_line",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("etablissement", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_campaign_line_account_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_line_campaign_id")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_campaign_line_mandate_id")),
        sa.PrimaryKeyConstraint("campaign_id", "mandate_id", name=op.f("pk_campaign_line")),
    )


def downgrade() -> None:
    for table in ("campaign_line", "campaign_place", "campaign"):
        op.drop_table(table)
    op.drop_index("ix_mandate_to_confirm", "mandate")
    op.drop_column("mandate", "lapses_on")
    op.drop_column("mandate", "confirm_by")
    op.drop_column("web_session", "proved_at")
