"""The part of a search's statement that reads the full-text index, for each engine.

It gives `ticket_id` and `rank` of at most `:size` tickets of the perimeter `:key` that match `:words`, in the order of
their numbers from `:number` on. SQLite walks its index in that order and stops. PostgreSQL first reads all that its
index finds; so for words that many tickets have, which it can estimate, it walks the perimeter's newest tickets
instead, and asks the index only if these are not enough.
"""

# ruff: noqa: S608 (the statements are built of constants only; everything that is typed is bound)

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from charters.database import db

#: Fewer hits than this are read at once: it takes some 3 ms.
MANY = 1_000
#: The most tickets of the perimeter that a walk looks at. It is made where twice the page is expected among them.
WALKED_MAX = 4_000
_ESTIMATE = text(
    "EXPLAIN (FORMAT JSON) SELECT 1 FROM ticket_search f WHERE f.document @@ CAST(:words AS tsquery) "
    "UNION ALL SELECT 1 FROM ticket_scope s WHERE s.key = :key"
)


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the hits is wanted: SQL conditions on `ticket_scope s`, the direction, whether a place is given."""

    conditions: str
    back: bool
    after: bool

    @property
    def way(self) -> str:
        """Return the order of the numbers."""
        return "ASC" if self.back else "DESC"

    def place(self, column: str) -> str:
        """Return the condition that a number comes after the place, as SQL."""
        return f" AND {column} {'>' if self.back else '<'} :number" if self.after else ""


def sqlite(reach: Reach) -> str:
    """Return the statement for SQLite."""
    return (
        "SELECT f.rowid AS ticket_id, s.rank AS rank FROM ticket_search f CROSS JOIN ticket_scope s "
        "ON s.key = :key AND s.ticket_id = f.rowid "
        f"WHERE f.ticket_search MATCH :words{reach.place('f.rowid')}{reach.conditions} "
        f"ORDER BY f.rowid {reach.way} LIMIT :size"
    )


def indexed(reach: Reach) -> str:
    """Return the statement for PostgreSQL that asks the index."""
    found = (
        "WITH f AS MATERIALIZED (SELECT ticket_id FROM ticket_search f "
        f"WHERE f.document @@ CAST(:words AS tsquery){reach.place('f.ticket_id')})"
    )
    if reach.conditions:
        return (
            f"{found} SELECT f.ticket_id, s.rank FROM f JOIN ticket_scope s ON s.key = :key "
            f"AND s.ticket_id = f.ticket_id WHERE true{reach.conditions} ORDER BY f.ticket_id {reach.way} LIMIT :size"
        )
    return (  # every hit is then in the perimeter, so the page can be cut before the join
        f"{found}, h AS MATERIALIZED (SELECT ticket_id FROM f ORDER BY ticket_id {reach.way} LIMIT :size) "
        "SELECT h.ticket_id, s.rank FROM h JOIN ticket_scope s ON s.key = :key AND s.ticket_id = h.ticket_id"
    )


def walked(reach: Reach) -> str:
    """Return the statement for PostgreSQL that walks the perimeter: `IS TRUE` keeps it away from the index."""
    return (
        "SELECT s.ticket_id, s.rank FROM (SELECT * FROM ticket_scope s "
        f"WHERE s.key = :key{reach.place('s.ticket_id')} ORDER BY s.ticket_id {reach.way} LIMIT {WALKED_MAX}) s "
        "JOIN ticket_search f ON f.ticket_id = s.ticket_id "
        f"WHERE (f.document @@ CAST(:words AS tsquery)) IS TRUE{reach.conditions} "
        f"ORDER BY s.ticket_id {reach.way} LIMIT :size"
    )


def are_many(words: str, key: str, size: int) -> bool:
    """Return whether so many tickets match, by PostgreSQL's statistics, that a walk over the newest finds `size`."""
    [plan] = db.session.execute(_ESTIMATE, {"words": words, "key": key}).scalar_one()
    matching, perimeter = (part["Plan Rows"] for part in plan["Plan"]["Plans"])
    return bool(matching >= MANY and matching * WALKED_MAX >= 2 * size * perimeter)
