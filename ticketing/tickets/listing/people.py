"""The people who have tickets in charge within a perimeter, found by their names."""

from __future__ import annotations

from sqlalchemy import text

from charters.database import db
from charters.model import Perimeter
from matrix import french

#: The index of people in charge is read by leaps, one for each person, however many tickets each has.
_IN_CHARGE = text(
    "WITH RECURSIVE leap(id) AS (SELECT min(assignee_id) FROM ticket_scope WHERE key = :key "
    "AND assignee_id IS NOT NULL UNION ALL SELECT (SELECT min(s.assignee_id) FROM ticket_scope s WHERE s.key = :key "
    "AND s.assignee_id > leap.id) FROM leap WHERE leap.id IS NOT NULL) "
    "SELECT a.id, a.sigle, a.first_name, a.last_name, a.organisation FROM leap JOIN account a ON a.id = leap.id"
)


def in_charge(own: Perimeter, said: str) -> tuple[int, ...]:
    """Return the accounts in charge of tickets of the perimeter the words of whose name begin as said.

    A sigle is how somebody logs in: it is known, and found, within its own organisation alone.
    """
    wanted = french.name(said).split()
    if own.key is None or not wanted:
        return ()
    found = []
    for row in db.session.execute(_IN_CHARGE, {"key": own.key}):
        names = french.name(f"{row.first_name} {row.last_name}").split()
        names += [row.sigle.lower()] if row.organisation == own.side else []
        if all(any(name.startswith(word) for name in names) for word in wanted):
            found.append(row.id)
    return tuple(found)
