"""What both sides of a contest ruled, shown beside the next decision of its kind: it informs, and decides nothing.

The rules answer by the clauses alone, as before. A precedent names neither a person nor a ticket nor an établissement:
it is read by all who read the cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, select

from charters.statements import Fixed
from matrix import Citation, wording
from matrix.request_facts import USER_GROUPS, members
from matrix.wording import to
from ticketing.in_force import routing
from ticketing.tables import Contest
from ticketing.tickets.contesting.asking import clauses
from ticketing.tickets.contesting.rules import Dispute

CONTEST: Any = Contest.__table__
#: The most precedents that are shown of one cell, the latest.
MOST = 5


@dataclass(frozen=True, slots=True)
class Precedent:
    """What both parties ruled on a day: to which party (« au Département… ») the service belongs, by which clauses.

    `users` names the group of users for which it was ruled, « » where users decide nothing in the cell.
    """

    at: datetime
    to: str
    users: str
    citations: tuple[Citation, ...]


_RULED = Fixed(
    select(CONTEST.c.settled_at, CONTEST.c.ruled_party, CONTEST.c.category, CONTEST.c.grounds)
    .where(
        CONTEST.c.convention == bindparam("convention", type_=String),
        CONTEST.c.service == bindparam("service", type_=String),
        CONTEST.c.activity == bindparam("activity", type_=String),
        CONTEST.c.state == Dispute.RULED.value,
    )
    .order_by(CONTEST.c.settled_at.desc(), CONTEST.c.id.desc())
    .limit(4 * MOST)
)


def of_cell(convention: str | None, service: str, activity: str, category: str | None = None) -> tuple[Precedent, ...]:
    """Return the precedents of a cell, the latest first.

    With a group of users, or a line of annexe 2 bis, those ruled for it or for all; all of them where it is unknown.
    """
    conventions = routing.router().conventions
    if convention is None or convention not in conventions:
        return ()
    known = clauses(conventions, convention)
    labels = {name: group.label for name, group in USER_GROUPS.items()}
    labels |= {one.id: one.label for one in conventions[convention].categories.values()}
    found = []
    for row in _RULED.run({"convention": convention, "service": service, "activity": activity}):
        if category and row.category and not set(members(category)) & set(members(row.category)):
            continue
        cited = tuple(known[name] for name in row.grounds.split() if name in known)
        party = to(wording.body(conventions, convention, row.ruled_party, None))
        found.append(Precedent(row.settled_at, party, labels.get(row.category, ""), cited))
    return tuple(found[:MOST])
