"""The steps of who opened a ticket on the request itself: amend it until it is taken in charge, or withdraw it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from charters.model import Actor
from ticketing import model
from ticketing.errors import Invalid
from ticketing.model import Draft, Step, WithdrawReason
from ticketing.search import index
from ticketing.tickets import indexing, lifecycle, transaction
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.transaction import Attempt, Underway, checked_words


def amend(actor: Actor, number: int, version: int, title: str, body: str, now: datetime) -> None:
    """Change the title and the text of one's own request, until somebody takes it in charge.

    The entry keeps what they were, so that the history holds both; the holder's people are told.
    """
    draft, errors = model.check_draft(Draft(title=title, body=body, etablissement="", service="", activity=""))
    if errors:
        raise Invalid(errors)

    def decide(step: Underway) -> Outcome:
        changed = {"title": draft.title, "body": draft.body}
        before = _before(step.row, changed)
        if not before:
            raise Invalid({"body": "Rien n’a changé : modifiez le titre ou le texte."})
        step.values |= changed
        index.add(step.act.session, number, indexing.of_ticket({**step.row._mapping, **changed}))
        return lifecycle.amend(step.standing, before)

    typed = {"title": title, "body": body}
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.AMEND, version=version, typed=typed)
    transaction.take(attempt, decide)


def _before(row: Row[Any], changed: dict[str, str]) -> str:
    """Return the words that an amendment replaces, as the entry keeps them; empty where nothing changes."""
    title = f"Titre : {row.title}" if row.title != changed["title"] else ""
    body = row.body if row.body != changed["body"] else ""
    return "\n\n".join(part for part in (title, body) if part)


def withdraw(actor: Actor, number: int, version: int, reason: str, words: str, now: datetime) -> None:
    """Close one's own request: its trouble is over by itself, or it was not to be made.

    The second is for a request that nobody has taken in charge yet.
    """
    text = checked_words(words, "")
    try:
        known = WithdrawReason(reason)
    except ValueError:
        raise Invalid({"reason": "Dites pourquoi vous retirez cette demande."}) from None
    typed = {"reason": reason, "words": words}
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.WITHDRAW, version=version, typed=typed)
    transaction.take(attempt, lambda step: lifecycle.withdraw(step.standing, known, text, step.act.now))
