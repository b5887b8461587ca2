"""The steps on the request itself: its author amends or withdraws it; where it is and how urgent is corrected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from charters.model import Actor
from ticketing import model, urgency
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


def adjust(actor: Actor, number: int, version: int, fields: Mapping[str, str], words: str, now: datetime) -> None:
    """Correct the room of a ticket, who is held up and whether work can go on: `fields`, those that the form asks.

    The queue's order follows; what was promised at the opening does not move. The history keeps both values, and the
    mail says them.
    """
    text = checked_words(words, "")
    given = _answered(fields)

    def decide(step: Underway) -> Outcome:
        before = {name: getattr(step.row, name) for name in urgency.SAID}
        after = {**before, **given}
        told = urgency.changed(before, after)
        if not told:
            raise Invalid({next(iter(given), "words"): "Rien n’a changé : corrigez le lieu ou l’urgence."})
        outcome = lifecycle.adjust(step.standing, step.author, text, _kept(before, after), "\n".join(told))
        step.values |= given
        index.add(step.act.session, number, indexing.of_ticket({**step.row._mapping, **given}))
        return outcome

    typed = {**fields, "words": words}
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.ADJUST, version=version, typed=typed)
    transaction.take(attempt, decide)


def _answered(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns that a form gives. Raises Invalid; an answer left empty is one that nobody knows."""
    room = model.clean_line(fields.get("room", ""))
    errors = {"room": f"Le nom de la salle dépasse {model.ROOM_MAX} caractères."} if len(room) > model.ROOM_MAX else {}
    for name in ("impact", "urgency"):
        if fields.get(name, "") and urgency.code(fields[name]) is None:
            errors[name] = "Choisissez l’une des réponses proposées."
    if errors:
        raise Invalid(errors)
    given: dict[str, Any] = {name: urgency.code(fields[name]) for name in ("impact", "urgency") if name in fields}
    return given | ({"room": room} if "room" in fields else {})


def _kept(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the entry keeps: both answers and priorities, and apart from them the rooms, which are words."""
    said: dict[str, Any] = {
        "changes": {name: [before[name], after[name]] for name in ("impact", "urgency") if before[name] != after[name]},
        "priority": [urgency.priority(one["impact"], one["urgency"]) or 0 for one in (before, after)],
    }
    return said | ({"rooms": [before["room"], after["room"]]} if before["room"] != after["room"] else {})


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
