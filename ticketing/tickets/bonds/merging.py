"""Declare a ticket the duplicate of another, and undo it.

No word and no file goes from one ticket to the other: each stays with those who read it. The requester of the
duplicate, and who follows it, follow the other ticket if they see it under a mandate of their own; else a person tells
them, on the duplicate, which may still be commented. No entry names the other ticket, since people read it who do not
see that one: the page names it to who sees both, and the journal has it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from charters.days import today
from charters.model import Actor, Role
from charters.permissions import perimeter
from ticketing.errors import Invalid, NotFound, StepRefused
from ticketing.model import Bond, State, Step
from ticketing.tables import TicketWatcher
from ticketing.tickets import queries, transaction
from ticketing.tickets.bonds import readers, rules
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.store import TICKET
from ticketing.tickets.transaction import Attempt, Underway, checked_words

WATCHER: Any = TicketWatcher.__table__
#: The roles that may bind tickets of two établissements.
ACROSS = frozenset({Role.TECH_ACADEMIE})

_ADD = {
    name: dialect.insert(WATCHER).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def merge(actor: Actor, number: int, version: int, other: int, words: str, now: datetime) -> None:
    """Close a ticket as the duplicate of `other`, which the actor sees too and which is not closed.

    Both are of the same établissement, unless the actor is of the académie. Raises Invalid on the field « number ».
    """
    text = checked_words(words, "")
    typed = {"number": str(other), "words": words}

    def decide(step: Underway) -> Outcome:
        outcome = rules.merged(step.standing, text, step.act.now)
        survivor = target(step, actor, other)
        if survivor.etablissement != step.row.etablissement and actor.role not in ACROSS:
            raise Invalid({"number": "Ce ticket est d’un autre établissement : seule l’académie peut les réunir."})
        bind(step, survivor)
        _follow(step, survivor)
        step.journalled["duplicate_of"] = survivor.number
        return outcome

    attempt = Attempt(actor=actor, number=number, now=now, step=Step.MERGE, version=version, typed=typed)
    transaction.take(attempt, decide)


def unmerge(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """Open a duplicate again, within a month: who followed the other ticket through it no longer does."""
    text = checked_words(words, "Dites pourquoi ce n’est pas un doublon.")

    def decide(step: Underway) -> Outcome:
        outcome = rules.restored(step.standing, text, step.act.now)
        step.values["parent_id"] = None
        step.act.session.execute(delete(WATCHER).where(WATCHER.c.through == number))
        return outcome

    attempt = Attempt(actor=actor, number=number, now=now, step=Step.UNMERGE, version=version, typed={"words": words})
    transaction.take(attempt, decide)


def target(step: Underway, actor: Actor, other: int) -> Row[Any]:
    """Return the ticket to which one is bound, locked until the commit. Raises Invalid on the field « number »."""
    if other == step.row.number:
        raise Invalid({"number": "C’est le numéro de ce ticket : donnez celui de l’autre."})
    try:
        queries.row_of(perimeter(actor), other)
    except NotFound:
        raise Invalid({"number": "Vous ne voyez aucun ticket de ce numéro."}) from None
    # Not waited for: of two steps that bind two tickets to each other, both would wait for ever.
    locked = select(TICKET).where(TICKET.c.number == other).with_for_update(skip_locked=True)
    row = step.act.session.execute(locked).one_or_none()
    if row is None:
        raise StepRefused("Quelqu’un agit en ce moment sur l’autre ticket : recommencez dans un instant.")
    if row.state == State.CLOSED.value or row.pseudonymised_at is not None:
        raise Invalid({"number": "Ce ticket est clos : donnez le numéro d’un ticket qui se traite encore."})
    return row


def bind(step: Underway, to: Row[Any]) -> None:
    """Bind the ticket to another; what depends on the ticket depends on the other from then on.

    Nobody is told of it on those tickets: whoever acts here may not see them.
    """
    session, number = step.act.session, step.row.number
    step.values["parent_id"] = to.number
    if to.parent_id == number:  # the outage is the duplicate of what hung on it, which hangs on nothing then
        session.execute(update(TICKET).where(TICKET.c.number == to.number).values(parent_id=None, parent_bond=""))
    child = to.parent_bond == Bond.CHILD.value and to.parent_id != number
    head = to.parent_id if child else to.number
    for bond, over in ((Bond.DUPLICATE, to.number), (Bond.CHILD, head)):
        below = (TICKET.c.parent_id == number, TICKET.c.parent_bond == bond.value)
        session.execute(update(TICKET).where(*below).values(parent_id=over))


def _follow(step: Underway, survivor: Row[Any]) -> None:
    """Make the requester of the duplicate, and who follows it, follow the other ticket, where they see it."""
    session, row = step.act.session, step.row
    through = dict(_watching(session, row.number))
    if row.opened_by is not None:
        through[row.opened_by] = None
    through.pop(survivor.opened_by, None)
    for account in sorted(readers.seeing(session, through.keys(), survivor.scope_keys, today(step.act.now))):
        values = {
            "ticket_id": survivor.number,
            "account_id": account,
            "at": step.act.now,
            "through": through[account] or row.number,
        }
        session.execute(_ADD[session.get_bind().dialect.name], values)


def _watching(session: Session, number: int) -> list[tuple[int, int | None]]:
    """Return who follows a ticket, and through which duplicate of it."""
    rows = session.execute(select(WATCHER.c.account_id, WATCHER.c.through).where(WATCHER.c.ticket_id == number))
    return [(row.account_id, row.through) for row in rows]
