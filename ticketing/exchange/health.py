"""How the exchange with each tool goes: what waits, what failed, what never came, what differs. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, func, select

from charters.database import db
from ticketing.exchange.outgoing import LINK, MESSAGE

#: What waits for longer than this to be sent is shown as late.
LATE = timedelta(minutes=30)
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Health:
    """The figures of one profile. `oldest` is since when the oldest message waits to be sent; None: none waits."""

    waiting: int = 0
    failed: int = 0
    held: int = 0
    refused: int = 0
    tickets: int = 0
    gaps: int = 0
    drifts: int = 0
    oldest: datetime | None = None

    def well(self, now: datetime) -> bool:
        """Whether nothing needs a person."""
        late = self.oldest is not None and now - self.oldest > LATE
        return not (late or self.failed or self.refused or self.gaps or self.drifts)


def of_profile(profile: int) -> Health:
    """Return the figures of a profile."""

    def many(column: Any, value: str) -> Any:
        return func.coalesce(func.sum(case((column == value, 1), else_=0)), 0)

    state = MESSAGE.c.state
    waits = case((state == "pending", MESSAGE.c.at))
    row = db.session.execute(
        select(
            many(state, "pending"), many(state, "failed"), many(state, "held"), many(state, "refused"), func.min(waits)
        ).where(MESSAGE.c.profile_id == profile)
    ).one()
    links = db.session.execute(
        select(
            func.count(LINK.c.id),
            func.count(LINK.c.gap_since),
            func.coalesce(func.sum(case((LINK.c.drift != "", 1), else_=0)), 0),
        ).where(LINK.c.profile_id == profile)
    ).one()
    return Health(row[0], row[1], row[2], row[3], links[0], links[1], links[2], row[4])


def last_messages(profile: int) -> list[Row[Any]]:
    """Return the last messages of a profile, the newest first: never their words."""
    query = select(
        *(
            MESSAGE.c[name]
            for name in ("id", "direction", "kind", "ticket_id", "sequence", "state", "reason", "resent")
        ),
        func.coalesce(MESSAGE.c.done_at, MESSAGE.c.at).label("when"),
    )
    return list(
        db.session.execute(query.where(MESSAGE.c.profile_id == profile).order_by(MESSAGE.c.id.desc()).limit(SHOWN))
    )


def to_look_at(profile: int) -> list[Row[Any]]:
    """Return the tickets of a profile with a gap or a difference, the oldest first."""
    query = select(
        *(LINK.c[name] for name in ("ticket_id", "their_number", "gap_since", "asked", "drift", "their_sequence"))
    ).where(LINK.c.profile_id == profile, (LINK.c.drift != "") | LINK.c.gap_since.is_not(None))
    return list(db.session.execute(query.order_by(LINK.c.id).limit(SHOWN)))
