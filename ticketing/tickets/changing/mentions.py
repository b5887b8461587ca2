"""People named in a text by their sigle (« @n.soulerac »): whom it tells, whom it may name, whom it does not reach.

Nobody is told of a text that this person does not read. Who is named in vain, by a sigle that is nobody's or that is
of somebody who does not read the text, is the same for its author.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from charters.database import db
from charters.days import today
from charters.model import Actor
from charters.permissions import Action, perimeter
from charters.tables.access import Account, MandateRow
from ticketing.settings import desk_settings
from ticketing.tickets import queries
from ticketing.tickets.bonds import readers
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.store import EVENT
from ticketing.tickets.transaction import Underway, gate

#: The most sigles of one text that are looked at, and the most people that are offered.
MOST, OFFERED = 10, 100
#: An address (« p@college.example ») is no mention: what stands before « @ » is no letter.
_NAMED = re.compile(r"(?<![\w@./+\-])@([A-Za-z0-9](?:[A-Za-z0-9.\-]{0,30}[A-Za-z0-9]))(?![\w@])")


@dataclass(frozen=True, slots=True)
class Offered:
    """A person whom a text on the ticket may name: sigle, name, and whether a note of the author's side is read too."""

    sigle: str
    name: str
    notes: bool


def written(text: str) -> tuple[str, ...]:
    """Return the sigles that a text names, in small letters, each once, in their order."""
    return tuple(dict.fromkeys(found[1].lower() for found in _NAMED.finditer(text)))[:MOST]


def heard(step: Underway, outcome: Outcome) -> Outcome:
    """Return the outcome of a comment with the people whom its words name and who read them, its author left out."""
    sigles = written(outcome.entry.words)
    if not sigles or step.act.actor is None:
        return outcome
    side = perimeter(step.act.actor).side if outcome.entry.internal else None
    found = _of_sigles(sigles, step.row, side, step.act.now)
    told = [one for one in found if one.account != step.author.id]
    if told:
        step.journalled["mentioned"] = ", ".join(one.sigle for one in told)
    return replace(outcome, mentioned=tuple(one.account for one in told))


def unheard(actor: Actor, number: int, text: str, internal: bool, now: datetime) -> tuple[str, ...]:
    """Return the sigles of a text of the actor that reach nobody: nobody's, or of somebody who does not read it."""
    sigles = written(text)
    if not sigles:
        return ()
    own = perimeter(actor)
    row = queries.row_of(own, number)
    found = {one.sigle for one in _of_sigles(sigles, row, own.side if internal else None, now)}
    return tuple(sigle for sigle in sigles if sigle not in found)


def offered(actor: Actor, number: int, now: datetime) -> tuple[Offered, ...]:
    """Return whom the actor's texts on a ticket may name, by name: the actor's side, and those who already took part.

    All of them see the ticket today. Raises NotFound or Refused.
    """
    own = perimeter(actor)
    row = queries.row_of(own, number)
    gate(actor, Action.NOTE, row)
    took_part = select(EVENT.c.author_id).where(EVENT.c.ticket_id == number, EVENT.c.visibility == "public")
    which = or_(
        MandateRow.scope_id == own.side,
        Account.id.in_(took_part),
        Account.id.in_([one for one in (row.opened_by, row.assignee_id) if one]),
    )
    found = readers.people(db.session(), which, _keys(row), today(now), desk_settings().usage_for_staff)
    return tuple(
        Offered(one.sigle, one.name, own.side in one.sides) for one in found if one.account != actor.account_id
    )[:OFFERED]


def _of_sigles(sigles: Sequence[str], row: Any, side: str | None, now: datetime) -> list[readers.Reader]:
    """Return the people of these sigles who see the ticket, under a mandate of this side where one is given."""
    which = Account.sigle.in_(sigles)
    found = readers.people(db.session(), which, _keys(row), today(now), desk_settings().usage_for_staff)
    return [one for one in found if side is None or side in one.sides]


def _keys(row: Any) -> frozenset[str]:
    return frozenset(row.scope_keys)
