"""What a ticket shows of other tools: who follows it there, under which number, in which state; and how it is found.

The other tool's number is a heading of the ticket in the index: whoever may see the ticket finds it by that number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from charters.statements import Fixed
from ticketing.exchange.comments import state_label
from ticketing.exchange.outgoing import LINK, PROFILE
from ticketing.in_force import routing
from ticketing.search import index, words
from ticketing.search.index import Found
from ticketing.tickets import indexing

#: The links of a ticket to the tools that are in service; built once, since every page of a ticket asks it.
_LINKS = Fixed(
    select(LINK.c.their_state, LINK.c.their_number, LINK.c.their_state_at, PROFILE.c.organisation)
    .join(PROFILE, PROFILE.c.id == LINK.c.profile_id)
    .where(LINK.c.ticket_id == bindparam("number"), PROFILE.c.on_at.is_not(None))
    .order_by(LINK.c.id)
)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A ticket in another tool: whose tool it is, its state there in French and its number there, each if known."""

    name: str
    state: str
    number: str
    since: datetime | None


def of_ticket(number: int) -> tuple[Elsewhere, ...]:
    """Return where else a ticket is followed. The caller has checked that its reader sees the ticket."""
    rows = _LINKS.run({"number": number}).all()
    if not rows:
        return ()
    conventions = routing.router().conventions
    return tuple(
        Elsewhere(
            routing.side_name(conventions, row.organisation),
            state_label(row.their_state),
            row.their_number,
            row.their_state_at,
        )
        for row in rows
    )


def learn_number(session: Session, link: Row[Any], number: str, now: datetime) -> None:
    """Note the other tool's number of a ticket, and let the ticket be found by it; the first known stays."""
    if not number or link.their_number:
        return
    session.execute(update(LINK).where(LINK.c.id == link.id).values(their_number=number[:48], moved_at=now))
    index.add(session, link.ticket_id, _found(number))


def _found(number: str) -> Found:
    return Found(words.heading(number))


def _numbers(session: Session, ticket: int) -> list[str]:
    return list(
        session.scalars(select(LINK.c.their_number).where(LINK.c.ticket_id == ticket, LINK.c.their_number != ""))
    )


indexing.also(_numbers)
