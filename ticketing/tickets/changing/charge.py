"""A ticket put in the charge of a colleague of its party."""

from __future__ import annotations

from datetime import datetime

from charters.model import Actor
from ticketing.errors import Invalid
from ticketing.model import Step
from ticketing.tickets import pages, transaction
from ticketing.tickets.changing import assigned
from ticketing.tickets.changing.colleagues import who_may_work
from ticketing.tickets.lifecycle import Outcome
from ticketing.tickets.transaction import Attempt, Underway


def assign(actor: Actor, number: int, version: int, account_id: int | None, now: datetime) -> None:
    """Put the ticket in the charge of a person of the actor's side who may work it."""

    def decide(step: Underway) -> Outcome:
        names = who_may_work(pages.scope_of(step.row), step.act.now)
        if account_id not in names:
            raise Invalid({"account_id": "Choisissez une personne de votre partie qui peut traiter ce ticket."})
        return assigned.assign(step.standing, account_id, names[account_id])

    attempt = Attempt(
        actor=actor, number=number, now=now, step=Step.ASSIGN, version=version, typed={"account_id": account_id}
    )
    transaction.take(attempt, decide)
