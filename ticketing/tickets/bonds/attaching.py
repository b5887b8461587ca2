"""Attach a ticket to the ticket of a larger trouble, as an outage, and detach it.

The two may be of different établissements and sides: whoever holds the smaller one sees the larger one too. The entry
does not name the larger one, since people read it who do not see that one.
"""

from __future__ import annotations

from datetime import datetime

from charters.model import Actor
from ticketing.errors import Invalid
from ticketing.model import Bond, State, Step
from ticketing.tickets import transaction
from ticketing.tickets.bonds import rules
from ticketing.tickets.bonds.merging import bind, target
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.transaction import Attempt, Underway, checked_words


def follow(actor: Actor, number: int, version: int, other: int, words: str, now: datetime) -> None:
    """Attach a ticket to `other`, which the actor sees and which is open. Raises Invalid on the field « number »."""
    text = checked_words(words, "")

    def decide(step: Underway) -> Outcome:
        outcome = rules.attached(step.standing, text)
        larger = target(step, actor, other)
        if larger.state == State.RESOLVED.value:
            raise Invalid({"number": "Ce ticket est résolu : donnez le numéro d’un incident qui dure encore."})
        if larger.parent_bond == Bond.CHILD.value:
            raise Invalid({"number": "Ce ticket est lui-même rattaché à un incident : donnez le numéro de celui-là."})
        bind(step, larger)
        step.journalled["parent"] = larger.number
        return outcome

    typed = {"number": str(other), "words": words}
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.FOLLOW, version=version, typed=typed)
    transaction.take(attempt, decide)


def unfollow(actor: Actor, number: int, version: int, now: datetime) -> None:
    """Detach a ticket from the larger trouble."""

    def decide(step: Underway) -> Outcome:
        outcome = rules.detached(step.standing)
        step.values["parent_id"] = None
        return outcome

    transaction.take(Attempt(actor=actor, number=number, now=now, step=Step.UNFOLLOW, version=version), decide)
