"""In whose name people are brought in: the académie, the organisations that it may name, the people that it reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from charters.gate import permits
from charters.model import Actor
from charters.permissions import Action
from matrix import Conventions
from ticketing.errors import Refused
from ticketing.in_force import coverage
from ticketing.in_force.coverage import Places


@dataclass(frozen=True, slots=True)
class Reach:
    """What an import may touch. `readable` None: everybody; `actor` None: the operator, by a command."""

    academie: str
    places: Places
    readable: Collection[str] | None
    actor: Actor | None

    def reads(self, organisation: str) -> bool:
        """Whether the people of this organisation may be read and changed."""
        return self.readable is None or organisation in self.readable


def of(conventions: Conventions, actor: Actor) -> Reach:
    """Return the reach of an administrator. Raises Refused for anybody else, by the gate of the forms."""
    verdict = permits(actor, Action.ADMINISTER_PEOPLE)
    if not verdict.allowed or actor.mandate is None:
        raise Refused(verdict.reason)
    return _of(conventions, actor.mandate.scope_id, actor)


def of_operator(conventions: Conventions, academie: str) -> Reach:
    """Return the reach of the operator of the installation, for one académie."""
    return _of(conventions, academie, None)


def _of(conventions: Conventions, academie: str, actor: Actor | None) -> Reach:
    places = coverage.covered(conventions, academie)
    return Reach(academie, places, coverage.administered(conventions, academie), actor)
