"""Route again the tickets that waited on a cell which has now been filled in, each in its own commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from charters.model import Actor
from ticketing.errors import NotFound, Refused, Stale, StepRefused
from ticketing.tickets import desk


@dataclass(frozen=True, slots=True)
class Rerouted:
    """What a confirmation did with the tickets: those with a new decision, and those left as they are, with why."""

    done: tuple[int, ...]
    left: tuple[tuple[int, str], ...]


def reroute(
    actor: Actor, cell: tuple[str, str, str], entry: str, tickets: Sequence[tuple[int, int]], now: datetime
) -> Rerouted:
    """Route tickets again, given as (number, version), by the cell (agreement, service, activity).

    `entry` is the sentence that each routed ticket gets in its history. A ticket that changed, or that may not be
    routed again, is left as it is, and the answer says why.
    """
    done, left = [], []
    for number, version in tickets:
        try:
            desk.reroute(actor, number, version, cell, entry, now)
            done.append(number)
        except Stale:
            left.append((number, "il a changé depuis que la liste a été affichée : relisez-le."))
        except StepRefused as refused:
            left.append((number, refused.sentence))
        except (NotFound, Refused):
            left.append((number, "l’académie ne le tient plus."))
    return Rerouted(tuple(done), tuple(left))
