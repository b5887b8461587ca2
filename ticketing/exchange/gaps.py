"""Ask for the updates that never came; after some days, go on without them, in sight of the administrator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from ticketing.exchange import outgoing, reconciliation, structured
from ticketing.exchange.outgoing import LINK, PROFILE
from ticketing.exchange.protocol import sequence, wire


def ask(now: datetime) -> int:
    """Ask the other tools for what is missing and due to be asked for; return how many requests were written."""
    with reading() as session:
        waiting = session.execute(
            select(LINK.c.id, LINK.c.profile_id, LINK.c.ticket_id)
            .join(PROFILE, PROFILE.c.id == LINK.c.profile_id)
            .where(LINK.c.gap_since.is_not(None), PROFILE.c.on_at.is_not(None), PROFILE.c.kind == "structured")
            .order_by(LINK.c.id)
        ).all()
    done = 0
    for one in waiting:
        with writing() as session:
            profile = session.execute(select(PROFILE).where(PROFILE.c.id == one.profile_id)).one()
            link = outgoing.link_of(session, one.profile_id, one.ticket_id)
            if link is not None and link.gap_since is not None:
                done += _ask(session, profile, link, now)
    return done


def _ask(session: Session, profile: Row[Any], link: Row[Any], now: datetime) -> int:
    known = reconciliation.stream(session, link)
    missing = known.missing(link.announced)
    if not missing:
        session.execute(update(LINK).where(LINK.c.id == link.id).values(**closed_gap()))
        return 0
    if now - link.gap_since > sequence.GIVE_UP:
        return structured.go_on_without(session, profile, link, missing, now)
    if now < (link.asked_at or link.gap_since) + sequence.wait(link.asked):
        return 0
    session.execute(update(LINK).where(LINK.c.id == link.id).values(asked=link.asked + 1, asked_at=now))
    mark = wire.mark("request", profile.id, link.ticket_id, now.isoformat())
    more = {"link_id": link.id, "ticket_id": link.ticket_id}
    return int(outgoing.add_other(session, profile, "request", mark, now, **more))


def closed_gap() -> dict[str, Any]:
    """Return the columns of a link without a gap."""
    return {"gap_since": None, "asked_at": None, "asked": 0}
