"""List what may be compared: the versions of an agreement, as filled in and amended on screen, and its open drafts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from charters.database import db
from charters.model import Actor
from charters.permissions import MAY, Action
from matrix import Convention
from matrix.comparison.compare import Side, side
from matrix.wording import day
from ticketing.amending import drafts
from ticketing.errors import NotFound
from ticketing.in_force import routing
from ticketing.in_force.tables import MatrixDraft
from ticketing.model import DRAFT_NAME


@dataclass(frozen=True, slots=True)
class Comparable:
    """A version or a draft that can be compared: its name in addresses, its agreement, and its label in lists."""

    key: str
    convention: str
    label: str


def choices(actor: Actor, conventions: Iterable[Convention]) -> list[Comparable]:
    """Return the versions of these agreements, newest first in each, and its open drafts that the actor may see."""
    open_drafts: dict[str, list[MatrixDraft]] = {}
    if actor.role is not None and Action.APPROVE_MATRIX in MAY[actor.role]:
        for row in drafts.of(actor):
            if row.state in drafts.OPEN:
                open_drafts.setdefault(row.convention, []).append(row)
    found = []
    for one in conventions:
        for version in reversed(one.versions):
            named = f" ({version.title})" if version.title else ""
            label = f"version du {day(version.on)}{named}"
            found.append(Comparable(f"{one.id}@{version.on.isoformat()}", one.id, label))
        for row in open_drafts.get(one.id, ()):
            label = f"projet n° {row.id} ({row.title}), à effet du {day(row.effect_on)}"
            found.append(Comparable(f"{DRAFT_NAME}{row.id}", one.id, label))
    return found


def of_choice(choice: Comparable) -> Side:
    """Return the side of a comparison that a choice names. Raises Invalid if a draft cannot take effect on its day."""
    if choice.key.startswith(DRAFT_NAME):
        return of_draft(int(choice.key.removeprefix(DRAFT_NAME)))
    conventions = routing.router().conventions
    on = choice.key.rpartition("@")[2]
    version = next(one for one in conventions[choice.convention].versions if one.on.isoformat() == on)
    return Side(conventions[choice.convention], version, conventions.vocabulary)


def of_draft(draft_id: int) -> Side:
    """Return a draft's version on its day of effect. Callers check the right first. Raises NotFound, Invalid."""
    row = db.session.get(MatrixDraft, draft_id)
    if row is None:
        raise NotFound
    return side(drafts.draft_conventions(draft_id), row.convention, row.effect_on)
