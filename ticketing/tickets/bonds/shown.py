"""What of a ticket's bonds a reader is shown: the tickets at the other end that the reader's perimeter holds.

A ticket outside it is not named, and not counted either: no total is shown to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, or_, select

from charters.model import Perimeter
from charters.statements import Fixed
from ticketing.model import Bond, State
from ticketing.tables import TicketWatcher
from ticketing.tickets.store import SCOPE, TICKET

WATCHER: Any = TicketWatcher.__table__
#: How many tickets that depend on one are listed.
MOST = 200


@dataclass(frozen=True, slots=True)
class Bound:
    """A ticket at the other end of a bond, which the reader sees.

    `told`: its requester follows the ticket that it is a duplicate of, or opened that one too.
    """

    number: int
    title: str
    state: State
    bond: Bond
    etablissement_name: str
    holder_name: str
    holder_organisation: str = ""
    version: int = 0
    told: bool = False


def parent(perimeter: Perimeter, number: int) -> Bound | None:
    """Return the ticket on which another depends, where the perimeter holds it."""
    row = _PARENT.run({"key": perimeter.key, "number": number}).one_or_none()
    return _bound(row) if row else None


def dependants(perimeter: Perimeter, number: int) -> tuple[Bound, ...]:
    """Return the tickets of the perimeter that depend on a ticket which the reader sees, the oldest first."""
    return tuple(_bound(row) for row in _DEPENDANTS.run({"key": perimeter.key, "number": number}))


_SHOWN = (
    "number",
    "title",
    "state",
    "parent_bond",
    "etablissement_name",
    "holder_name",
    "holder_organisation",
    "version",
)


def _columns() -> Any:
    seen = (SCOPE.c.ticket_id == TICKET.c.number) & (SCOPE.c.key == bindparam("key"))
    return select(*(TICKET.c[name] for name in _SHOWN)).join(SCOPE, seen)


def _of_dependants() -> Any:
    there: Any = TICKET.alias("there")
    told = exists().where(
        there.c.number == TICKET.c.parent_id,
        or_(
            there.c.opened_by == TICKET.c.opened_by,
            exists().where(WATCHER.c.ticket_id == there.c.number, WATCHER.c.account_id == TICKET.c.opened_by),
        ),
    )
    return (
        _columns()
        .add_columns(told.label("told"))
        .where(TICKET.c.parent_id == bindparam("number"))
        .order_by(TICKET.c.number)
        .limit(MOST)
    )


_PARENT = Fixed(_columns().where(TICKET.c.number == bindparam("number")))
_DEPENDANTS = Fixed(_of_dependants())


def _bound(row: Any) -> Bound:
    return Bound(
        row.number,
        row.title,
        State(row.state),
        Bond(row.parent_bond),
        row.etablissement_name,
        row.holder_name,
        row.holder_organisation,
        row.version,
        bool(getattr(row, "told", False)),
    )
