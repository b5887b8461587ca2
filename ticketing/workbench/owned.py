"""Whose a kept thing is: its author's alone, or the side's, once a person who sets the bench shares it."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, delete

from charters.database import writing, written_at
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor, Role
from charters.permissions import Action, perimeter
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.workbench.tables import CannedAnswer, SavedView

Kept = TypeVar("Kept", CannedAnswer, SavedView)


def bench_of(actor: Actor) -> str | None:
    """Return the side whose kept things the actor shares: for a reader of figures, who sees no ticket, the académie."""
    if actor.mandate is not None and actor.mandate.role is Role.LECTEUR:
        return str(actor.mandate.scope_id)
    return perimeter(actor).side


def may_share(actor: Actor) -> bool:
    """Whether the actor sets what the whole side works with."""
    return permits(actor, Action.SET_BENCH).allowed


def not_another_s(actor: Actor, author: int | None, name: str) -> None:
    """Raise Invalid on the title where what has it already is kept by somebody else who is still there."""
    if author is not None and author != actor.account_id:
        raise Invalid({"title": f"{name} partagée par quelqu’un d’autre a ce nom : retirez-la d’abord, ou changez-le."})


def among(kept: type[Kept], actor: Actor, side: str, shared: bool) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the things of this kind among which a title is unique."""
    if shared:
        return (kept.side == side, kept.shared.is_(True))
    return (kept.side == side, kept.account_id == actor.account_id, kept.shared.is_(False))


def remove(kept: type[Kept], number: int, event: str, actor: Actor, now: datetime) -> None:
    """Remove a kept thing: one's own, or a shared one of one's side if one may share. Raises NotFound or Refused.

    `event` is the journal's, where it was shared.
    """
    side = side_of(actor, False)
    with writing() as session:
        now = written_at(now)
        row = session.get(kept, number) if 0 < number < 2**31 else None
        if row is None or row.side != side or not (row.shared or row.account_id == actor.account_id):
            raise NotFound
        if row.shared:
            side_of(actor, True)
            audit.record(event, actor=actor, subject=side, now=now)
        session.execute(delete(kept).where(kept.id == row.id))


def side_of(actor: Actor, shared: bool) -> str:
    """Return the side for which the actor keeps something. Raises NotFound, or Refused where it would be shared."""
    verdict = permits(actor, Action.SET_BENCH) if shared else None
    if verdict is not None and not verdict.allowed:
        raise Refused(verdict.reason)
    side = bench_of(actor)
    if side is None:
        raise NotFound
    return side
