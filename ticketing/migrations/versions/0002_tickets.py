"""Create tickets, their history and decisions, the perimeter as rows, counters, files, the outbox and the search index.

Revision ID: 0002_tickets
Revises: 0001_access
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0002_tickets"
down_revision = "0001_access"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "form_token",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=True),
        sa.Column("used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "token", name=op.f("pk_form_token")),
    )
    op.create_index(op.f("ix_form_token_used_at"), "form_token", ["used_at"])
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("tick", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", "tick", name=op.f("pk_job_run")),
    )
    op.create_table(
        "recorded_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("convention", sa.String(length=60), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_fact")),
    )
    op.create_table(
        "ticket",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=100), nullable=False),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.Column("asset", sa.String(length=100), nullable=False),
        sa.Column("academie", sa.String(length=120), nullable=False),
        sa.Column("etablissement", sa.String(length=120), nullable=False),
        sa.Column("etablissement_name", sa.String(length=200), nullable=False),
        sa.Column("etablissement_commune", sa.String(length=200), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("service_label", sa.String(length=200), nullable=False),
        sa.Column("activity", sa.String(length=20), nullable=False),
        sa.Column("activity_label", sa.String(length=60), nullable=False),
        sa.Column("user_category", sa.String(length=40), nullable=True),
        sa.Column("user_category_label", sa.String(length=200), nullable=False),
        sa.Column("acquired_by", sa.String(length=20), nullable=True),
        sa.Column("acquired_on", sa.Date(), nullable=True),
        sa.Column("inventoried", sa.Boolean(), nullable=True),
        sa.Column("in_referentiel", sa.Boolean(), nullable=True),
        sa.Column("experimentation", sa.Boolean(), nullable=True),
        sa.Column("under_warranty", sa.Boolean(), nullable=True),
        sa.Column("decision_id", NUMBER, nullable=True),
        sa.Column("convention", sa.String(length=60), nullable=True),
        sa.Column("needs_info", sa.Boolean(), nullable=False),
        sa.Column("account_service", sa.Boolean(), nullable=False),
        sa.Column("holder_party", sa.String(length=20), nullable=False),
        sa.Column("holder_role", sa.String(length=4), nullable=False),
        sa.Column("holder_organisation", sa.String(length=120), nullable=False),
        sa.Column("holder_name", sa.String(length=200), nullable=False),
        sa.Column("handed_on_by", sa.JSON(), nullable=True),
        sa.Column("contributors", sa.JSON(), nullable=False),
        sa.Column("involved", sa.JSON(), nullable=False),
        sa.Column("shared_with", sa.JSON(), nullable=False),
        sa.Column("persons", sa.JSON(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("scope_keys", sa.JSON(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("assignee_name", sa.String(length=200), nullable=True),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("opened_by_name", sa.String(length=200), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("hold_reason", sa.String(length=24), nullable=True),
        sa.Column("held_since", Instant(), nullable=True),
        sa.Column("first_answer_at", Instant(), nullable=True),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("hand_ons", sa.Integer(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ticket")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_ticket_resolved",
        "ticket",
        ["resolved_at"],
        sqlite_where=sa.text("state = 'resolved'"),
        postgresql_where=sa.text("state = 'resolved'"),
    )
    op.create_table(
        "ticket_count",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "kind", "value", name=op.f("pk_ticket_count")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decision",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("convention", sa.String(length=60), nullable=True),
        sa.Column("version", sa.String(length=20), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_decision_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_ticket_id_id"), "decision", ["ticket_id", "id"])
    op.create_table(
        "notice",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("recipient_name", sa.String(length=200), nullable=False),
        sa.Column("recipient_email", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("thread_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_notice_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        "ix_notice_due",
        "notice",
        ["next_at", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_notice_line", "notice", ["ticket_id", "recipient_id", "id"])
    op.create_index("ix_notice_recipient", "notice", ["recipient_id", "id"])
    op.create_table(
        "ticket_event",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("side", sa.String(length=120), nullable=False),
        sa.Column("side_name", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("author_role", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("masked_at", Instant(), nullable=True),
        sa.Column("mask_reason", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_event_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
    )
    op.create_index(op.f("ix_ticket_event_ticket_id_id"), "ticket_event", ["ticket_id", "id"])
    op.create_table(
        "ticket_scope",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("ticket_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("etablissement", sa.String(length=120), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_ticket_scope_ticket_id")),
        sa.PrimaryKeyConstraint("key", "ticket_id", name=op.f("pk_ticket_scope")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ticket_scope_assignee",
        "ticket_scope",
        ["key", "assignee_id", "state", "rank", "ticket_id"],
        sqlite_where=sa.text("assignee_id IS NOT NULL"),
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_scope_etablissement", "ticket_scope", ["key", "etablissement", "state", "rank", "ticket_id"]
    )
    op.create_index("ix_ticket_scope_service", "ticket_scope", ["key", "service", "state", "rank", "ticket_id"])
    op.create_index("ix_ticket_scope_state", "ticket_scope", ["key", "state", "rank", "ticket_id"])
    op.create_table(
        "attachment",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("side", sa.String(length=120), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["ticket_event.id"], name=op.f("fk_attachment_event_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.number"], name=op.f("fk_attachment_ticket_id")),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_ticket_id_event_id"), "attachment", ["ticket_id", "event_id"])
    _create_search()


def _create_search() -> None:
    """Create the full-text index: words analysed by `ticketing.search`, and the perimeter keys as tokens."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE ticket_search USING fts5"
            "(words, keys, detail = column, tokenize = 'unicode61 remove_diacritics 0')"
        )
    else:
        op.execute("CREATE TABLE ticket_search (ticket_id BIGINT PRIMARY KEY, document TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_ticket_search_document ON ticket_search USING gin (document)")


def downgrade() -> None:
    op.execute("DROP TABLE ticket_search")
    op.drop_table("attachment")
    op.drop_table("ticket_scope")
    op.drop_table("ticket_event")
    op.drop_table("notice")
    op.drop_table("decision")
    op.drop_table("ticket_count")
    op.drop_table("ticket")
    op.drop_table("recorded_fact")
    op.drop_table("job_run")
    op.drop_table("form_token")
