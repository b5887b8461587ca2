"""What the other tool writes becomes an entry of the ticket, in its organisation's name: a comment, or a resolution.

It is an act of the organisation, not of a person: a mail of a tool proves no person. So it comments, and where its
organisation holds the ticket it resolves it (`sequence.follows`), which the requester is then asked to confirm; it
takes no other step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ticketing.errors import StepRefused
from ticketing.exchange.content import Withheld, check
from ticketing.exchange.protocol import sequence
from ticketing.files import receiving
from ticketing.files.receiving import Received
from ticketing.in_force import routing
from ticketing.model import BODY_MAX, STATE_LABELS, Bond, Kind, State, clean_text
from ticketing.tickets import incoming_files, lifecycle, queries, store, transaction
from ticketing.tickets.lifecycle import Author, Entry, Outcome, Standing
from ticketing.tickets.store import EVENT
from ticketing.tickets.transaction import Act, Underway

#: How many entries a tool may add to a ticket in an hour; more is a loop between two programs.
PER_HOUR = 60
_SHORTENED = "\n[…] La suite est dans le mail reçu."


@dataclass(frozen=True, slots=True)
class Said:
    """What the other tool says of a ticket: words, files, the state there, and whether a signature proves it."""

    words: str
    state: str = ""
    proved: bool = False
    files: Sequence[Received] = ()


def add(session: Session, profile: Row[Any], number: int, said: Said, now: datetime) -> int | None:
    """Add what a tool says to a ticket, in the current transaction; return the entry's id, None if it says nothing.

    Raises StepRefused, with the reason in French, where the ticket takes nothing from it any more.
    """
    row = store.lock_ticket(session, number)
    if row is None:
        raise StepRefused("Ce ticket n’existe pas.")
    try:
        check(session, row, profile.organisation)
    except Withheld as why:
        raise StepRefused(str(why)) from why
    name = routing.side_name(routing.router().conventions, profile.organisation)
    holds = row.holder_organisation == profile.organisation
    author = Author(None, name, holds)
    act = Act(session, None, author, now, spoken_for=(profile.organisation, name))
    standing = queries.standing_of(row, transaction.desk_of(row))
    outcome = _outcome(standing, author, said, now)
    if outcome is None:
        return None
    if not said.proved and _too_many(session, number, profile.organisation, now):
        raise StepRefused("L’autre outil a trop écrit sur ce ticket en une heure : deux programmes se répondent.")
    try:
        receiving.check_quota(row.file_bytes, said.files, incoming_files.limits())
    except receiving.FileRefused as fault:
        raise StepRefused(fault.sentence) from fault
    transaction.write(Underway(act, row, standing, transaction.decision_of(row)), outcome, said.files)
    return session.scalar(select(func.max(EVENT.c.id)).where(EVENT.c.ticket_id == number))


def _outcome(standing: Standing, author: Author, said: Said, now: datetime) -> Outcome | None:
    words = clean_text(said.words)
    if len(words) > BODY_MAX:
        words = words[: BODY_MAX - len(_SHORTENED)] + _SHORTENED
    if said.proved and sequence.follows(holds=author.on_holders_side, theirs=said.state, ours=standing.state.value):
        if standing.state is State.NEW:  # taken and done in the other tool, of which nobody here knew
            standing = replace(standing, state=State.IN_PROGRESS)
        return lifecycle.resolve(standing, author, words or f"Résolu dans l’outil de {author.name}.", now)
    if not words and not said.files:
        return None
    if author.on_holders_side:
        return lifecycle.comment(standing, author, words, False, now)
    if standing.state is State.CLOSED and standing.bond is not Bond.DUPLICATE:
        raise StepRefused("Ce ticket est clos : il ne se commente plus.")
    return lifecycle.announced(standing, Entry(Kind.COMMENT, words))  # a question to the requester still waits


def _too_many(session: Session, number: int, side: str, now: datetime) -> bool:
    since = now.replace(minute=0, second=0, microsecond=0)
    count = session.scalar(
        select(func.count()).where(
            EVENT.c.ticket_id == number, EVENT.c.side == side, EVENT.c.author_id.is_(None), EVENT.c.at >= since
        )
    )
    return (count or 0) >= PER_HOUR


def state_label(state: str) -> str:
    """Return a state of the other tool in French; empty where it is not known."""
    return STATE_LABELS[State(state)] if state else ""
