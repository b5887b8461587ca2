"""The tickets of one trouble, linked both ways: « la suite de ». Nobody is told of a ticket that they do not see.

A link is no entry of the history, which people read who see only one of the two tickets; the journal has it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from charters.database import writing, written_at
from charters.journal import audit
from charters.model import Actor, Perimeter
from charters.permissions import Action, perimeter
from charters.statements import Fixed
from ticketing.errors import Invalid, NotFound, Refused, StepRefused
from ticketing.model import State
from ticketing.tables import TicketLink
from ticketing.tickets import queries, transaction
from ticketing.tickets.store import SCOPE, TICKET

audit.label("ticket.linked", "Ticket relié à un autre")
audit.label("ticket.unlinked", "Ticket délié d’un autre")

LINK: Any = TicketLink.__table__
#: How many tickets may be linked with one.
MOST = 20


@dataclass(frozen=True, slots=True)
class Linked:
    """A ticket linked with the one that is read, `earlier` or later than it."""

    number: int
    title: str
    state: State
    earlier: bool


def linked(perimeter: Perimeter, number: int) -> tuple[Linked, ...]:
    """Return the tickets linked with this one that the perimeter holds, the oldest first."""
    rows = _LINKED.run({"key": perimeter.key, "number": number})
    return tuple(Linked(row.number, row.title, State(row.state), row.earlier_id == row.number) for row in rows)


def _linked() -> Any:
    """Return the statement behind `linked`; built once."""
    here: Any = bindparam("number")
    other = or_(
        (LINK.c.ticket_id == here) & (TICKET.c.number == LINK.c.earlier_id),
        (LINK.c.earlier_id == here) & (TICKET.c.number == LINK.c.ticket_id),
    )
    return (
        select(TICKET.c.number, TICKET.c.title, TICKET.c.state, LINK.c.earlier_id)
        .select_from(LINK)
        .join(TICKET, other)
        .join(SCOPE, (SCOPE.c.ticket_id == TICKET.c.number) & (SCOPE.c.key == bindparam("key")))
        .where(or_(LINK.c.ticket_id == here, LINK.c.earlier_id == here))
        .order_by(TICKET.c.number)
        .limit(MOST)
    )


_LINKED = Fixed(_linked())


_ALREADY = "Ces deux tickets sont déjà reliés."
_ADD = {
    name: dialect.insert(LINK).on_conflict_do_nothing().returning(LINK.c.ticket_id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def _added(session: Session, later: int, earlier: int, now: datetime) -> bool:
    """Add a link; return False where another request has just added it."""
    values = {"ticket_id": later, "earlier_id": earlier, "at": now}
    return session.execute(_ADD[session.get_bind().dialect.name], values).first() is not None


def link(actor: Actor, number: int, other: int, now: datetime) -> None:
    """Link a ticket with another; the one opened later is the sequel of the other.

    The actor must see both and may comment this one. Raises NotFound, Refused, and Invalid on the field « number ».
    """
    if other == number:
        raise Invalid({"number": "C’est le numéro de ce ticket : donnez celui de l’autre."})
    with writing() as session:
        now = written_at(now)
        _may(actor, number)
        try:
            queries.row_of(perimeter(actor), other)
        except NotFound:
            raise Invalid({"number": "Vous ne voyez aucun ticket de ce numéro."}) from None
        known = session.execute(select(LINK).where(or_(LINK.c.ticket_id == number, LINK.c.earlier_id == number))).all()
        if any(other in (one.ticket_id, one.earlier_id) for one in known):
            raise Invalid({"number": _ALREADY})
        count = session.scalar(select(func.count()).where(or_(LINK.c.ticket_id == other, LINK.c.earlier_id == other)))
        if max(len(known), count or 0) >= MOST:
            raise StepRefused(f"Un ticket est relié à {MOST} autres au plus.")
        later, earlier = max(number, other), min(number, other)
        if not _added(session, later, earlier, now):
            raise Invalid({"number": _ALREADY})
        _journal("ticket.linked", actor, later, earlier, now)


def follow(actor: Actor, number: int, earlier: int, now: datetime) -> None:
    """Link a ticket that was just opened with the one that it follows (0: none), where the actor sees that one."""
    if earlier:
        with suppress(NotFound, Invalid, StepRefused, Refused):  # the ticket is open, with its link or without
            link(actor, number, earlier, now)


def unlink(actor: Actor, number: int, other: int, now: datetime) -> None:
    """Undo a link between two tickets that the actor sees; one that is not there changes nothing."""
    with writing() as session:
        now = written_at(now)
        _may(actor, number)
        queries.row_of(perimeter(actor), other)
        later, earlier = max(number, other), min(number, other)
        gone: Any = session.execute(delete(LINK).where(LINK.c.ticket_id == later, LINK.c.earlier_id == earlier))
        if gone.rowcount:
            _journal("ticket.unlinked", actor, later, earlier, now)


def _may(actor: Actor, number: int) -> None:
    row = queries.row_of(perimeter(actor), number)
    transaction.gate(actor, Action.COMMENT, row)
    if row.pseudonymised_at is not None:
        raise StepRefused("Les données personnelles de ce ticket sont effacées : il ne change plus.")


def _journal(event: str, actor: Actor, later: int, earlier: int, now: datetime) -> None:
    audit.record(event, actor=actor, subject=f"ticket {later}", now=now, details={"earlier": earlier})
