"""Read interruptions: the académie's list, and the banner on the pages of the people concerned."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import or_, select
from sqlalchemy.engine import Engine

from charters.database import db
from charters.gate import permits
from charters.model import Actor
from charters.permissions import Action
from ticketing.errors import Refused
from ticketing.interruptions.tables import Interruption, InterruptionScope

EVERYONE = "*"
#: How many seconds the banner may lag behind the changes of another process.
FRESH_FOR = 20.0


@dataclass(frozen=True, slots=True)
class InterruptionView:
    """An interruption as it is read. `scopes` says whom it concerns; it is empty in the académie's list."""

    id: int
    academie: str
    title: str
    words: str
    services: tuple[str, ...]
    places: tuple[str, ...]
    whole: bool
    starts_at: datetime
    ends_at: datetime
    notice_hours: int
    announced_at: datetime | None
    told_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    cancelled_at: datetime | None
    scopes: frozenset[str] = frozenset()

    @property
    def state(self) -> str:
        """The state of the interruption: cancelled, ended, running or announced."""
        if self.cancelled_at:
            return "cancelled"
        return "ended" if self.ended_at else "running" if self.started_at else "announced"


def of_academie(actor: Actor, limit: int = 100) -> list[InterruptionView]:
    """Return the interruptions of the actor's académie and of Guichet itself, the latest first. Raises Refused."""
    rows = db.session.scalars(
        select(Interruption)
        .where(or_(Interruption.academie == academie_of(actor), Interruption.whole))
        .order_by(Interruption.starts_at.desc(), Interruption.id.desc())
        .limit(limit)
    )
    return [view(row) for row in rows]


def banners(actor: Actor | None, now: datetime) -> list[InterruptionView]:
    """Return the interruptions that this actor's pages show: those that run, and those within their notice period."""
    mandate = actor.mandate if actor else None
    if mandate is None:
        return []
    return [
        one
        for one in _current(now)
        if (one.scopes & {EVERYONE, mandate.scope_id})
        and (one.state == "running" or (one.starts_at - timedelta(hours=one.notice_hours) <= now < one.ends_at))
    ]


_known: WeakKeyDictionary[Engine, tuple[float, list[InterruptionView]]] = WeakKeyDictionary()


def _current(now: datetime) -> list[InterruptionView]:
    """Return the interruptions that run or are announced; a change by another process is seen twenty seconds later."""
    known, tick = _known.get(db.engine), clock.monotonic()
    if known is not None and tick - known[0] < FRESH_FOR:
        return known[1]
    rows = db.session.execute(
        select(Interruption, InterruptionScope.scope)
        .join(InterruptionScope, InterruptionScope.interruption_id == Interruption.id)
        .where(
            Interruption.ended_at.is_(None),
            Interruption.cancelled_at.is_(None),
            or_(Interruption.started_at.is_not(None), Interruption.ends_at > now),
        )
        .order_by(Interruption.starts_at, Interruption.id)
    ).all()
    scopes: dict[int, set[str]] = {}
    kept: dict[int, Interruption] = {}
    for row, scope in rows:
        kept[row.id] = row
        scopes.setdefault(row.id, set()).add(scope)
    found = [view(row, frozenset(scopes[row.id])) for row in kept.values()]
    _known[db.engine] = (tick, found)
    return found


def forget() -> None:
    """Drop the cached interruptions after a change: the next page reads them again."""
    _known.clear()


def academie_of(actor: Actor) -> str:
    """Return the académie whose interruptions this actor manages. Raises Refused."""
    if actor.mandate is None or not permits(actor, Action.ADMINISTER_PEOPLE).allowed:
        raise Refused("Seul un administrateur de l’académie annonce une interruption.")
    return actor.mandate.scope_id


def view(row: Interruption, scopes: frozenset[str] = frozenset()) -> InterruptionView:
    """Return the view of a row."""
    return InterruptionView(
        row.id,
        row.academie,
        row.title,
        row.words,
        tuple(row.services),
        tuple(row.places),
        row.whole,
        row.starts_at,
        row.ends_at,
        row.notice_hours,
        row.announced_at,
        row.told_at,
        row.started_at,
        row.ended_at,
        row.cancelled_at,
        scopes,
    )
