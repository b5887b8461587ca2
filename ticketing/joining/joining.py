"""« Moi aussi »: a person who has the trouble of a ticket joins it, and is told of it with its requester.

The words go to the ticket as a comment of the joiner, who becomes a watcher in the same commit. A watcher sees nothing
more: each notice asks again, when it leaves, whether its recipient sees the ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from charters.database import writing, written_at
from charters.journal import audit
from charters.model import Actor
from charters.permissions import perimeter
from ticketing import model
from ticketing.errors import Invalid, StepRefused
from ticketing.model import Step, Upload
from ticketing.tables import TicketWatcher
from ticketing.tickets import lifecycle, queries, transaction
from ticketing.tickets.lifecycle import Entry, Outcome
from ticketing.tickets.transaction import Attempt, Underway

WATCHER: Any = TicketWatcher.__table__
#: What stands before the joiner's own words, or alone.
ME_TOO = "Moi aussi."

audit.label("ticket.left", "« Moi aussi » retiré")

_ADD = {
    name: dialect.insert(WATCHER).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def join(actor: Actor, number: int, words: str, uploads: Sequence[Upload], now: datetime, token: str) -> None:
    """Join an open ticket: comment it with the words and files typed, and watch it. The same form joins once.

    Raises NotFound outside the perimeter, StepRefused for a ticket that nobody works on any more, Invalid, Refused.
    """
    text = model.clean_text(words)
    if fault := model.words_fault(text, "") if text else None:
        raise Invalid({"body": fault})
    said = f"{ME_TOO} {text}".strip()

    def decide(step: Underway) -> Outcome:
        if not step.standing.state.is_open:
            raise StepRefused("Ce ticket est résolu : ouvrez le vôtre, ou rouvrez-le si le problème demeure.")
        if step.row.opened_by != actor.account_id:
            values = {"ticket_id": number, "account_id": actor.account_id, "at": step.act.now}
            step.act.session.execute(_ADD[step.act.session.get_bind().dialect.name], values)
        # What a joiner says answers no question that was put to the requester: the ticket stays on hold.
        entry = Entry(model.Kind.COMMENT, said, data={"joined": True})
        return lifecycle.announced(step.standing, entry)

    chosen = [upload for upload in uploads if upload.filename]
    transaction.take(
        Attempt(actor=actor, number=number, now=now, step=Step.COMMENT, uploads=chosen, token=token), decide
    )


def leave(actor: Actor, number: int, now: datetime) -> bool:
    """Watch a ticket no more, and return whether one did; what was said on it stays. Raises NotFound.

    Who is told of it through a duplicate is so until that bond ends.
    """
    with writing() as session:
        now = written_at(now)
        queries.row_of(perimeter(actor), number)
        mine = (TicketWatcher.ticket_id == number, TicketWatcher.account_id == actor.account_id)
        gone: Any = session.execute(delete(TicketWatcher).where(*mine, TicketWatcher.through.is_(None)))
        if gone.rowcount:
            audit.record("ticket.left", actor=actor, subject=f"ticket {number}", now=now)
    return bool(gone.rowcount)
