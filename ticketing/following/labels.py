"""The words that a side puts on a ticket for itself (« étiquettes »): no other side reads them, or is told of them.

They change nothing of the ticket, leave no entry and no notice; the journal says that a word was put or taken away, not
which. Who reads with a reason reads those of every side, as internal notes (annexe 6, 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from charters.database import db, writing, written_at
from charters.journal import audit
from charters.model import Actor, Perimeter
from charters.permissions import Action, perimeter
from charters.statements import Fixed
from matrix import french
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.errors import Invalid, StepRefused
from ticketing.tables import TicketLabel
from ticketing.tickets import queries, store, transaction
from ticketing.tickets.pages import EVERY_SIDE

audit.label("ticket.labelled", "Étiquette posée sur un ticket")
audit.label("ticket.unlabelled", "Étiquette ôtée d’un ticket")

LABEL: Any = TicketLabel.__table__
#: The most letters of a word, the most words of a side on a ticket, the most words proposed.
LENGTH, MOST, PROPOSED = 30, 10, 50

_ADD = {
    name: dialect.insert(LABEL).on_conflict_do_nothing().returning(LABEL.c.ticket_id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


@dataclass(frozen=True, slots=True)
class Label:
    """A word of a side on a ticket, and the word as it is found."""

    word: str
    folded: str


def folded(word: str) -> str:
    """Return a word as it is found: without accents and capitals, hyphens as spaces."""
    return " ".join(french.fold(word).replace("-", " ").split())[:60]


def of_ticket(own: Perimeter, number: int) -> tuple[Label, ...]:
    """Return the words that the reader's side put on a ticket; the caller has checked that it is seen."""
    rows = _OF_TICKET.run({"number": number, "side": own.side})
    return tuple(Label(row.word, row.folded) for row in rows)


_SIDE = bindparam("side", type_=String)
_OF_TICKET = Fixed(
    select(LABEL.c.word, LABEL.c.folded)
    .where(LABEL.c.ticket_id == bindparam("number"), or_(LABEL.c.side == _SIDE, _SIDE == EVERY_SIDE))
    .order_by(LABEL.c.folded)
)


def of_tickets(own: Perimeter, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Return the words of the reader's side by ticket, for tickets of the reader's perimeter."""
    found: dict[int, list[str]] = {}
    rows = db.session.execute(
        select(LABEL.c.ticket_id, LABEL.c.word)
        .where(LABEL.c.ticket_id.in_(numbers), LABEL.c.side == (own.side or ""))
        .order_by(LABEL.c.ticket_id, LABEL.c.folded)
    )
    for row in rows:
        found.setdefault(row.ticket_id, []).append(row.word)
    return found


def proposed(own: Perimeter) -> tuple[str, ...]:
    """Return the words that the reader's side uses most on tickets that the reader sees, to be typed alike."""
    rows = db.session.execute(
        select(func.max(LABEL.c.word).label("word"))
        .join(store.SCOPE, (store.SCOPE.c.ticket_id == LABEL.c.ticket_id) & (store.SCOPE.c.key == own.key))
        .where(LABEL.c.side == (own.side or ""))
        .group_by(LABEL.c.folded)
        .order_by(func.count().desc(), LABEL.c.folded)
        .limit(PROPOSED)
    )
    return tuple(row.word for row in rows)


def put(actor: Actor, number: int, text: str, now: datetime) -> None:
    """Put a word of the actor's side on a ticket; one that is there already changes nothing.

    Raises NotFound, Refused, StepRefused, and Invalid on the field « word ».
    """
    word = model.clean_line(text).strip("«» \u00a0")
    if not folded(word):
        raise Invalid({"word": "Écrivez un mot, comme « rentrée »."})
    if len(word) > LENGTH:
        raise Invalid({"word": f"Une étiquette a {LENGTH} caractères au plus."})
    if set(word) & set('"«»:'):
        raise Invalid({"word": "Une étiquette est faite de lettres, de chiffres, d’espaces et de tirets."})
    if found := pupils.found((word,)):
        raise Invalid({"word": f"Ce mot semble contenir {enumeration(found.signs)} : une étiquette n’en garde pas."})
    with writing() as session:
        side = _may(actor, number)
        now = written_at(now)
        count = session.scalar(select(func.count()).where(LABEL.c.ticket_id == number, LABEL.c.side == side))
        values: dict[str, Any] = {"ticket_id": number, "side": side, "folded": folded(word), "word": word}
        values |= {"account_id": actor.account_id, "at": now}
        if session.execute(_ADD[session.get_bind().dialect.name], values).first() is None:
            return
        if (count or 0) >= MOST:
            raise StepRefused(f"Votre côté a déjà mis {MOST} étiquettes sur ce ticket : ôtez-en une.")
        audit.record("ticket.labelled", actor=actor, subject=f"ticket {number}", now=now)


def take_away(actor: Actor, number: int, word: str, now: datetime) -> None:
    """Take a word of the actor's side away; one that is not there changes nothing."""
    with writing() as session:
        side = _may(actor, number)
        now = written_at(now)
        which = (LABEL.c.ticket_id == number, LABEL.c.side == side, LABEL.c.folded == folded(word))
        gone: Any = session.execute(delete(LABEL).where(*which))
        if gone.rowcount:
            audit.record("ticket.unlabelled", actor=actor, subject=f"ticket {number}", now=now)


def _may(actor: Actor, number: int) -> str:
    """Lock a ticket, check that the actor may label it, and return the actor's side."""
    row = queries.row_of(perimeter(actor), number)
    store.lock_ticket(db.session(), number)
    row = queries.row_of(perimeter(actor), number)
    transaction.gate(actor, Action.NOTE, row)
    if row.pseudonymised_at is not None:
        raise StepRefused("Les données personnelles de ce ticket sont effacées : il ne change plus.")
    return perimeter(actor).side or ""
