"""What may be compared: each version of an agreement as people filled in and amended it, and the drafts of versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from charters.database import db
from charters.model import Actor
from charters.permissions import MAY, Action
from matrix import Convention
from matrix.compare import Side, side
from matrix.wording import day
from ticketing.amending import amendments
from ticketing.errors import NotFound
from ticketing.in_force import routing
from ticketing.in_force.tables import MatrixDraft
from ticketing.model import DRAFT_NAME


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to compare: how an address names it, its agreement, what a list calls it."""

    key: str
    convention: str
    label: str


def choices(actor: Actor, conventions: Iterable[Convention]) -> list[Choice]:
    """The versions of these agreements, each agreement's newest first, and its open drafts that the actor may see."""
    drafts: dict[str, list[MatrixDraft]] = {}
    if actor.role is not None and Action.AMEND_MATRIX in MAY[actor.role]:
        for row in amendments.of(actor):
            if row.state in amendments.OPEN:
                drafts.setdefault(row.convention, []).append(row)
    found = []
    for one in conventions:
        for version in reversed(one.versions):
            named = f" ({version.title})" if version.title else ""
            label = f"version du {day(version.on)}{named}"
            found.append(Choice(f"{one.id}@{version.on.isoformat()}", one.id, label))
        for row in drafts.get(one.id, ()):
            label = f"projet n° {row.id} ({row.title}), à effet du {day(row.effect_on)}"
            found.append(Choice(f"{DRAFT_NAME}{row.id}", one.id, label))
    return found


def of_choice(choice: Choice) -> Side:
    """What a choice stands for. Raises Invalid where a draft cannot take effect on its day."""
    if choice.key.startswith(DRAFT_NAME):
        return of_draft(int(choice.key.removeprefix(DRAFT_NAME)))
    conventions = routing.router().conventions
    on = choice.key.rpartition("@")[2]
    version = next(one for one in conventions[choice.convention].versions if one.on.isoformat() == on)
    return Side(conventions[choice.convention], version, conventions.vocabulary)


def of_draft(draft_id: int) -> Side:
    """A draft's version, on its day of effect; callers check the right first. Raises NotFound, Invalid."""
    row = db.session.get(MatrixDraft, draft_id)
    if row is None:
        raise NotFound
    return side(amendments.draft_conventions(draft_id), row.convention, row.effect_on)
