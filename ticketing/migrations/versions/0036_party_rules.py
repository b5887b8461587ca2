"""Keep what each party has the program do by itself, and on a ticket when the program next does it.

Nothing is configured at first, so that nothing is done for the tickets that are there. `downgrade` drops the rules.

Revision ID: 0036_party_rules
Revises: 0035_bonds
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0036_party_rules"
down_revision = "0035_bonds"
branch_labels = None
depends_on = None

WAITS = {name: sa.text(f"{name} IS NOT NULL") for name in ("nudge_at", "alert_at")}


def upgrade() -> None:
    op.create_table(
        "party_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("remind", sa.Integer(), nullable=True),
        sa.Column("close", sa.Integer(), nullable=True),
        sa.Column("silent", sa.Integer(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_rule")),
    )
    op.create_index(op.f("ix_party_rule_organisation_since"), "party_rule", ["organisation", "since"])
    for name in ("nudge_at", "alert_at", "silent_at"):
        op.add_column("ticket", sa.Column(name, Instant(), nullable=True))
    op.add_column("ticket", sa.Column("nudges", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("ticket", sa.Column("alerted", sa.String(length=40), nullable=False, server_default=""))
    for name, where in WAITS.items():
        op.create_index(f"ix_ticket_{name}", "ticket", [name], sqlite_where=where, postgresql_where=where)
    told = sa.text("alerted != ''")
    columns = ["holder_organisation", "number"]
    op.create_index("ix_ticket_alerted", "ticket", columns, sqlite_where=told, postgresql_where=told)


def downgrade() -> None:
    for name in (*WAITS, "alerted"):
        op.drop_index(f"ix_ticket_{name}", table_name="ticket")
    for name in ("alerted", "nudges", "silent_at", "alert_at", "nudge_at"):
        op.drop_column("ticket", name)
    op.drop_table("party_rule")
