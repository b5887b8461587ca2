"""A ticket given to a colleague of the party that holds it, decided before anything is written. Pure."""

from __future__ import annotations

from dataclasses import replace

from ticketing.errors import StepRefused
from ticketing.model import OPEN_STATES, Kind, State
from ticketing.tickets.lifecycle import Entry, Outcome, Standing, announced


def assign(standing: Standing, account: int, name: str) -> Outcome:
    """Put the ticket in the charge of a colleague of the holder's side. It is no answer: nobody has worked it yet."""
    if standing.state not in OPEN_STATES:
        raise StepRefused("Ce ticket n’est plus ouvert : il ne s’attribue plus.")
    if standing.assignee_id == account:
        raise StepRefused(f"{name} a déjà ce ticket en charge.")
    state = State.IN_PROGRESS if standing.state is State.NEW else standing.state
    after = replace(standing, state=state, assignee_id=account, assignee_name=name)
    data = {"from": standing.state.value, "to": state.value, "person": name}
    return announced(after, Entry(Kind.ASSIGNED, data=data))
