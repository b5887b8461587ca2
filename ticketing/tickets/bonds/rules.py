"""The steps that bind a ticket to another, decided before anything is written. Pure.

A ticket depends on one other at most (`model.Bond`), and nothing depends on what depends on another: what depended on
a ticket that is bound goes with it to the new one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ticketing.errors import StepRefused
from ticketing.model import OPEN_STATES, Bond, Kind, State
from ticketing.tickets.lifecycle import Entry, Outcome, Standing, announced, moved, refused, released

#: How long after a ticket was declared a duplicate it may be opened again.
UNDO = timedelta(days=30)


def merged(standing: Standing, words: str, now: datetime) -> Outcome:
    """Close an open ticket as the duplicate of another, where the work goes on. Its thread stays where it is."""
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être déclaré doublon")
    after = replace(released(standing, now), state=State.CLOSED, closed_at=now, bond=Bond.DUPLICATE)
    return announced(after, Entry(Kind.DUPLICATE, words, data=moved(standing, after)))


def restored(standing: Standing, words: str, now: datetime) -> Outcome:
    """Open a ticket again that was no duplicate, for the person who had it in charge; within `UNDO`."""
    if standing.state is not State.CLOSED or standing.bond is not Bond.DUPLICATE:
        raise StepRefused("Ce ticket n’est pas clos comme doublon.")
    if not undoable(standing.closed_at, now):
        raise StepRefused(f"Ce ticket est clos depuis plus de {UNDO.days} jours : ouvrez-en un nouveau qui le cite.")
    state = State.IN_PROGRESS if standing.assignee_id is not None else State.NEW
    engagements = standing.engagements.after_pause(standing.closed_at, now)
    after = replace(standing, state=state, closed_at=None, bond=Bond.NONE, engagements=engagements)
    return announced(after, Entry(Kind.RESTORED, words, data=moved(standing, after)))


def attached(standing: Standing, words: str) -> Outcome:
    """Attach an open ticket to a larger trouble that another ticket follows; its own work goes on."""
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être rattaché à un incident")
    after = replace(standing, bond=Bond.CHILD)
    return announced(after, Entry(Kind.ATTACHED, words, data=moved(standing, after)))


def detached(standing: Standing) -> Outcome:
    """Detach an open ticket from the larger trouble to which it was attached."""
    if standing.state not in OPEN_STATES:
        raise refused(standing, "être détaché d’un incident")
    if standing.bond is not Bond.CHILD:
        raise StepRefused("Ce ticket n’est rattaché à aucun incident.")
    after = replace(standing, bond=Bond.NONE)
    return announced(after, Entry(Kind.DETACHED, data=moved(standing, after)))


def undoable(closed_at: datetime | None, now: datetime) -> bool:
    """Whether a duplicate closed at that moment may still be opened again."""
    return closed_at is not None and now - closed_at <= UNDO
