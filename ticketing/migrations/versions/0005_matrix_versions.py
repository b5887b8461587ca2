"""Create the fills of cells from the signed paper, the drafts of versions with comments and approvals, golden tickets.

Revision ID: 0005_matrix_versions
Revises: 0004_declarations
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0005_matrix_versions"
down_revision = "0004_declarations"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "cell_fill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("convention", sa.String(length=60), nullable=False),
        sa.Column("version_on", sa.Date(), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("activity", sa.String(length=20), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("paper_page", sa.String(length=60), nullable=False),
        sa.Column("paper_line", sa.String(length=60), nullable=False),
        sa.Column("paper_column", sa.String(length=60), nullable=False),
        sa.Column("filled_at", Instant(), nullable=False),
        sa.Column("filled_by", sa.Integer(), nullable=True),
        sa.Column("filled_by_name", sa.String(length=200), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("confirmed_by_name", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_fill")),
    )
    op.create_index(
        "uq_cell_fill_live",
        "cell_fill",
        ["convention", "version_on", "service", "activity"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "matrix_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("convention", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("effect_on", sa.Date(), nullable=False),
        sa.Column("retroactive", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_side", sa.String(length=120), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=True),
        sa.Column("submitted_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("approved_content", sa.String(length=64), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by_name", sa.String(length=200), nullable=False),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matrix_draft")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_matrix_draft_convention_state"), "matrix_draft", ["convention", "state"])
    op.create_table(
        "draft_change",
        sa.Column("draft_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("activity", sa.String(length=20), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["matrix_draft.id"], name=op.f("fk_draft_change_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", "service", "activity", name=op.f("pk_draft_change")),
    )
    op.create_table(
        "draft_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("activity", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=120), nullable=False),
        sa.Column("side_name", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["matrix_draft.id"], name=op.f("fk_draft_comment_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_comment")),
    )
    op.create_index(op.f("ix_draft_comment_draft_id_id"), "draft_comment", ["draft_id", "id"])
    op.create_table(
        "draft_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("organisation_name", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("account_name", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["matrix_draft.id"], name=op.f("fk_draft_approval_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_approval")),
    )
    op.create_index(
        op.f("ix_draft_approval_draft_id_organisation_content"),
        "draft_approval",
        ["draft_id", "organisation", "content"],
        unique=True,
    )
    op.create_table(
        "golden_ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("convention", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=150), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("expected_status", sa.String(length=16), nullable=False),
        sa.Column("expected_party", sa.String(length=20), nullable=False),
        sa.Column("ticket_number", NUMBER, nullable=True),
        sa.Column("attached_at", Instant(), nullable=False),
        sa.Column("attached_by", sa.Integer(), nullable=True),
        sa.Column("attached_by_name", sa.String(length=200), nullable=False),
        sa.Column("side", sa.String(length=120), nullable=False),
        sa.Column("side_name", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_golden_ticket")),
    )
    op.create_index(op.f("ix_golden_ticket_convention_id"), "golden_ticket", ["convention", "id"])


def downgrade() -> None:
    for table in ("golden_ticket", "draft_approval", "draft_comment", "draft_change", "matrix_draft", "cell_fill"):
        op.drop_table(table)
