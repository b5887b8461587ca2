"""Index every ticket again: all the words of headings, compounds, codes, people and files; and requests to index again.

SQLite's index gets a column for what one side alone may read; PostgreSQL's document tells it by a prefix. Tickets are
read by their numbers, a few hundred at a time, and each batch is written before the next is read. `downgrade` indexes
the words of tickets and of public entries only, as before.

Revision ID: 0013_search
Revises: 0012_incident
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from ticketing.search import index, words
from ticketing.search.index import FileName, Found
from ticketing.tickets import incidents

revision = "0013_search"
down_revision = "0012_incident"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BATCH = 500

_NAMES = ("opened_by_name", "assignee_name")
_HEADINGS = ("title", "on_behalf_of", "tag", "asset")
TICKET = sa.table(
    "ticket",
    *(sa.column(name) for name in ("number", "body", "incident", *_HEADINGS, *_NAMES)),
    sa.column("shared_with", sa.JSON()),
    sa.column("scope_keys", sa.JSON()),
)
EVENT = sa.table(
    "ticket_event",
    *(sa.column(name) for name in ("id", "ticket_id", "visibility", "kind", "author_id", "author_name", "body")),
    sa.column("masked_at"),
)
FILE = sa.table("attachment", *(sa.column(name) for name in ("ticket_id", "name", "visibility", "side", "quarantine")))
SQLITE = "CREATE VIRTUAL TABLE ticket_search USING fts5({columns}, detail = column, tokenize = '{tokenize}')"
TOKENIZE = "unicode61 remove_diacritics 0"
OLD = sa.text("INSERT INTO ticket_search (rowid, words, keys) VALUES (:number, :words, :keys)")


def upgrade() -> None:
    op.create_table(
        "index_request",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("after", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_index_request")),
    )
    _index("words, keys, own", whole=True)


def downgrade() -> None:
    _index("words, keys", whole=False)
    op.drop_table("index_request")


def _index(columns: str, *, whole: bool) -> None:
    """Make the index anew and fill it; `whole`: with people and files, under the column that one side's words need."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    if dialect == "sqlite":
        op.execute("DROP TABLE ticket_search")
        op.execute(SQLITE.format(columns=columns, tokenize=TOKENIZE))
    else:  # filled before its index is made, which then is made at once
        op.execute("DROP INDEX ix_ticket_search_document")
        op.execute("TRUNCATE ticket_search")
    statement = OLD if dialect == "sqlite" and not whole else index.INSERT[dialect]
    for batch in _batches(connection, whole):
        connection.execute(statement, [index.row(dialect, number, found, keys) for number, found, keys in batch])
    if dialect != "sqlite":
        op.execute("CREATE INDEX ix_ticket_search_document ON ticket_search USING gin (document)")


def _batches(connection: sa.Connection, whole: bool) -> Iterator[list[tuple[int, Found, list[str]]]]:
    last = 0
    while rows := connection.execute(
        sa.select(TICKET).where(TICKET.c.number > last).order_by(TICKET.c.number).limit(BATCH)
    ).all():
        first, last = rows[0].number, rows[-1].number
        events = _by_ticket(connection, EVENT, EVENT.c.visibility == "public", first, last)
        files = _by_ticket(connection, FILE, FILE.c.visibility.in_(("public", "internal")), first, last)
        yield [(row.number, _found(row, events[row.number], files[row.number], whole), row.scope_keys) for row in rows]


def _by_ticket(connection: sa.Connection, table: Any, where: Any, first: int, last: int) -> dict[int, list[Any]]:
    """Return the rows of the tickets from `first` to `last`, by ticket."""
    found: dict[int, list[Any]] = defaultdict(list)
    order = [table.c.ticket_id, *([table.c.id] if "id" in table.c else [])]
    for row in connection.execute(
        sa.select(table).where(where, table.c.ticket_id.between(first, last)).order_by(*order)
    ):
        found[row.ticket_id].append(row)
    return found


def _found(ticket: Any, events: list[Any], files: list[Any], whole: bool) -> Found:
    found = Found(words.tokens(incidents.told(ticket.body, ticket.incident)))
    names = [getattr(ticket, name) for name in _NAMES] + [name for _, name in ticket.shared_with]
    names += [event.author_name for event in events if event.author_id is not None]
    headings = [getattr(ticket, name) for name in _HEADINGS]
    for text in dict.fromkeys([*headings, *(names if whole else ())]):
        if text:
            found.add(words.heading(text))
    if whole:
        index.add_files(
            found,
            (FileName(one.name, one.quarantine, one.side if one.visibility == "internal" else None) for one in files),
        )
    for event in events:
        if event.masked_at is None and event.kind != "masked":
            found.add(words.tokens(event.body))
    return found
