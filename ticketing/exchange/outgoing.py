"""Find what happened to the tickets that other tools follow, and number it: one update for each public entry.

Opening a ticket and taking a step write nothing here: this reads the entries afterwards, in the scheduler's process. An
entry is committed some time after it has its number, so the entries of the last minutes are read again; each becomes
one update all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.orm import Session

from charters.database import reading, writing
from ticketing.exchange.content import UNTOLD
from ticketing.exchange.protocol import wire
from ticketing.exchange.tables import ExchangeLink, ExchangeMessage, ExchangeProfile
from ticketing.tickets.store import EVENT, SCOPE, TICKET

LINK: Any = ExchangeLink.__table__
MESSAGE: Any = ExchangeMessage.__table__
PROFILE: Any = ExchangeProfile.__table__
BATCH = 500
#: Longer than any act holds its transaction open.
LATE = timedelta(minutes=10)


def follow(now: datetime) -> int:
    """Write the updates that are due for every profile that is switched on; return how many."""
    with reading() as session:
        profiles = session.execute(select(PROFILE).where(PROFILE.c.on_at.is_not(None)).order_by(PROFILE.c.id)).all()
    return sum(_follow(profile, now) for profile in profiles)


def _follow(profile: Row[Any], now: datetime) -> int:
    done, after, full = 0, profile.read_event, True
    while full:
        with writing() as session:
            rows = _entries(session, profile, after)
            full = len(rows) == BATCH
            after = rows[-1].id if rows else after
            tickets: dict[int, list[Row[Any]]] = {}
            for row in rows:
                tickets.setdefault(row.ticket_id, []).append(row)
            for number, entries in sorted(tickets.items()):
                done += _tell(session, profile, number, entries, now)
    _note(profile, now)
    return done


def _entries(session: Session, profile: Row[Any], after: int) -> list[Row[Any]]:
    """Return the next public entries of the tickets in the organisation's perimeter."""
    return list(
        session.execute(
            select(EVENT.c.id, EVENT.c.ticket_id, EVENT.c.kind, EVENT.c.data)
            .join(SCOPE, SCOPE.c.ticket_id == EVENT.c.ticket_id)
            .join(TICKET, TICKET.c.number == EVENT.c.ticket_id)
            .where(
                SCOPE.c.key == f"org:{profile.organisation}",
                TICKET.c.academie == profile.academie,
                EVENT.c.id > after,
                EVENT.c.visibility == "public",
                EVENT.c.kind.not_in(UNTOLD),
            )
            .order_by(EVENT.c.id)
            .limit(BATCH)
        )
    )


def _tell(session: Session, profile: Row[Any], number: int, entries: Iterable[Row[Any]], now: datetime) -> int:
    """Write the updates of a ticket's entries that have none yet; return how many."""
    ticket = session.execute(select(TICKET.c.state).where(TICKET.c.number == number)).one()
    link = link_of(session, profile.id, number)
    if link is None:
        last = session.scalar(
            select(func.max(EVENT.c.id)).where(
                EVENT.c.ticket_id == number, EVENT.c.visibility == "public", EVENT.c.kind.not_in(UNTOLD)
            )
        )
        made: Any = session.execute(
            insert(LINK).values(profile_id=profile.id, ticket_id=number, own_sequence=1, made_at=now, moved_at=now)
        )
        add_update(session, profile, made.inserted_primary_key[0], (number, 1, last, ticket.state), now)
        return 1
    known = select(MESSAGE.c.event_id).where(MESSAGE.c.link_id == link.id, MESSAGE.c.event_id.is_not(None))
    told = set(session.scalars(known))
    opening, state = session.execute(
        select(func.min(MESSAGE.c.event_id), func.max(MESSAGE.c.sequence)).where(
            MESSAGE.c.link_id == link.id, MESSAGE.c.direction == "out", MESSAGE.c.kind == "update"
        )
    ).one()
    state = session.scalar(
        select(MESSAGE.c.ticket_state).where(
            MESSAGE.c.link_id == link.id, MESSAGE.c.direction == "out", MESSAGE.c.sequence == state
        )
    )
    sequence = link.own_sequence
    for entry in entries:
        state = (entry.data or {}).get("to") or state or ticket.state
        if entry.id in told or (opening is not None and entry.id <= opening):
            continue
        sequence += 1
        add_update(session, profile, link.id, (number, sequence, entry.id, state), now)
    written = sequence - link.own_sequence
    if written:
        session.execute(update(LINK).where(LINK.c.id == link.id).values(own_sequence=sequence, moved_at=now))
    return int(written)


def link_of(session: Session, profile: int, number: int) -> Row[Any] | None:
    """Return what a ticket has sent to and received from a profile's tool, locked until the commit; None: nothing."""
    return session.execute(
        select(LINK).where(LINK.c.profile_id == profile, LINK.c.ticket_id == number).with_for_update()
    ).one_or_none()


def add_update(
    session: Session, profile: Row[Any], link: int, what: tuple[int, int, int | None, str], now: datetime
) -> None:
    """Write an update to be sent. `what` is the ticket, its place in the stream, the entry, and the state after it."""
    number, sequence, event, state = what
    session.execute(
        insert(MESSAGE).values(
            profile_id=profile.id,
            link_id=link,
            ticket_id=number,
            direction="out",
            kind="update",
            mark=wire.mark("update", profile.academie, profile.organisation, number, sequence),
            sequence=sequence,
            event_id=event,
            ticket_state=state,
            state="pending",
            next_at=now,
            at=now,
        )
    )


def add_other(session: Session, profile: Row[Any], kind: str, mark: str, now: datetime, **more: Any) -> bool:
    """Write a request, a reconciliation or a trial to be sent, once for a mark. Returns whether it was written."""
    known = select(MESSAGE.c.id).where(
        MESSAGE.c.profile_id == profile.id, MESSAGE.c.direction == "out", MESSAGE.c.mark == mark
    )
    if session.scalar(known) is not None:
        return False
    values = {"profile_id": profile.id, "direction": "out", "kind": kind, "mark": mark, "state": "pending"}
    session.execute(insert(MESSAGE).values(**values, next_at=now, at=now, **more))
    return True


def send_again(session: Session, link: int, sequences: Iterable[int], now: datetime, spare: timedelta) -> int:
    """Send again the updates of these places that were not sent in the last `spare`; return how many."""
    asked: Any = session.execute(
        update(MESSAGE)
        .where(
            MESSAGE.c.link_id == link,
            MESSAGE.c.direction == "out",
            MESSAGE.c.kind == "update",
            MESSAGE.c.sequence.in_(sorted(sequences)),
            MESSAGE.c.state.in_(("sent", "confirmed", "failed")),
            MESSAGE.c.done_at < now - spare,
        )
        .values(state="pending", attempts=0, resent=MESSAGE.c.resent + 1, next_at=now, claimed_until=None, reason="")
    )
    return int(asked.rowcount)


def _note(profile: Row[Any], now: datetime) -> None:
    """Move the mark below which every entry is known, once nothing older can still be committed."""
    if profile.noted_at is not None and now - profile.noted_at < LATE:
        return
    with writing() as session:
        last = session.scalar(select(func.max(EVENT.c.id))) or 0
        session.execute(
            update(PROFILE)
            .where(PROFILE.c.id == profile.id, PROFILE.c.on_at.is_not(None))
            .values(read_event=profile.next_event or profile.read_event, next_event=last, noted_at=now)
        )
