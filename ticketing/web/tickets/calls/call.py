"""A call that is being taken: for which établissement, and the decision in a sentence to say aloud. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ticketing.web.tickets.decision_panel import Panel

#: The fields of the form that only a call has: who called, and how to reach them.
CALLER, REACH = "caller", "reach"


@dataclass(frozen=True, slots=True)
class Call:
    """The call of the page: the établissement for which the ticket is opened."""

    place: str


def theirs(shown: Panel) -> Panel:
    """Return the panel as it reads for a ticket that is somebody else's."""
    return replace(shown, title=shown.title.replace("Votre ticket", "Le ticket").replace("votre ticket", "le ticket"))


def aloud(shown: Panel) -> str:
    """Return what to tell the caller, who answers and by which clause; empty while nothing is decided."""
    return f"Dites-lui\u00a0: «\u00a0{shown.why}\u00a0»" if shown.kind != "empty" else ""
