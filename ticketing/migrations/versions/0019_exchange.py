"""Exchange with the tools of other help desks: profiles, what each ticket sent and received, the messages.

Revision ID: 0019_exchange
Revises: 0018_preferences
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0019_exchange"
down_revision = "0018_preferences"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table(
        "exchange_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("academie", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("writes_from", sa.String(length=254), nullable=False),
        sa.Column("form", sa.String(length=120), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("key_shown_at", Instant(), nullable=True),
        sa.Column("tried_at", Instant(), nullable=True),
        sa.Column("on_at", Instant(), nullable=True),
        sa.Column("read_event", NUMBER, nullable=False),
        sa.Column("next_event", NUMBER, nullable=False),
        sa.Column("noted_at", Instant(), nullable=True),
        sa.Column("heard_at", Instant(), nullable=True),
        sa.Column("reconciled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_profile")),
        sa.UniqueConstraint("academie", "organisation", name=op.f("uq_exchange_profile_academie_organisation")),
    )
    op.create_table("exchange_link", *_link())
    op.create_index(op.f("ix_exchange_link_ticket_id"), "exchange_link", ["ticket_id"])
    op.create_index(op.f("ix_exchange_link_profile_id_their_number"), "exchange_link", ["profile_id", "their_number"])
    op.create_table("exchange_message", *_message())
    op.create_index(
        op.f("ix_exchange_message_link_id_direction_sequence"),
        "exchange_message",
        ["link_id", "direction", "sequence"],
    )
    op.create_index(
        "ix_exchange_message_due",
        "exchange_message",
        ["next_at", "id"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def _link() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("own_sequence", sa.Integer(), nullable=False),
        sa.Column("their_sequence", sa.Integer(), nullable=False),
        sa.Column("announced", sa.Integer(), nullable=False),
        sa.Column("their_number", sa.String(length=48), nullable=False),
        sa.Column("their_state", sa.String(length=12), nullable=False),
        sa.Column("their_state_at", Instant(), nullable=True),
        sa.Column("gap_since", Instant(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("drift", sa.String(length=200), nullable=False),
        sa.Column("heard_at", Instant(), nullable=True),
        sa.Column("point_at", Instant(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["profile_id"], ["exchange_profile.id"], name=op.f("fk_exchange_link_profile_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_exchange_link_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_link")),
        sa.UniqueConstraint("profile_id", "ticket_id", name=op.f("uq_exchange_link_profile_id_ticket_id")),
    ]


def _message() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("link_id", NUMBER, nullable=True),
        sa.Column("ticket_id", NUMBER, nullable=True),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("event_id", NUMBER, nullable=True),
        sa.Column("ticket_state", sa.String(length=12), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("resent", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["profile_id"], ["exchange_profile.id"], name=op.f("fk_exchange_message_profile_id")),
        sa.ForeignKeyConstraint(["link_id"], ["exchange_link.id"], name=op.f("fk_exchange_message_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_message")),
        sa.UniqueConstraint(
            "profile_id", "direction", "mark", name=op.f("uq_exchange_message_profile_id_direction_mark")
        ),
    ]


def downgrade() -> None:
    op.drop_index("ix_exchange_message_due", "exchange_message")
    op.drop_index(op.f("ix_exchange_message_link_id_direction_sequence"), "exchange_message")
    op.drop_table("exchange_message")
    op.drop_index(op.f("ix_exchange_link_profile_id_their_number"), "exchange_link")
    op.drop_index(op.f("ix_exchange_link_ticket_id"), "exchange_link")
    op.drop_table("exchange_link")
    op.drop_table("exchange_profile")
