"""Keep what happened to each ticket day by day, its sums by perimeter, the hours that were known, the months' hashes.

The next run of the job `facts` folds every history again. `downgrade` drops all of it: it is made again from the
histories.

Revision ID: 0033_facts
Revises: 0032_articles
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0033_facts"
down_revision = "0032_articles"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG = ("answer", "resolution", "lost", "held", "elapsed")
AMOUNTS = (
    "opened",
    "answered",
    "answer",
    "resolved",
    "resolution",
    "routed",
    "direct",
    "passed",
    "wrong",
    "lost",
    "contested",
    "ruled",
    "upheld",
    "loops",
    "held",
    "elapsed",
    "reopened",
    "waiting",
    "asked_answers",
    "kept_answers",
    "asked_resolutions",
    "kept_resolutions",
    "opinions",
    "satisfied",
)


def _about() -> "list[sa.Column[Any]]":
    return [
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("party", sa.String(120), nullable=False),
        sa.Column("to_party", sa.String(120), nullable=False),
        sa.Column("etablissement", sa.String(120), nullable=False),
        sa.Column("service", sa.String(60), nullable=False),
        sa.Column("activity", sa.String(30), nullable=False),
        sa.Column("convention", sa.String(60), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("age", sa.SmallInteger(), nullable=False),
    ]


def _amounts() -> "list[sa.Column[int]]":
    return [sa.Column(name, sa.BigInteger() if name in LONG else sa.Integer(), nullable=False) for name in AMOUNTS]


def upgrade() -> None:
    op.create_table(
        "ticket_fact",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        *_about(),
        *_amounts(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_fact")),
    )
    op.create_index(op.f("ix_ticket_fact_ticket_id"), "ticket_fact", ["ticket_id"])
    for columns in (["day"], ["etablissement", "day"], ["service", "day"]):
        op.create_index(op.f(f"ix_ticket_fact_{'_'.join(columns)}"), "ticket_fact", columns)
    lengths = [f"{what}_{rank}" for what in ("answer", "resolution") for rank in range(10)]
    op.create_table(
        "fact_sum",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("scope", sa.String(130), nullable=False),
        sa.Column("grain", sa.String(6), nullable=False),
        *_about(),
        *_amounts(),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in lengths),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_sum")),
    )
    op.create_index(op.f("ix_fact_sum_scope_grain_month"), "fact_sum", ["scope", "grain", "month"])
    op.create_index(op.f("ix_fact_sum_month"), "fact_sum", ["month"])
    op.create_table(
        "fact_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(120), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_hours")),
    )
    op.create_index(op.f("ix_fact_hours_organisation_known_at"), "fact_hours", ["organisation", "known_at"])
    op.create_table(
        "fact_month",
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_fact_month")),
    )
    op.add_column("figure_run", sa.Column("sunday", sa.String(10), server_default="", nullable=False))
    op.add_column("figure_run", sa.Column("folded_at", Instant(), nullable=True))
    op.execute("UPDATE figure_run SET event_id = 0")


def downgrade() -> None:
    with op.batch_alter_table("figure_run") as table:
        table.drop_column("folded_at")
        table.drop_column("sunday")
    for name in ("fact_month", "fact_hours", "fact_sum", "ticket_fact"):
        op.drop_table(name)
