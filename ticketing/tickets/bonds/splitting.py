"""Make another ticket of a part of one: a public text of it, for who said it, with a decision of its own.

The two are linked both ways, as every sequel is: each page names the other to who sees both. No file goes along, and
no entry names the new ticket. What was confidential stays so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from charters.model import Actor, Role
from matrix.request_facts import facts_of
from ticketing import model
from ticketing.errors import Invalid, StepRefused
from ticketing.in_force import routing
from ticketing.model import OPEN_STATES, Draft, Kind, Step
from ticketing.tables import TicketEvent, TicketLink
from ticketing.tickets import lifecycle, opening, requests, row_values, transaction
from ticketing.tickets.lifecycle import Entry, Outcome
from ticketing.tickets.transaction import Attempt, Underway

#: The entries of which a ticket may be made.
PARTS = frozenset({Kind.OPENED, Kind.COMMENT})


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes another ticket: an entry, and the title, words, service and activity of the new one.

    Without `body` its words are those of the entry.
    """

    event_id: int | None
    title: str
    body: str
    service: str
    activity: str


def split(actor: Actor, number: int, version: int, part: Part, now: datetime) -> None:
    """Open another ticket of a part of one, in one commit with its decision and their link.

    Raises Invalid, by field: « event_id », « title », « body », « service », « activity ».
    """
    transaction.router_kept()

    def decide(step: Underway) -> Outcome:
        if step.standing.state not in OPEN_STATES:
            raise StepRefused("Une part d’un ticket en devient un autre tant qu’il est ouvert.")
        made = _open(step, actor, part)
        step.act.session.add(TicketLink(ticket_id=made, earlier_id=number, at=step.act.now))
        step.journalled["into"] = made
        return lifecycle.announced(step.standing, Entry(Kind.SPLIT))

    typed = {"title": part.title, "body": part.body}
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.SPLIT, version=version, typed=typed)
    transaction.take(attempt, decide)


def _open(step: Underway, actor: Actor, part: Part) -> int:
    """Open the new ticket and return its number."""
    rules, row, now = routing.router(), step.row, step.act.now
    entry = _entry(step, part.event_id)
    said = row.body if entry.kind == Kind.OPENED else entry.body
    draft, errors = model.check_draft(
        Draft(
            title=part.title,
            body=part.body if part.body.strip() else said,
            etablissement=row.etablissement,
            service=part.service,
            activity=part.activity,
            facts=facts_of(row),
            on_behalf_of=row.on_behalf_of,
            room=row.room,
        )
    )
    try:
        request = requests.of_draft(rules, draft, now)
    except Invalid as fault:
        raise Invalid({**fault.errors, **errors}) from fault
    allowed = rules.conventions.opens(str(actor.role), row.etablissement)
    if allowed is not None and draft.service not in allowed:
        errors["service"] = "Votre fiche de mission ne prévoit pas ce service : voyez le correspondant informatique."
    if errors:
        raise Invalid(errors)
    new = row_values.new_ticket(rules, actor, draft, routing.route(rules, request), now, _asking(row, entry))
    return opening.write_new(step.act.session, replace(new, confidential=row.confidential), ())


def _entry(step: Underway, event_id: int | None) -> Any:
    entry = step.act.session.execute(
        select(TicketEvent.__table__).where(TicketEvent.id == event_id, TicketEvent.ticket_id == step.row.number)
    ).one_or_none()
    if entry is None or entry.kind not in PARTS or entry.visibility != "public" or entry.masked_at is not None:
        raise Invalid({"event_id": "Choisissez le texte dont vous faites un autre ticket."})
    return entry


def _asking(row: Any, entry: Any) -> row_values.Asking:
    """Return whose request the new ticket is: who said it, where it is of the établissement; else the requester's."""
    if entry.kind == Kind.COMMENT and entry.side == row.etablissement and entry.author_id is not None:
        return row_values.Asking(entry.author_id, entry.author_name, entry.author_role == Role.RESEAU)
    return row_values.Asking(row.opened_by, row.opened_by_name, row.opened_by in row.persons)
