"""Keep the teams inside a side: members, what they cover, and the rule that gives them new tickets.

`downgrade` drops them; nothing else rests on them.

Revision ID: 0044_teams
Revises: 0043_absences
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0044_teams"
down_revision = "0043_absences"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("rule", sa.String(8), nullable=False),
        sa.Column("ruled_at", Instant(), nullable=True),
        sa.Column("last_account", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_index(op.f("ix_team_side"), "team", ["side"])
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id")),
        sa.PrimaryKeyConstraint("team_id", "account_id", name=op.f("pk_team_member")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_team_member_account_id"), "team_member", ["account_id"])
    op.create_table(
        "team_cover",
        sa.Column("team_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_cover_team_id")),
        sa.PrimaryKeyConstraint("team_id", "kind", "value", name=op.f("pk_team_cover")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("team_cover", "team_member", "team"):
        op.drop_table(table)
