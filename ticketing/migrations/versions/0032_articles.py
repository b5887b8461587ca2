"""Keep articles: their versions, who reads them, their words, and what readers said.

`downgrade` drops them; no ticket changes.

Revision ID: 0032_articles
Revises: 0031_learned
"""

import sqlalchemy as sa
from alembic import op

from charters.database import Instant

revision = "0032_articles"
down_revision = "0031_learned"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_article(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f(f"fk_{table}_article_id"))


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(120), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("audience", sa.String(160), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("activities", sa.JSON(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", NUMBER, nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("useful", sa.Integer(), nullable=False),
        sa.Column("useless", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["ticket.number"], name=op.f("fk_article_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    op.create_index(op.f("ix_article_side_state_review_on"), "article", ["side", "state", "review_on"])
    op.create_index(op.f("ix_article_source"), "article", ["source"])
    op.create_table(
        "article_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _of_article("article_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_version")),
    )
    op.create_index(
        op.f("ix_article_version_article_id_version"), "article_version", ["article_id", "version"], unique=True
    )
    op.create_index(op.f("ix_article_version_author_id"), "article_version", ["author_id"])
    _keyed(
        "article_scope",
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("service", sa.String(60), nullable=False),
    )
    _keyed("article_word", sa.Column("token", sa.String(200), nullable=False))
    op.create_table(
        "article_opinion",
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _of_article("article_opinion"),
        sa.PrimaryKeyConstraint("article_id", "account_id", name=op.f("pk_article_opinion")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_article_opinion_account_id"), "article_opinion", ["account_id"])


def _keyed(table: str, *columns: "sa.Column[str]") -> None:
    """Make a table of articles that is read by its columns."""
    op.create_table(
        table,
        *columns,
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        _of_article(table),
        sa.PrimaryKeyConstraint(*(column.name for column in columns), "article_id", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_article_id"), table, ["article_id"])


def downgrade() -> None:
    for table in ("article_opinion", "article_word", "article_scope", "article_version", "article"):
        op.drop_table(table)
